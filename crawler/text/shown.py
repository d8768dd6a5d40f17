r"""Sanitizing of foreign text for display: it cannot reorder, hide or control the text around it.

An override (U+202E), an embedding or an isolate that is not closed changes the direction of what a page, a mail or a
terminal writes after it (Unicode UAX #9; "Trojan Source", CVE-2021-42574). Arabic and Hebrew need none of these
characters if each text has a direction of its own, as on pages (`dir="auto"`, `<bdi>`). What scripts, emoji and
line breaks need is kept: joiners (U+200C, U+200D), the zero-width space, the soft hyphen, variation selectors, and the
tags of a flag.
"""

from __future__ import annotations

import re

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"  # England, Scotland, Texas (UTS #51)
# C0 and C1 controls except tab and line ends; line separators, embeddings, overrides, isolates, surrogates.
_STEERING = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ud800-\udfff"
# Direction marks, joiners without effect, byte order marks, annotations, tags: removing them is invisible.
_INVISIBLE = "\u061c\u180e\u200e\u200f\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_UNSAFE = re.compile(f"({_FLAG})|([{_STEERING}]+)|[{_INVISIBLE}]")
_LINE_ENDS = re.compile("[\t\n\r]+")


def visible(text: str) -> str:
    """Return the text with spaces for control and direction characters, and without invisible ones. Lines are kept."""
    return _UNSAFE.sub(_in_its_place, text)


def one_line(text: str) -> str:
    """Return the visible text on one line, with spaces for tabs and line ends."""
    return _LINE_ENDS.sub(" ", visible(text))


def clean(text: str) -> str:
    """Return the visible text on one line, stripped: for a terminal."""
    return one_line(text).strip()


def _in_its_place(found: re.Match[str]) -> str:
    return found[1] or (" " if found[2] else "")
