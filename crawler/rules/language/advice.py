"""Corrections that hold: how to look for signs, and a correction that was followed until it is a rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from crawler.errors import RuleError
from crawler.rules.language.syntax import Node, needs_presence
from crawler.text import sequences

_MOST: Final = 10  # mistakes of one query that are corrected
_MAX_READ: Final = 40_000  # characters that are read for it in all: twice the longest rule
_MAX_SHOWN: Final = 200  # characters of readings that a message repeats
_ADVICE: Final = ": write "
_VARIATION: Final = "\ufe0f"  # after an emoji it asks for the coloured form; pages write it or leave it out


def literally(text: str, *, exact: bool = False) -> str:
    """Return the term that looks for `text` with its signs: a pattern where it holds no word (`/🔥/`), else `exact:`.

    `exact`: the term stands after `exact:` already.
    """
    if sequences(text, wildcards=False) and '"' not in text:
        return f'"{text}"' if exact else f'exact:"{text}"'
    bare = text.rstrip(_VARIATION) or text
    return f"/{re.escape(bare).replace('/', chr(92) + '/').replace(_VARIATION, _VARIATION + '?')}/"


def advised(read: Callable[[str], Node], text: str) -> Node:
    """Return what `read` makes of `text`. Raises its RuleError, whose `fix` is then a rule or empty.

    Its `readings` are rules too, and the message shows them. A correction takes one mistake away; those that are left
    are corrected too, and what cannot be is not proposed.
    """
    try:
        return read(text)
    except RuleError as error:
        proposed = error.fix
        error.readings = tuple((shown, whole) for shown, whole in error.readings if _followed(read, whole) == whole)
        error.fix = error.readings[0][1] if error.readings else _followed(read, proposed)
        if proposed and not error.fix:
            error.message = error.message.partition(_ADVICE)[0]
        shown = ", or ".join(shown for shown, _ in error.readings)
        if shown and len(shown) <= _MAX_SHOWN:
            error.message += _ADVICE + shown
        raise


def _followed(read: Callable[[str], Node], fix: str) -> str:
    """Return `fix` where it is a rule, else the rule that its own correction leads to; "" for none."""
    for _ in range(max(1, min(_MOST, _MAX_READ // (len(fix) or 1)))):
        if not fix:
            break
        try:
            return fix if needs_presence(read(fix)) else ""
        except RuleError as error:
            fix = error.fix if error.fix != fix else ""
    return ""
