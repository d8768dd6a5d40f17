"""Plain text of HTML fragments in feeds and links, and of headlines."""

from __future__ import annotations

import re
from enum import StrEnum
from html import unescape
from typing import Final

_HIDDEN = re.compile(r"<(script|style)\b[^<]*(?:<(?!/\1)[^<]*)*(?:</\1[^>]*>?|$)", re.IGNORECASE)
_PAIRED_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>[^<]+</\1\s*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^-]*(?:-(?!->)[^-]*)*(?:-->|$)|<![A-Za-z\[][^<>]*>")
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)((?:\s[^<>]*|/)?)>")
# A character reference that is never meant literally: quotes, the ampersand, non-ASCII characters.
_NUMBERED = re.compile(
    r"&#(?:0{0,4}(?:34|38|39)|x0{0,2}2[267]|0{0,3}1[2-9]\d|0{0,3}[2-9]\d\d|\d{4,6}|x[1-9a-f]\w{2,4}|xa0);",
    re.IGNORECASE,
)
_LOOK_AHEAD: Final = 8  # markup is longer than the text in it
# HTML Living Standard, section 4, and obsolete elements. Anything else in angle brackets is text.
_ELEMENT_NAMES: Final = """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body
    br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl
    dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header
    hgroup hr html i iframe img input ins kbd keygen label legend li link main map mark marquee math menu
    meta meter nav nobr noframes noscript object ol optgroup option output p param picture pre progress q rb
    rp rt rtc ruby s samp script search section select slot small source span strike strong style sub summary
    sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
# Elements that generators use in headlines. RSS does not define markup there; a <table> or <template> is a word.
_HEADLINE_NAMES: Final = """
    a abbr acronym b bdi bdo big br cite code del dfn div em font h1 h2 h3 h4 h5 h6 i img ins kbd mark nobr p
    q ruby rp rt s small span strike strong sub sup tt u var wbr
"""
_IN_HEADLINES: Final = frozenset(_HEADLINE_NAMES.split())
_VOID: Final = frozenset(("br", "img", "wbr", "hr"))
_GLUED: Final = frozenset(("wbr", "sub", "sup"))
_BREAKS: Final = frozenset(("br", "img", "div", "p", "h1", "h2", "h3", "h4", "h5", "h6"))
_PARAGRAPH_NAMES: Final = """
    address article aside blockquote dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr
    li main nav ol p pre section table td th tr ul
"""
_PARAGRAPHS: Final = frozenset(_PARAGRAPH_NAMES.split())


class Markup(StrEnum):
    """The format of a text: plain, HTML, or (RSS) either."""

    TEXT = "text"
    HTML = "html"
    EITHER = "either"


def plain_text(markup: str, max_chars: int) -> str:
    """Return the text of `markup` on one line: no tags, no entities, at most `max_chars` characters."""
    if not markup:
        return ""
    text = markup[: max_chars * _LOOK_AHEAD]
    if "<" in text:
        text = _TAG.sub(_without_element, _COMMENT.sub(" ", _HIDDEN.sub(" ", text)))
    return _line(unescape(text), max_chars)


def headline(value: str, markup: Markup, max_chars: int) -> str:
    """Return a headline on one line, at most `max_chars` characters.

    Plain text has no markup (RFC 4287, section 3.1.1.1; JSON Feed 1.1). In RSS, which does not define it, only elements
    that format a headline count as markup, and only if they are used as such.
    """
    if markup is Markup.HTML:
        return plain_text(value, max_chars)
    text = value[: max_chars * _LOOK_AHEAD]
    if markup is Markup.TEXT:
        return _line(_NUMBERED.sub(_character, text), max_chars)
    if "<" in text:
        text = _PAIRED_SCRIPT.sub(" ", text)
        closed = {found[2].lower() for found in _TAG.finditer(text) if found[1]}

        def formatting(found: re.Match[str]) -> str:
            name = found[2].lower()
            if name not in _IN_HEADLINES:
                return found[0]
            alone = not found[1] and not found[3].strip(" /") and name not in closed and name not in _VOID
            is_word = alone and not text[found.end() : found.end() + 1].strip()
            return found[0] if is_word else " " if name in _BREAKS else ""

        text = _TAG.sub(formatting, text)
    return _line(_NUMBERED.sub(_character, unescape(text)), max_chars)


def paragraphs(markup: str, max_chars: int) -> str:
    """Return the text of `markup` as paragraphs separated by one blank line, at most `max_chars` characters."""
    text = _COMMENT.sub(" ", _HIDDEN.sub(" ", markup[: max_chars * _LOOK_AHEAD]))
    if any(found[2].lower() in _ELEMENTS for found in _TAG.finditer(text)):
        text = _TAG.sub(_break, " ".join(text.split()).replace("\x00", " "))
    else:
        text = re.sub(r"\n[ \t\r]*\n", "\x00", text)
    parts = (" ".join(unescape(part).split()) for part in text.split("\x00"))
    return _cut("\n\n".join(part for part in parts if part), max_chars)


def _character(found: re.Match[str]) -> str:
    return unescape(found[0])


def _without_element(found: re.Match[str]) -> str:
    return _space(found) if found[2].lower() in _ELEMENTS or ":" in found[2] else found[0]


def _space(found: re.Match[str]) -> str:
    return "" if found[2].lower() in _GLUED else " "


def _break(found: re.Match[str]) -> str:
    name = found[2].lower()
    if name in _PARAGRAPHS:
        return "\x00"
    if name == "br":
        return " "
    return "" if name in _ELEMENTS or ":" in name else found[0]


def _line(text: str, max_chars: int) -> str:
    return _cut(" ".join(text.replace("\x00", " ").split()), max_chars)


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
