"""Decoding of documents (pages, feeds, sitemaps): detection of the charset that a document really has.

What the bytes prove comes first, then what is declared, if the text agrees with it. An undecodable byte costs one
character, not the charset. The guess is Firefox's (chardetng), which recognizes the legacy charsets of the web by
letter sequences, and by the country domain where two of them are alike.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from chardetng_py import detect
from w3lib.encoding import resolve_encoding

_HEAD_BYTES: Final = 4096
_SAMPLE_BYTES: Final = 65_536
# Of the text beyond ASCII: the share that may be broken in a charset that is still accepted.
_BROKEN_IN_UTF8: Final = 0.5  # sentences in the other charsets, read as UTF-8: 0.68 to 1
_BROKEN_IN_DECLARED: Final = 0.02
_BROKEN_IN_GUESSES: Final = 0.1
_DEFAULT: Final = "cp1252"  # what servers declare by default, and the guess for anything in Latin script
_ENOUGH_LETTERS: Final = 20  # bytes beyond ASCII after which a guess outweighs a declared charset
_FEW_LETTERS: Final = 4  # the same if the default is declared
_BROKEN: Final = re.compile("[\ufffd\x80-\x9f]")
_NUL_SHARE: Final = 0.2  # minimum share of NUL bytes in UTF-16 text: markup is ASCII
_WIDE_START: Final = re.compile(rb"(?:[\t\r\n ]\x00){0,99}<\x00|(?:\x00[\t\r\n ]){0,99}\x00<")
_MARKS: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"<(?:\?xml[^>]{0,200}?encoding|meta\s[^>]{0,200}?charset)\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"(?:^|charset\s{0,9}=)\s{0,9}[\"']?([\w.:-]{1,40})[\"']?\s{0,9}(?:;|$)", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(?:x-)?(?:windows|win|cp|ibm)[-_]?(\d{3,4})$")
_TOP_LEVEL: Final = re.compile(r"[a-z0-9-]{2,63}")
_ESCAPES: Final = (b"\x1b$", b"\x1b(")  # ISO-2022-JP: valid ASCII, which no other text contains
_SEVEN_BIT: Final = ("iso2022_jp", "iso2022_jp_2", "iso2022_kr", "hz")
_WIDE: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_NO_CHARSETS: Final = ("utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
_OTHER_NAMES: Final = {
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "iso-8859-8-i": "cp1255",
    "x-gbk": "gb18030",
    "x-x-big5": "big5hkscs",
    "x-mac-cyrillic": "mac-cyrillic",
    "shift_jis": "cp932",
}
# Charsets of the same languages, which share most of their letters: if the guess is in the family of the declared one,
# the declared one is more reliable.
_FAMILIES: Final = (
    {"cp1250", "iso8859-2", "mac-latin2"},
    {"cp1251", "mac-cyrillic"},
    {"cp1252", "iso8859-15", "mac-roman"},
    {"cp1253", "iso8859-7", "mac-greek"},
    {"cp1254", "iso8859-9", "mac-turkish"},
    {"cp1255", "iso8859-8"},
    {"cp1256", "iso8859-6"},
    {"cp1257", "iso8859-13", "iso8859-4", "iso8859-10"},
    {"koi8-r", "koi8-u"},
    {"cp866", "cp855"},
)
_SEVERAL_BYTES: Final = {"cp932", "shift_jis", "euc_jp", "cp949", "euc_kr", "johab", "gb18030", "big5hkscs", "big5"}
_ISO: Final = ("iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7")
_STRICT: Final = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1253", "cp1255", "cp874", *_ISO)
_BEYOND_ASCII: Final = bytes(range(128, 256))


def decode(data: bytes, declared: str = "", url: str = "") -> str:
    """Return the text of a document.

    `declared` is the Content-Type header or the charset in it; `url` is the document's URL, whose country domain helps
    the guess. Labels are read as browsers read them (WHATWG Encoding Standard, section 4.2: "iso-8859-1" means
    Windows-1252). Never raises; undecodable bytes become U+FFFD.
    """
    data = data.removeprefix(codecs.BOM_UTF8)  # alone it proves nothing: editors prepend it to anything
    if b"\x1b" not in data and not wide_charset(data) and "hz" not in _labels(data, declared):
        with suppress(UnicodeDecodeError):  # nearly always, and decoded only once
            return data.decode("utf-8")
    return data.decode(charset_of(data, declared, url), "replace")


def charset_of(data: bytes, declared: str = "", url: str = "") -> str:
    """Return Python's name of the charset that `decode` uses."""
    proved = wide_charset(data)
    if proved:
        return proved
    labels = _labels(data, declared)
    escapes = b"\x1b" in data and any(escape in data for escape in _ESCAPES)
    if escapes or any(label in _SEVEN_BIT for label in labels):
        seven_bit = next((name for name in (*labels, "iso2022_jp") if name in _SEVEN_BIT and _fits(data, name)), "")
        if seven_bit:
            return seven_bit
    if _fits(data, "utf-8"):
        return "utf-8"
    return _legacy(data, [label for label in labels if label not in ("utf-8", *_SEVEN_BIT)], url)


