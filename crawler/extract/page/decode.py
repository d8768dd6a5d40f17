"""Decoding of a page's bytes for the parser, without the characters that a tree must not contain."""

from __future__ import annotations

import re

from crawler.text import charset

_LAST_CODE = 0x10FFFF
_BINARY_SAMPLE = 2048
_MAX_CONTROL_SHARE = 0.1
_CONTROL = bytes(set(range(9)) | set(range(14, 32)) - {27})
# Control characters and those that XML 1.0 (section 2.2) forbids: lxml cannot edit a tree with them. And our own marks.
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ue000-\ue00f\ufeff\ufffe\uffff]+")
_DROPPED_ASCII = bytes(sorted(set(range(9)) | {0x0B, 0x0C} | set(range(0x0E, 0x20)) | {0x7F}))
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,8}));?", re.IGNORECASE)


def is_binary(data: bytes) -> bool:
    """Return whether the first 2 kB look like an image, an archive or another file that is not text."""
    sample = data[:_BINARY_SAMPLE]
    if charset.wide_charset(sample):  # text in these is full of NULs
        return False
    return len(sample) - len(sample.translate(None, _CONTROL)) > _MAX_CONTROL_SHARE * max(1, len(sample))


def decode(data: bytes, declared: str = "", url: str = "") -> str:
    """Return the text of `data` without NULs and control characters. `declared`: from the HTTP header. Never raises."""
    text = charset.decode(data, declared, url)
    if _may_contain_dropped(text.encode("utf-8", "surrogatepass")):
        text = _DROPPED.sub("", text)
    return _REFERENCE.sub(_reference_or_empty, text) if "&#" in text else text


def _may_contain_dropped(encoded: bytes) -> bool:
    """Return whether the slow search is needed: dropped characters are ASCII controls or begin with these bytes."""
    plain = len(encoded.translate(None, _DROPPED_ASCII)) == len(encoded)
    return not plain or any(first in encoded for first in (0xED, 0xEE, 0xEF))


def _reference_or_empty(reference: re.Match[str]) -> str:
    """Return a character reference, or "" if its character is one of those dropped."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if code > _LAST_CODE or _DROPPED.fullmatch(chr(code)) else reference[0]
