"""When an article was published and modified, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from crawler.extract import jsonld
from crawler.extract.dates import Moment, parse
from crawler.extract.hints import Hints, zone
from crawler.extract.page import Page
from crawler.extract.titles import SEPARATORS
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
_URL_DATE = re.compile(r"/(20\d{2}|19\d{2})[/-]?(\d{2})[/-]?(\d{2})(?=[/_.-]|$)")
_MAX_ELEMENTS = 4000
_MAX_LINE = 120
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
            yield "json-ld", jsonld.string(node.get(name))
    for name in _PUBLISHED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value
    yield from _times(page, "datePublished")
    yield from _title(page)
    yield from _visible(page)
    yield from _address(page)


def _modified(page: Page) -> Iterator[tuple[str, str]]:
    yield "json-ld", jsonld.string(page.ld.article.get("dateModified"))
    for name in _MODIFIED:
        for value in page.metas.get(name, ())[:2]:
            yield f"meta:{name}", value


def _times(page: Page, itemprop: str) -> Iterator[tuple[str, str]]:
    times = list(page.tree.iter("time"))[:50]
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
        if _DATE_CLASS.search(
            f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
        ):
            text = squeeze(element.text_content())
            if len(text) <= _MAX_LINE:
                yield "byline", text


def _address(page: Page) -> Iterator[tuple[str, str]]:
    """The date in the page's address: /2026/11/23/ or -20261123."""
    found = _URL_DATE.search(page.url)
    yield "url", "-".join(found.groups()) if found else ""


def guess(page: Page, hints: Hints) -> Instant:
    """The last resort, where nothing is marked: htmldate looks for a date in what the page shows."""
    from htmldate import find_date  # noqa: PLC0415  one page in fifty gets here, and it is slow to import

    moment = parse(find_date(page.tree, original_date=True) or "")
    return settle(moment, "htmldate", hints, None, CLOCK_SKEW) if moment else Instant()


def _choose(found: Iterator[tuple[str, str]], page: Page, hints: Hints, language: str) -> Instant:
    """The first candidate that can be read and does not lie in the future; one with a time of day beats one without."""
    best: Instant | None = None
    for where, text in found:
        moment = parse(text, language) if text else None
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
        moment = parse(text) if text else None
        if moment is None or not moment.zoned or not moment.value.utcoffset():
            continue
        if moment.value.replace(tzinfo=None) == instant.value.replace(tzinfo=None):
            return Instant(moment.value, where)
    return instant


def settle(moment: Moment, where: str, hints: Hints, page_offset: tzinfo | None, skew: timedelta) -> Instant:
    """`moment` as an instant: its own zone, else the hint's, else the page's, else UTC and uncertain.

    Nothing lies further in the future than `skew` beyond `hints.now`: such an instant is empty.
    """
    offset: tzinfo | None = moment.value.tzinfo or zone(hints.timezone) or page_offset
    value = moment.value.replace(tzinfo=offset or UTC)
    if hints.now is not None and value > hints.now + skew:
        return Instant()
    return Instant(value, where, uncertain=offset is None)


def _page_offset(page: Page) -> tzinfo | None:
    """The one offset other than UTC that the page's other dates carry, None where they carry none or several."""
    texts = [jsonld.string(page.ld.article.get(n)) for n in ("datePublished", "dateModified", "dateCreated")]
    texts += [v for name in (*_PUBLISHED, *_MODIFIED) for v in page.metas.get(name, ())[:2]]
    texts += [t.get("datetime") or "" for t in list(page.tree.iter("time"))[:10]]
    moments = [m for text in texts if text and (m := parse(text)) is not None and m.zoned]
    offsets = {m.value.utcoffset(): m.value.tzinfo for m in moments if m.value.utcoffset()}
    return next(iter(offsets.values())) if len(offsets) == 1 else None