def wide_charset(data: bytes) -> str:
    """Return UTF-16 or UTF-32 if the first bytes prove it (by a byte order mark, or by NULs), else ""."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    start = _WIDE_START.match(data)
    if start:  # without a mark (XML 1.0, appendix F)
        return "utf-16-be" if start[0].startswith(b"\x00") else "utf-16-le"
    head = data[: _HEAD_BYTES // 2 * 2]
    if b"\x00" not in head:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < _NUL_SHARE * len(head) or min(even, odd) > max(even, odd) / 2:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _labels(data: bytes, declared: str) -> list[str]:
    """Return the charsets declared by the header, then by the document, without unknown and unsafe ones."""
    header, document = _HEADER.search(declared[:_HEAD_BYTES]), _DECLARED.search(data, 0, _HEAD_BYTES)
    names = [header[1] if header else "", document[1].decode("ascii", "replace") if document else ""]
    return list(dict.fromkeys(label for label in map(_codec, names) if label))


def _codec(name: str) -> str:
    """Return Python's codec for a charset label, "" if it is unknown or not a charset (rot13, UTF-7, ...)."""
    label = name.strip().lower()
    numbered = _NUMBERED.match(label)
    label = f"cp{numbered[1]}" if numbered else _OTHER_NAMES.get(label, label)
    found = resolve_encoding(label) if label.isascii() and label else None
    if not found or found in _NO_CHARSETS or found in _WIDE:  # UTF-16 would have been proved
        return ""
    return found if getattr(codecs.lookup(found), "_is_text_encoding", True) else ""


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(data: bytes, labels: list[str], url: str) -> str:
    """Return the charset of bytes that are not valid UTF-8: damaged UTF-8, the declared one, or the guess."""
    sample = _sample(data)
    if _broken_share(sample, "utf-8") <= _BROKEN_IN_UTF8:
        return "utf-8"
    plausible = [label for label in labels if _broken_share(sample, label) <= _BROKEN_IN_DECLARED]
    declared = next((label for label in plausible if label in _SEVERAL_BYTES), "")
    if declared:  # text in another charset has many broken pairs in these
        return declared
    guess = _guess(sample, url)
    if guess in plausible or not plausible:
        return guess
    family = next((names for names in _FAMILIES if guess in names), {guess})
    alike = next((label for label in plausible if label in family), "")
    enough = _ENOUGH_LETTERS if plausible[0] != _DEFAULT else _FEW_LETTERS
    return alike or (plausible[0] if guess == _DEFAULT or _letters(sample) < enough else guess)


def _sample(data: bytes) -> bytes:
    """Return up to 64 kB of the document, from a little before the first byte beyond ASCII."""
    first = re.search(rb"[\x80-\xff]", data)
    at = max(0, (first.start() if first else 0) - _HEAD_BYTES)
    end = at + _SAMPLE_BYTES
    if end >= len(data):
        return data[at:]
    cut = max(data.rfind(b" ", at, end), data.rfind(b"<", at, end), data.rfind(b"\n", at, end))
    return data[at : cut if cut > at else end]  # not within a character


def _letters(data: bytes) -> int:
    """Return the number of bytes beyond ASCII."""
    return len(data) - len(data.translate(None, _BEYOND_ASCII))


def _broken_share(sample: bytes, encoding: str) -> float:
    """Return the share of text beyond ASCII that cannot be decoded, from 0 to 1, including C1 controls."""
    text = sample.decode(encoding, "replace")
    return (len(text) - len(_BROKEN.sub("", text))) / max(1, len(text) - len(text.encode("ascii", "ignore")))


def _guess(sample: bytes, url: str) -> str:
    """Return the likeliest legacy charset. One stray byte can rule out the right one, so each is also tried without."""
    top = _top_level(url)
    whole = _detected(sample, top)
    if whole in _SEVERAL_BYTES and not _broken_share(sample, whole):
        return whole
    shares = {name: share for name in _STRICT if 0 < (share := _broken_share(sample, name)) <= _BROKEN_IN_GUESSES}
    for name in sorted(shares, key=lambda one: shares[one]):
        mended = _BROKEN.sub("", sample.decode(name, "replace")).encode(name, "ignore")
        if _detected(mended, top) == name:
            return name
    return whole


def _detected(sample: bytes, top: bytes | None) -> str:
    return _codec(detect(sample, tld=top)) or _DEFAULT


def _top_level(url: str) -> bytes | None:
    """Return the top-level domain in the form that the guess takes, None if there is none."""
    try:
        host = urlsplit(url).hostname or ""
        last = host.rstrip(".").rpartition(".")[2].encode("idna").decode("ascii").lower()
    except ValueError:
        return None
    return last.encode("ascii") if _TOP_LEVEL.fullmatch(last) and not last.isdecimal() else None
