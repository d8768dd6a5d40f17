"""Near misses of a rule: archived articles that it nearly matched, ranked, with the reasons."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from crawler.archive import Archive
from crawler.items import Article
from crawler.rules import Rule
from crawler.rules.match.document import Document
from crawler.rules.match.evaluate import matches
from crawler.rules.match.matcher import applies
from crawler.rules.near_misses import Kind, NearMiss, Relaxed

DEADLINE_S: Final = 1.5
"""Time limit for examining articles; with the index queries, a result takes less than two seconds."""
LIMIT: Final = 20
_CANDIDATES: Final = 200  # of each relaxation
_ROUND: Final = 20  # articles of each relaxation that are examined in one round
_MOST: Final = 3_000  # articles of one answer, whose words are kept for the ranking
_HITS: Final = 50  # hits of the rule itself, for comparison
_LANGUAGES: Final = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "ru",
    "ar",
    "tr",
    "sv",
    "el",
)  # for a rule without languages
_BASE: Final = {
    Kind.SPELLING: 3.0,
    Kind.SCRIPT: 3.0,
    Kind.FORM: 3.0,
    Kind.BEGINNING: 2.0,
    Kind.DISTANCE: 2.5,
    Kind.ORDER: 2.5,
    Kind.FIELD: 2.0,
    Kind.CASE: 2.0,
    Kind.COUNT: 2.0,
    Kind.EXCLUDED: 1.5,
    Kind.MISSING: 0.5,
}
"""Base score of each kind; up to two points are added for how often the part occurs together with the rest."""
_DISTINCTIVE: Final = 10  # words of an article that are most typical of the rule's hits


@dataclass(frozen=True, slots=True)
class Missed:
    """An article that the rule nearly matched."""

    id: int
    article: Article
    miss: NearMiss
    score: float


@dataclass(frozen=True, slots=True)
class Report:
    """The near misses of a rule, nearest first.

    `examined`: articles examined, of those that the index selected. `complete` False: the time was up, or a part
    had more candidates than are examined; older near misses may be missing.
    """

    rule: Rule
    since: datetime
    missed: list[Missed]
    examined: int
    complete: bool
    seconds: float


@dataclass(slots=True)
class _Examined:
    """Counts of the examined articles: hits, near misses by relaxation, and the words of both."""

    hits: int = 0
    hits_of: Counter[int] = field(default_factory=Counter)
    misses_of: Counter[int] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    hit_words: Counter[str] = field(default_factory=Counter)
    found: list[tuple[int, NearMiss, int, Article, set[str]]] = field(default_factory=list)
    articles: int = 0


def near_misses(
    archive: Archive,
    rule: Rule,
    since: datetime,
    *,
    tags: Mapping[str, tuple[str, ...]] | None = None,
    limit: int = LIMIT,
    deadline_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Return the nearest misses among the articles found since a time. `tags`: of sources, by id.

    The relaxations of the rule are examined in turn, newest articles first, for `deadline_s` (DEADLINE_S). Raises
    ArchiveError.
    """
    started, deadline_s = clock(), deadline_s or DEADLINE_S
    first, last, _ = archive.id_range(since)
    relaxed = Relaxed(rule, rule.spec.languages or _LANGUAGES)
    queues, capped = _candidates(archive, relaxed, first, last, lambda: clock() - started < deadline_s / 2)
    owners = _owners(queues)
    examined = _Examined()
    while any(queues.values()) and clock() - started < deadline_s and examined.articles < _MOST:
        batch = sorted({number for queue in queues.values() for number in queue[:_ROUND]} & owners.keys())
        for number in queues:
            del queues[number][:_ROUND]
        for article_id, article in archive.texts_of(batch):
            document = Document(article, (tags or {}).get(article.source, ()))
            _examine(examined, relaxed, article_id, document, owners.pop(article_id))
            if clock() - started >= deadline_s:
                break
    missed = _without_dismissed(archive, rule, _ranked(examined))
    complete = not capped and not any(queues.values()) and not owners
    return Report(rule, since, missed[:limit], examined.articles, complete, clock() - started)


