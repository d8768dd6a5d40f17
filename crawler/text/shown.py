r"""Foreign text made safe to show: it cannot reorder, hide or steer what stands around it.

An override (U+202E), an embedding or an isolate that is not closed turns the direction of what a page, a mail or a
terminal writes after it (Unicode UAX #9; "Trojan Source", CVE-2021-42574). Arabic and Hebrew need none of these
characters where each text has a direction of its own, as pages give it (`dir="auto"`, `<bdi>`). What scripts, emoji and
line breaks need is kept: joiners (U+200C, U+200D), the zero-width space, the soft hyphen, variation selectors, and the
tags of a flag.
"""

from __future__ import annotations

import re

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"  # England, Scotland, Texas (UTS #51)
# C0 and C1 controls but tab and line ends, line and paragraph separators, embeddings, overrides, isolates, surrogates.
_STEERING = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ud800-\udfff"
# Direction marks, joiners without effect, byte order marks, annotations, tags: no one sees that they are gone.
_INVISIBLE = "\u061c\u180e\u200e\u200f\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_UNSAFE = re.compile(f"({_FLAG})|([{_STEERING}]+)|[{_INVISIBLE}]")
_LINE_ENDS = re.compile("[\t\n\r]+")


def visible(text: str) -> str:
    """Return the text with a space for characters that steer, and without invisible ones. Its lines stay."""
    return _UNSAFE.sub(_in_its_place, text)


def one_line(text: str) -> str:
    """Return the visible text on one line: a space for tabs and line ends too."""
    return _LINE_ENDS.sub(" ", visible(text))


def clean(text: str) -> str:
    """Return the visible text on one line, without spaces at its ends: for a terminal."""
    return one_line(text).strip()


def _in_its_place(found: re.Match[str]) -> str:
    return found[1] or (" " if found[2] else "")
