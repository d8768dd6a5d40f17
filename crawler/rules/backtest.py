"""Back-tests: the matches of a rule in an archive, by day and by story."""

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
class MatchedArticle:
    """A matched article. `story`: equal for articles of the same story."""

    id: int
    found: datetime
    story: str


@dataclass(frozen=True, slots=True)
class Day:
    """One local day, or the week that begins with it. `stories`: those with their first match in it."""

    first: date
    hits: int
    stories: int


def find_matches(
    rule: Rule, articles: Iterable[tuple[int, Article]], tags: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, Article, Hit]]:
    """Yield the matches of `rule` among (id, article), as the live matcher does. `tags`: of the sources, by id."""
    prefilter = Prefilter(rule)
    for article_id, article in articles:
        if prefilter.may_match(article.title, article.text):
            hit = evaluate(rule, Document(article, tags.get(article.source, ())))
            if hit is not None:
                yield article_id, article, hit


def by_day(
    matched: Iterable[MatchedArticle], since: datetime, until: datetime, zone: tzinfo | None, step: int = 1
) -> list[Day]:
    """Return every day from `since` to `until` (`step` 7: every week) in the local time of `zone`, even empty ones."""
    hits: dict[date, int] = {}
    stories: dict[date, int] = {}
    seen: set[str] = set()
    start = since.astimezone(zone).date()
    for one in sorted(matched, key=lambda one: (one.found, one.id)):
        day = one.found.astimezone(zone).date()
        day -= timedelta(days=(day - start).days % step)
        hits[day] = hits.get(day, 0) + 1
        if one.story not in seen:
            seen.add(one.story)
            stories[day] = stories.get(day, 0) + 1
    count = (until.astimezone(zone).date() - start).days // step + 1
    firsts = (start + timedelta(days=step * at) for at in range(count))
    return [Day(first, hits.get(first, 0), stories.get(first, 0)) for first in firsts]


def sample(found: list[MatchedArticle], count: int) -> list[MatchedArticle]:
    """Return a sample of at most `count`, evenly spaced over the whole, newest first."""
    ordered = sorted(found, key=lambda one: (one.found, one.id), reverse=True)
    if len(ordered) <= count:
        return ordered
    return [ordered[at * len(ordered) // count] for at in range(count)]
