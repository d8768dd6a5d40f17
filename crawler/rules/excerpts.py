"""Excerpts of an article for an alert: the sentences around the matches."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final

from crawler.items import Article, Hit, Span

_MAX_CHARS: Final = 300  # of an excerpt, without the marks
_BEFORE: Final = 100  # characters kept before the first hit when a sentence is too long
# The end of a sentence: a full stop and a space, not followed by a lower-case letter; a full stop of scripts without
# capitals; or a new line. Not the dot of initials (U.S.) and of titles before names.
_TITLES: Final = ("Mr", "Mrs", "Ms", "Dr", "St", "Gen", "Col", "Lt", "Sgt", "Sen", "Rep", "Gov", "Prof", "No", "vs")
_ABBREVIATED: Final = "".join(rf"(?<!\b{title})" for title in _TITLES)
_END: Final = re.compile(
    rf"(?:(?<![A-ZА-Я]){_ABBREVIATED}\.|[!?…؟])[.!?…]*[\"'”’»)\]]*(?=\s+[^\sa-zà-öø-ÿа-я])|[。！？।]+[」』”’]*|\n"
)


def excerpts(article: Article, hit: Hit, limit: int = 3) -> tuple[str, ...]:
    """Return at most `limit` sentences around the spans of `hit`, title first, hits between «guillemets».

    White space is collapsed. Sentences of more than 300 characters are cut around their first hits, marked with ….
    """
    found: list[str] = []
    for field, group in groupby(hit.spans, key=lambda span: span.field):
        text = article.title if field == "title" else article.text
        found += _of_field(text, _merged(list(group)), limit - len(found))
        if len(found) >= limit:
            break
    return tuple(found)


def _merged(spans: list[Span]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and span.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], span.end))
        else:
            merged.append((span.start, span.end))
    return merged


def _of_field(text: str, spans: list[tuple[int, int]], limit: int) -> list[str]:
    found: list[str] = []
    done = -1
    for start, end in spans:
        if len(found) >= limit:
            break
        if start < done:
            continue
        first, last = _sentence(text, start, end)
        done = last
        found.append(_marked(text, first, last, [span for span in spans if first <= span[0] and span[1] <= last]))
    return found


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the offsets of the sentence around a span, at most _MAX_CHARS long."""
    low = max(0, start - _MAX_CHARS)
    first = low
    for stop in _END.finditer(text, low, start + 1):  # one more, for the lookahead of the pattern
        if stop.end() <= start:
            first = stop.end()
    following = _END.search(text, end, min(len(text), first + 2 * _MAX_CHARS))
    last = following.end() if following else len(text)
    if last - first > _MAX_CHARS:
        first = _word_start(text, max(first, start - _BEFORE), start)
        last = max(end, min(last, first + _MAX_CHARS))
        last = _word_end(text, last, end)
    return first, last


def _word_start(text: str, at: int, latest: int) -> int:
    space = text.find(" ", at, latest)
    return space + 1 if at > 0 and space >= 0 else at


def _word_end(text: str, at: int, earliest: int) -> int:
    space = text.rfind(" ", earliest, at)
    return space if at < len(text) and space >= 0 else at


def _marked(text: str, first: int, last: int, spans: list[tuple[int, int]]) -> str:
    parts = []
    at = first
    for start, end in spans:
        parts += [text[at:start], "«", text[start:end], "»"]
        at = end
    parts.append(text[at:last])
    before = "… " if first > 0 and not _ends_before(text, first) else ""
    after = " …" if last < len(text) and not _END.search(text, max(first, last - 4), min(len(text), last + 2)) else ""
    return before + " ".join("".join(parts).split()) + after


def _ends_before(text: str, at: int) -> bool:
    """Return whether a sentence begins at `at`."""
    head = text[max(0, at - 4) : at].rstrip(" ")
    return not head or head[-1] in ".!?…؟।。！？\n\"'”’»)]」』"
