"""Text from the web, made safe for a terminal."""

from __future__ import annotations

import re

# C0 and C1 controls (escape sequences live there), and the marks that turn the direction of what follows.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """`text` on one line, without control characters."""
    return _CONTROLS.sub(" ", text).strip()
