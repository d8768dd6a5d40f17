"""The times at which an article was published and modified, and how certain they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from lxml.html import HtmlElement

from crawler.dates import Stamp, read
from crawler.extract.boilerplate.small_print import is_sentence
from crawler.extract.fields import jsonld
from crawler.extract.fields.titles import SEPARATORS
from crawler.extract.page import marks
from crawler.extract.page.hints import Hints, zone
from crawler.extract.page.ownership import is_foreign
from crawler.extract.page.page import Page
from crawler.extract.words import squeeze

CLOCK_SKEW = timedelta(minutes=15)
_PUBLISHED = (
    "article:published_time", "og:published_time", "article:published", "datepublished", "parsely-pub-date",
    "sailthru.date", "publishdate", "pubdate", "publish-date", "date", "dc.date.issued", "dc.date", "dcterms.created",
    "dcterms.date", "cxenseparse:recs:publishtime", "publication_date", "article.published", "published_time",
    "article.created", "originalpublicationdate", "citation_publication_date", "displaydate", "ptime",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "article:modified", "dcterms.modified",
             "last-modified", "lastmod", "article.updated", "utime")  # fmt: skip


_MARKED = ("json-ld", "meta:", "time")  # machine-readable dates
_NUMERIC_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_DATE_CLASS = re.compile(r"date|time(?!line|r)|publish|posted|datum|fecha|byline", re.IGNORECASE)
_MODIFIED_CLASS = re.compile(r"updated|modified|aktualisiert|actualiz", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(r"publish|created|issued|pubdate", re.IGNORECASE)
_URL_DATE = re.compile(r"/(20\d{2}|19\d{2})[/-]?(\d{2})[/-]?(\d{2})(?=[/_.-]|$)")
_MAX_ELEMENTS = 4000
_MAX_LINE = 120
_MAX_DAYS = 2  # days on the page: publication and update
_MAX_APART = timedelta(days=31)
_FOUR_DIGITS = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_INVISIBLE = frozenset({"script", "style", "noscript", "template", "option", "textarea", "title", "head"})
_OTHER_DATE = re.compile(
    r"©|\(c\)|copyright|updated|modified|aktualisiert|geändert|actualiz|atualiz|aggiornat|mis(?:e)? à jour|обновл|更新"
    r"|rights reserved|since|seit|depuis|desde",
    re.IGNORECASE,
)
_SAME_DAY = timedelta(hours=38)  # between a date without time, in any zone, and a time on the same day


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An aware datetime, where it was found, and whether its zone is a guess. `value` None: not found."""

    value: datetime | None = None
    where: str = ""
    uncertain: bool = False


def published(page: Page, hints: Hints, language: str) -> Timestamp:
    """Return the time at which the page says it was published."""
    return _choose(_published(page), page, hints, language)


def modified(page: Page, hints: Hints, language: str) -> Timestamp:
    """Return the time at which the page says it was last changed."""
    return _choose(_modified(page), page, hints, language)


def _published(page: Page) -> Iterator[tuple[str, str]]:
    for node in (page.ld.article, *page.ld.articles):
        for name in ("datePublished", "dateCreated", "uploadDate"):
            yield "json-ld", jsonld.scalar(node.get(name))
    for name in _PUBLISHED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value
    yield from _times(page, "datePublished")
    yield from _title_date(page)
    yield from _marked_lines(page)
    yield from _url_date(page)


def _modified(page: Page) -> Iterator[tuple[str, str]]:
    yield "json-ld", jsonld.scalar(page.ld.article.get("dateModified"))
    for name in _MODIFIED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value


def _times(page: Page, itemprop: str) -> Iterator[tuple[str, str]]:
    times = [time for time in list(page.tree.iter("time"))[:50] if not _is_unrelated(page, time)]
    for element in (*(t for t in times if t.get("itemprop") == itemprop), *times):
        yield "time", element.get("datetime") or squeeze(element.text_content())[:80]


def _title_date(page: Page) -> Iterator[tuple[str, str]]:
    """Yield a date that is the last part of the page's title ("Headline | Site | 28.04.2023")."""
    for mark in SEPARATORS:
        last = page.title_tag.rpartition(mark)[2] if mark in page.title_tag else ""
        if _NUMERIC_DATE.fullmatch(last.strip()):
            yield "title", last.strip()


