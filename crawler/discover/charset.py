"""Bytes to text for feeds, sitemaps and section pages, whose declared charset is often wrong."""

from __future__ import annotations

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes
from w3lib.encoding import resolve_encoding

_SAMPLE_BYTES: Final = 32_768
_HEAD_BYTES: Final = 1024
_FOREIGN_SHARE: Final = 0.1
_ASCII: Final = bytes(range(128))
_DECLARED = re.compile(
    rb"<(?:\?xml[^>]{0,200}?encoding|meta\s[^>]{0,200}?charset)\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE
)
_HTTP_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_SEVEN_BIT: Final = ("iso-2022", "iso2022", "hz")  # text in these is valid ASCII, so only the label tells
# A byte order mark, or the first two characters "<?" or " <" without one (XML 1.0 appendix F).
_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of an XML or HTML document; never fails.

    A byte order mark decides; then UTF-8 where it fits (text in another charset is hardly ever valid UTF-8); then what
    the document and the Content-Type header declare; then a guess from a sample.
    """
    for mark, encoding in _SIGNATURES:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    labels = _labels(body, content_type)
    for encoding in (label for label in labels if label.startswith(_SEVEN_BIT)):
        return body.decode(encoding, "replace")
    for encoding in ("utf-8", *(label for label in labels if label != "utf-8")):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _decode_damaged(body, labels)


def _labels(body: bytes, content_type: str) -> list[str]:
    """Return Python's names of the charsets that the document, then the header, declare; unknown ones left out."""
    declared = _DECLARED.search(body, 0, _HEAD_BYTES)
    header = _HTTP_CHARSET.search(content_type[:_HEAD_BYTES])
    names = [declared[1].decode("ascii") if declared else "", header[1] if header else ""]
    return [encoding for name in names if name.isascii() and name and (encoding := resolve_encoding(name))]


def _decode_damaged(body: bytes, labels: list[str]) -> str:
    """Decode what fits no declared charset: damaged UTF-8 when most of it is UTF-8, else the likeliest charset."""
    text = body.decode("utf-8", "replace")
    broken = text.count("�")
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text[:_SAMPLE_BYTES])))
    if broken * 4 < foreign:
        return text
    others = [label for label in labels if label != "utf-8"]
    if others:
        return body.decode(others[0], "replace")
    start = re.search(rb"[\x80-\xff]", body)
    at = max(0, (start.start() if start else 0) - _HEAD_BYTES)
    sample = body[at : at + _SAMPLE_BYTES]
    if len(sample.translate(None, _ASCII)) < _FOREIGN_SHARE * len(sample):
        return body.decode("cp1252", "replace")  # accents in Latin script: too few for a guess
    guess = from_bytes(sample).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")
