"""When an article was published and modified, and how sure that is."""

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


_MARKED = ("json-ld", "meta:", "time")  # dates for machines
_NUMERIC_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_DATE_CLASS = re.compile(r"date|time(?!line|r)|publish|posted|datum|fecha|byline", re.IGNORECASE)
_MODIFIED_CLASS = re.compile(r"updated|modified|aktualisiert|actualiz", re.IGNORECASE)
_PUBLISHED_CLASS = re.compile(r"publish|created|issued|pubdate", re.IGNORECASE)
_URL_DATE = re.compile(r"/(20\d{2}|19\d{2})[/-]?(\d{2})[/-]?(\d{2})(?=[/_.-]|$)")
_MAX_ELEMENTS = 4000
_MAX_LINE = 120
_MAX_DAYS = 2  # of the article, and of its update
_MAX_APART = timedelta(days=31)
_FOUR_DIGITS = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "option", "textarea", "title", "head"})
_OTHER_DATE = re.compile(
    r"©|\(c\)|copyright|updated|modified|aktualisiert|geändert|actualiz|atualiz|aggiornat|mis(?:e)? à jour|обновл|更新"
    r"|rights reserved|since|seit|depuis|desde",
    re.IGNORECASE,
)
_SAME_DAY = timedelta(hours=38)  # a date without a time, in any zone, and the same day with one


@dataclass(frozen=True, slots=True)
class Instant:
    """An aware instant, where it was found, and whether its zone is a guess. `value` None: not found."""

    value: datetime | None = None
    where: str = ""
    uncertain: bool = False


def published(page: Page, hints: Hints, language: str) -> Instant:
    """When the page says it was published."""
    return _choose(_published(page), page, hints, language)


def modified(page: Page, hints: Hints, language: str) -> Instant:
    """When the page says it was last changed."""
    return _choose(_modified(page), page, hints, language)


def _published(page: Page) -> Iterator[tuple[str, str]]:
    for node in (page.ld.article, *page.ld.articles):
        for name in ("datePublished", "dateCreated", "uploadDate"):
            yield "json-ld", jsonld.scalar(node.get(name))
    for name in _PUBLISHED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value
    yield from _times(page, "datePublished")
    yield from _title(page)
    yield from _visible(page)
    yield from _address(page)


def _modified(page: Page) -> Iterator[tuple[str, str]]:
    yield "json-ld", jsonld.scalar(page.ld.article.get("dateModified"))
    for name in _MODIFIED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value


def _times(page: Page, itemprop: str) -> Iterator[tuple[str, str]]:
    times = [time for time in list(page.tree.iter("time"))[:50] if not _is_elsewhere(page, time)]
    for element in (*(t for t in times if t.get("itemprop") == itemprop), *times):
        yield "time", element.get("datetime") or squeeze(element.text_content())[:80]


def _title(page: Page) -> Iterator[tuple[str, str]]:
    """A date that is the last part of the page's title ("Headline | Site | 28.04.2023")."""
    for mark in SEPARATORS:
        last = page.title_tag.rpartition(mark)[2] if mark in page.title_tag else ""
        if _NUMERIC_DATE.fullmatch(last.strip()):
            yield "title", last.strip()


def _visible(page: Page) -> Iterator[tuple[str, str]]:
    """Lines that the page marks as its date."""
    for count, element in enumerate(page.tree.iter("span", "div", "p", "small", "li")):
        if count > _MAX_ELEMENTS:
            return
        if not _DATE_CLASS.search(_names(element)):
            continue
        text = squeeze(element.text_content())
        if 0 < len(text) <= _MAX_LINE and not _is_elsewhere(page, element):
            yield "byline", text


def _is_elsewhere(page: Page, element: HtmlElement) -> bool:
    """Whether a date is not when the page's article appeared: it is of another article, or of a change."""
    names = _names(element)
    if _MODIFIED_CLASS.search(names) is not None and not _PUBLISHED_CLASS.search(names):
        return True
    return is_foreign(element, page.identity, page.base)


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"


def _address(page: Page) -> Iterator[tuple[str, str]]:
    """The date in the page's address: /2026/11/23/ or -20261123."""
    found = _URL_DATE.search(page.url)
    yield "url", "-".join(found.groups()) if found else ""


