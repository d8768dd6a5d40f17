"""What a rule would have told: its hits over an archive, by day and by story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from crawler.items import Article, Hit
from crawler.rules.language.spec import Rule
from crawler.rules.match.document import Document
from crawler.rules.match.matcher import evaluate
from crawler.rules.match.prefilter import Prefilter


@dataclass(frozen=True, slots=True)
class Found:
    """One article that the rule matched. `story`: equal for articles that count as one."""

    id: int
    found: datetime
    story: str


@dataclass(frozen=True, slots=True)
class Day:
    """One local day, or the week that begins with it. `stories`: those first met then."""

    first: date
    hits: int
    stories: int


def matching(
    rule: Rule, articles: Iterable[tuple[int, Article]], tags: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, Article, Hit]]:
    """Yield what `rule` matches of (id, article), as the live matcher does. `tags` are the sources' own, by id."""
    prefilter = Prefilter(rule)
    for number, article in articles:
        if prefilter.may_match(article.title, article.text):
            hit = evaluate(rule, Document(article, tags.get(article.source, ())))
            if hit is not None:
                yield number, article, hit


def by_day(found: Iterable[Found], since: datetime, until: datetime, zone: tzinfo | None, step: int = 1) -> list[Day]:
    """Return every day from `since` to `until` (`step` 7: every week), in the local time of `zone`, empty ones too."""
    hits: dict[date, int] = {}
    stories: dict[date, int] = {}
    known: set[str] = set()
    start = since.astimezone(zone).date()
    for one in sorted(found, key=lambda one: (one.found, one.id)):
        day = one.found.astimezone(zone).date()
        day -= timedelta(days=(day - start).days % step)
        hits[day] = hits.get(day, 0) + 1
        if one.story not in known:
            known.add(one.story)
            stories[day] = stories.get(day, 0) + 1
    count = (until.astimezone(zone).date() - start).days // step + 1
    firsts = (start + timedelta(days=step * at) for at in range(count))
    return [Day(first, hits.get(first, 0), stories.get(first, 0)) for first in firsts]


def spread(found: list[Found], count: int) -> list[Found]:
    """Return at most `count` of these, evenly over the whole, the newest first."""
    ordered = sorted(found, key=lambda one: (one.found, one.id), reverse=True)
    if len(ordered) <= count:
        return ordered
    return [ordered[at * len(ordered) // count] for at in range(count)]