def _marked_lines(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the lines that the page marks as its date."""
    for count, element in enumerate(page.tree.iter("span", "div", "p", "small", "li")):
        if count > _MAX_ELEMENTS:
            return
        if not _DATE_CLASS.search(_attribute_names(element)):
            continue
        text = squeeze(element.text_content())
        if 0 < len(text) <= _MAX_LINE and not _is_unrelated(page, element):
            yield "byline", text


def _is_unrelated(page: Page, element: HtmlElement) -> bool:
    """Return whether a date is not the publication of the page's article: of another article, or of an update."""
    names = _attribute_names(element)
    if _MODIFIED_CLASS.search(names) is not None and not _PUBLISHED_CLASS.search(names):
        return True
    return is_foreign(element, page.identity, page.base)


def _attribute_names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"


def _url_date(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the date in the page's address: /2026/11/23/ or -20261123."""
    found = _URL_DATE.search(page.url)
    yield "url", "-".join(found.groups()) if found else ""


def find_unmarked(page: Page, hints: Hints, text: str, language: str) -> Timestamp:
    """Return the date of the first short line with a date, for pages that mark none. It is always uncertain.

    Dates that the article's `text` mentions, and those of updates or copyrights, are ignored. Several days, or two
    that are far apart, are those of other articles: the result is empty.
    """
    found: list[Timestamp] = []
    for element, line in _lines(page):
        stamp = read(line, language)
        if stamp is None or _mentions(text, stamp.value) or _is_unrelated(page, element):
            continue
        found_time = to_timestamp(stamp, "line", hints, None, CLOCK_SKEW)
        if found_time.value is not None:
            found.append(found_time)
    days = sorted({found_time.value.date() for found_time in found if found_time.value})
    alike = 0 < len(days) <= _MAX_DAYS and days[-1] - days[0] <= _MAX_APART
    return replace(found[0], uncertain=True) if alike else Timestamp()


def _lines(page: Page) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the short texts that may contain a date and are not sentences, each with its element."""
    for element in page.tree.iter():
        if not isinstance(element.tag, str) or element.tag in _INVISIBLE:
            continue
        for owner, text in ((element, element.text), *((element, child.tail) for child in element)):
            if not text or not _FOUR_DIGITS.search(text) or len(text) > 2 * _MAX_LINE:
                continue
            line = squeeze(marks.strip(text))
            if len(line) <= _MAX_LINE and not _OTHER_DATE.search(line) and not is_sentence(line):
                yield owner, line


def _mentions(text: str, when: datetime) -> bool:
    """Return whether a line of `text` contains the year and the day of a date."""
    day = re.compile(rf"(?<!\d)0?{when.day}(?!\d)")
    return any(str(when.year) in line and day.search(line) for line in text.splitlines())


def _choose(found: Iterator[tuple[str, str]], page: Page, hints: Hints, language: str) -> Timestamp:
    """Return the first valid candidate that is not in the future; one with a time of day takes precedence."""
    best: Timestamp | None = None
    for where, text in found:
        stamp = read(text, language) if text else None
        if stamp is None:
            continue
        found_time = to_timestamp(stamp, where, hints, _page_offset(page), CLOCK_SKEW)
        if found_time.value is None:
            continue
        if stamp.timed and (best is None or best.value is None or abs(found_time.value - best.value) <= _SAME_DAY):
            return _correct_false_utc(found_time, found)
        best = best or found_time
    return best or Timestamp()


def _correct_false_utc(found_time: Timestamp, others: Iterator[tuple[str, str]]) -> Timestamp:
    """Return `found_time`, or another date of the page with the same clock time and an offset: the "Z" was wrong."""
    if found_time.value is None or found_time.value.utcoffset():
        return found_time
    for where, text in others:
        if not where.startswith(_MARKED):
            break
        stamp = read(text) if text else None
        if stamp is None or not stamp.zoned or not stamp.value.utcoffset():
            continue
        if stamp.value.replace(tzinfo=None) == found_time.value.replace(tzinfo=None):
            return Timestamp(stamp.value, where)
    return found_time


def to_timestamp(stamp: Stamp, where: str, hints: Hints, page_offset: tzinfo | None, skew: timedelta) -> Timestamp:
    """Convert `stamp` to a timestamp: in its own zone, else the hint's, else the page's, else UTC and uncertain.

    An uncertain stamp stays uncertain. A time more than `skew` after `hints.now` gives an empty timestamp.
    """
    offset: tzinfo | None = stamp.value.tzinfo or zone(hints.timezone) or page_offset
    value = stamp.value.replace(tzinfo=offset or UTC)
    if hints.now is not None and value > hints.now + skew:
        return Timestamp()
    return Timestamp(value, where, uncertain=offset is None or not stamp.certain)


def _page_offset(page: Page) -> tzinfo | None:
    """Return the only offset other than UTC in the page's dates; None if there is none, or more than one."""
    texts = [jsonld.scalar(page.ld.article.get(n)) for n in ("datePublished", "dateModified", "dateCreated")]
    texts += [v for name in (*_PUBLISHED, *_MODIFIED) for v in page.metas.get(name, ())[:2]]
    texts += [t.get("datetime") or "" for t in list(page.tree.iter("time"))[:10]]
    stamps = [m for text in texts if text and (m := read(text)) is not None and m.zoned]
    offsets = {m.value.utcoffset(): m.value.tzinfo for m in stamps if m.value.utcoffset()}
    return next(iter(offsets.values())) if len(offsets) == 1 else None