def guess(page: Page, hints: Hints, text: str, language: str) -> Instant:
    """The last resort, where nothing is marked: the first short line of the page with a date. It is never certain.

    A date of which the article's own `text` speaks is not taken, nor one of an update or a copyright. Lines that name
    several days, or two that are far apart, are a list of something else.
    """
    found: list[Instant] = []
    for element, line in _lines(page):
        moment = read(line, language)
        if moment is None or _speaks_of(text, moment.value) or _is_elsewhere(page, element):
            continue
        instant = settle(moment, "line", hints, None, CLOCK_SKEW)
        if instant.value is not None:
            found.append(instant)
    days = sorted({instant.value.date() for instant in found if instant.value})
    alike = 0 < len(days) <= _MAX_DAYS and days[-1] - days[0] <= _MAX_APART
    return replace(found[0], uncertain=True) if alike else Instant()


def _lines(page: Page) -> Iterator[tuple[HtmlElement, str]]:
    """The short texts of the page that might hold a date and are no sentences, each with the element it stands in."""
    for element in page.tree.iter():
        if not isinstance(element.tag, str) or element.tag in _UNSEEN:
            continue
        for place, text in ((element, element.text), *((element, child.tail) for child in element)):
            if not text or not _FOUR_DIGITS.search(text) or len(text) > 2 * _MAX_LINE:
                continue
            line = squeeze(marks.strip(text))
            if len(line) <= _MAX_LINE and not _OTHER_DATE.search(line) and not is_sentence(line):
                yield place, line


def _speaks_of(text: str, when: datetime) -> bool:
    """Whether a line of `text` has the year and the day of a date."""
    day = re.compile(rf"(?<!\d)0?{when.day}(?!\d)")
    return any(str(when.year) in line and day.search(line) for line in text.splitlines())


def _choose(found: Iterator[tuple[str, str]], page: Page, hints: Hints, language: str) -> Instant:
    """The first candidate that can be read and does not lie in the future; one with a time of day beats one without."""
    best: Instant | None = None
    for where, text in found:
        moment = read(text, language) if text else None
        if moment is None:
            continue
        instant = settle(moment, where, hints, _page_offset(page), CLOCK_SKEW)
        if instant.value is None:
            continue
        if moment.timed and (best is None or best.value is None or abs(instant.value - best.value) <= _SAME_DAY):
            return _true_zone(instant, found)
        best = best or instant
    return best or Instant()


def _true_zone(instant: Instant, others: Iterator[tuple[str, str]]) -> Instant:
    """`instant`, or the page's other word on it: the same clock time with an offset unmasks a false "Z"."""
    if instant.value is None or instant.value.utcoffset():
        return instant
    for where, text in others:
        if not where.startswith(_MARKED):
            break
        moment = read(text) if text else None
        if moment is None or not moment.zoned or not moment.value.utcoffset():
            continue
        if moment.value.replace(tzinfo=None) == instant.value.replace(tzinfo=None):
            return Instant(moment.value, where)
    return instant


def settle(moment: Stamp, where: str, hints: Hints, page_offset: tzinfo | None, skew: timedelta) -> Instant:
    """`moment` as an instant: its own zone, else the hint's, else the page's, else UTC and uncertain.

    What the reader is not certain of stays uncertain. Nothing lies further in the future than `skew` beyond
    `hints.now`: such an instant is empty.
    """
    offset: tzinfo | None = moment.value.tzinfo or zone(hints.timezone) or page_offset
    value = moment.value.replace(tzinfo=offset or UTC)
    if hints.now is not None and value > hints.now + skew:
        return Instant()
    return Instant(value, where, uncertain=offset is None or not moment.certain)


def _page_offset(page: Page) -> tzinfo | None:
    """The one offset other than UTC that the page's other dates carry, None where they carry none or several."""
    texts = [jsonld.scalar(page.ld.article.get(n)) for n in ("datePublished", "dateModified", "dateCreated")]
    texts += [v for name in (*_PUBLISHED, *_MODIFIED) for v in page.metas.get(name, ())[:2]]
    texts += [t.get("datetime") or "" for t in list(page.tree.iter("time"))[:10]]
    moments = [m for text in texts if text and (m := read(text)) is not None and m.zoned]
    offsets = {m.value.utcoffset(): m.value.tzinfo for m in moments if m.value.utcoffset()}
    return next(iter(offsets.values())) if len(offsets) == 1 else None
