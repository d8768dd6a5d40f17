"""Bytes to text: which character set a page is really in.

Order: byte-order mark, strict UTF-8 (text in another charset is hardly ever valid UTF-8 by accident), the HTTP
header, the page's own declaration, then Windows-1252. Labels are read as browsers read them (WHATWG Encoding
Standard, section 4.2: "iso-8859-1" means Windows-1252, "gb2312" means GB 18030).
"""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([a-zA-Z0-9_:.\-]{2,40})""", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"""^\s{0,99}<\?xml[^>]{1,99}encoding=["']([a-zA-Z0-9_:.\-]{2,40})""")
_HEAD_BYTES = 4096
_WHATWG = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_MAX_BROKEN = 0.2  # share of the characters beyond ASCII that may be undecodable before Windows-1252 is believed
_LAST_CODE = 0x10FFFF
_BINARY_SAMPLE = 2048
_MAX_CONTROL_SHARE = 0.1
_CONTROL = bytes(set(range(9)) | set(range(14, 32)) - {27})
# Controls and what XML 1.0 (section 2.2) forbids: a tree that holds one cannot be changed. And our own marks.
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ue000-\ue00f\ufeff\ufffe\uffff]+")
_DROPPED_ASCII = bytes(sorted(set(range(9)) | {0x0B, 0x0C} | set(range(0x0E, 0x20)) | {0x7F}))
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,8}));?", re.IGNORECASE)


def is_binary(data: bytes) -> bool:
    """Whether the first 2 kB look like an image, an archive or another file that is not text."""
    sample = data[:_BINARY_SAMPLE]
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    return len(sample) - len(sample.translate(None, _CONTROL)) > _MAX_CONTROL_SHARE * max(1, len(sample))


def decode(data: bytes, charset: str = "") -> str:
    """The text of `data`. `charset` is the HTTP header's. Never raises; control characters and NULs are dropped."""
    text = _decode(data, charset)
    if _may_hold_dropped(text.encode("utf-8", "surrogatepass")):
        text = _DROPPED.sub("", text)
    return _REFERENCE.sub(_allowed, text) if "&#" in text else text


def _may_hold_dropped(coded: bytes) -> bool:
    """Whether a search is worth its time: all that is dropped is an ASCII control or begins, in UTF-8, with these."""
    plain = len(coded.translate(None, _DROPPED_ASCII)) == len(coded)
    return not plain or any(first in coded for first in (0xED, 0xEE, 0xEF))


def _allowed(reference: re.Match[str]) -> str:
    """A character reference, or "" where it stands for a character that may not be there."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if code > _LAST_CODE or _DROPPED.fullmatch(chr(code)) else reference[0]


def _decode(data: bytes, charset: str) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    readings = [
        data.decode(name, "replace") for name in dict.fromkeys((*_codec(charset), *_codec(_declared(data)), "utf-8"))
    ]
    best = min(readings, key=lambda text: text.count("\ufffd"))
    foreign = len(best) - len(best.encode("ascii", "ignore"))
    return best if best.count("\ufffd") <= _MAX_BROKEN * foreign else data.decode("cp1252", "replace")


def _declared(data: bytes) -> str:
    head = data[:_HEAD_BYTES]
    found = _DECLARED.search(head) or _XML_DECLARED.search(head)
    return found[1].decode("ascii") if found else ""


def _codec(label: str) -> tuple[str, ...]:
    """Python's codec for a charset label, () where it is unknown or unsafe (UTF-7, rot13, ...)."""
    try:
        info = codecs.lookup(label.strip(" \"'"))
    except (LookupError, ValueError):
        return ()
    if not getattr(info, "_is_text_encoding", True) or info.name in ("utf-7", "idna", "punycode", "unicode_escape"):
        return ()
    return (_WHATWG.get(info.name, info.name),)