def _candidates(
    archive: Archive, relaxed: Relaxed, first: int, last: int, in_time: Callable[[], bool]
) -> tuple[dict[int, list[int]], bool]:
    """Return the newest candidates of each relaxation, by its number, and whether some have more than these."""
    queues: dict[int, list[int]] = {}
    capped = False
    for number, relaxation in enumerate(relaxed.relaxations):
        if not in_time():
            return queues, True
        ids: set[int] = set()
        for root in relaxation.roots:
            some = archive.newest_candidates(replace(relaxed.rule, root=root), first, last, _CANDIDATES)
            capped |= len(some) == _CANDIDATES
            ids.update(some)
        queues[number] = sorted(ids, reverse=True)[:_CANDIDATES]
    return queues, capped


def _owners(queues: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """Return the relaxations of each candidate."""
    owners: dict[int, list[int]] = defaultdict(list)
    for number, ids in queues.items():
        for one in ids:
            owners[one].append(number)
    return dict(owners)


def _examine(
    examined: _Examined, relaxed: Relaxed, article_id: int, document: Document, numbers: Iterable[int]
) -> None:
    examined.articles += 1
    words = document.body.keys
    examined.words.update(words)
    if not applies(relaxed.rule, document):
        return
    if matches(relaxed.rule.root, document):
        examined.hits_of.update(numbers)
        if examined.hits < _HITS:
            examined.hits += 1
            examined.hit_words.update(words)
        return
    for number in numbers:
        miss = relaxed.near_miss(relaxed.relaxations[number], document)
        if miss:
            examined.misses_of[number] += 1
            examined.found.append((number, miss, article_id, document.article, words))


def _ranked(examined: _Examined) -> list[Missed]:
    best: dict[int, Missed] = {}
    for number, miss, article_id, article, words in examined.found:
        together = (examined.hits_of[number] + 0.5) / (examined.hits_of[number] + examined.misses_of[number] + 1)
        score = _BASE[miss.kind] + 2 * together + _likeness(examined, words)
        if article_id not in best or best[article_id].score < score:
            best[article_id] = Missed(article_id, article, miss, score)
    return sorted(best.values(), key=lambda one: (-one.score, -one.id))


def _likeness(examined: _Examined, words: set[str]) -> float:
    """Return the similarity of an article to the rule's hits: 0 to about 2; 0 if there are too few hits."""
    if examined.hits < 3:  # noqa: PLR2004  with fewer, the subject of one article would decide
        return 0.0
    ratios = sorted((_ratio(examined, word) for word in words), reverse=True)[:_DISTINCTIVE]
    return sum(ratios) / _DISTINCTIVE


def _ratio(examined: _Examined, word: str) -> float:
    among_hits = (examined.hit_words[word] + 0.5) / (examined.hits + 1)
    among_all = (examined.words[word] + 0.5) / (examined.articles + 1)
    return min(2.0, max(0.0, math.log(among_hits / among_all)))


_MEANINGS: Final = {
    Kind.SPELLING: '"{found}" instead of {part}',
    Kind.SCRIPT: '"{found}", in another script, instead of {part}',
    Kind.FORM: '"{found}", another form of {part}',
    Kind.BEGINNING: '"{found}", similar to {part}',
    Kind.DISTANCE: "more words in between: {part}",
    Kind.ORDER: "in another order: {part}",
    Kind.FIELD: "only outside the field: {part}",
    Kind.CASE: "other capitals or accents: {part}",
    Kind.COUNT: "fewer occurrences: {part}",
    Kind.EXCLUDED: "excluded by NOT: {part}",
    Kind.MISSING: "missing: {part}",
}


def _without_dismissed(archive: Archive, rule: Rule, missed: list[Missed]) -> list[Missed]:
    dismissed = archive.dismissed_near_misses.among(rule.id, {one.miss.key for one in missed})
    return [one for one in missed if one.miss.key not in dismissed]


def dismiss(archive: Archive, rule: str, kind: Kind, part: str, found: str, now: datetime) -> None:
    """Hide near misses of this kind for a year: those with `found` instead of `part`. Raises ArchiveError."""
    archive.dismissed_near_misses.add(rule, NearMiss(kind, part, found, "").key, now)


def describe(miss: NearMiss) -> str:
    """Return why an article does not match, in a few words."""
    return _MEANINGS[miss.kind].format(found=miss.found, part=miss.part)
