"""Back-tests: what a rule would have matched in the archive, computed with the live matcher."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from crawler.archive import Archive, ItemFilter, Order
from crawler.rules import Rule, RuleSpec, compile_rule, excerpts
from crawler.rules.backtest import MatchedArticle, find_matches, sample

CHUNK = 2_500  # ids per task of a process
FEW = 4_000  # ids that do not justify a second process
SAMPLES = 20

Tags = Mapping[str, tuple[str, ...]]
Progress = Callable[[int, int], bool]
"""Receives the number of articles searched and the total; returns False to stop with the hits so far."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a back-test. `complete` False: it was stopped and went back only to `since`."""

    rule: Rule
    since: datetime
    until: datetime
    articles: int
    seconds: float
    found: list[MatchedArticle]
    samples: list[dict[str, Any]]
    complete: bool = True

    @property
    def stories(self) -> int:
        """The number of distinct stories, which is the number of alerts."""
        return len({one.story for one in self.found})

    @property
    def days(self) -> float:
        """The length of the period in days, at least one."""
        return max(1.0, (self.until - self.since).total_seconds() / 86_400)


@dataclass(frozen=True, slots=True)
class Backtest:
    """One rule over a period of one archive.

    `url`: the archive's URL, for `cores` worker processes; 0: one per core. `tags`: the tags of sources by id.
    """

    archive: Archive
    url: str
    rule: Rule
    since: datetime
    until: datetime
    tags: Tags = field(default_factory=dict)
    cores: int = 0

    def run(self, progress: Progress = lambda done, total: True) -> Report:  # noqa: ARG005  the names of Progress
        """Match the articles, newest first. Raises ArchiveError."""
        started = time.perf_counter()
        first, last, count = self.archive.id_range(self.since, self.until)
        pieces = self._pieces(first, last)
        total, done, lowest = sum(map(len, pieces)), 0, last
        found: list[MatchedArticle] = []
        chunks = self._chunks(pieces)
        for piece, some in zip(pieces, chunks, strict=True):
            found += some
            done, lowest = done + len(piece), piece[0]
            if not progress(done, total) and done < total:
                chunks.close()
                break
        samples = [self._sample(one) for one in sample(found, SAMPLES)]
        since = self._start() if done == total else self._found(lowest)
        seconds = time.perf_counter() - started
        return Report(self.rule, since, self.until, count, seconds, found, samples, done == total)

    def _pieces(self, first: int, last: int) -> list[Sequence[int]]:
        """Return the ids to search in chunks, newest first: those that the search index selects, or all."""
        named = self.archive.candidates(self.rule, first, last)
        ids: Sequence[int] = range(first or 1, last + 1) if named is None else named
        return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)][::-1]

    def _chunks(self, pieces: list[Sequence[int]]) -> Generator[list[MatchedArticle], None, None]:
        """Yield the matching articles of each chunk, in order."""
        times = (self.since, self.until)
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if sum(map(len, pieces)) < FEW or (self.cores or available) == available == 1:
            for piece in pieces:
                yield _search(self.archive, self.rule, self.tags, piece, times)
            return
        pool = ProcessPoolExecutor(self.cores or available, mp_context=get_context("spawn"))
        try:
            spec, tags = self.rule.spec, dict(self.tags)
            jobs = [pool.submit(_search_in_process, self.url, spec, tags, piece, times) for piece in pieces]
            for job in jobs:
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _start(self) -> datetime:
        """Return the start of the period, or the time of its first article if that is later."""
        earliest = self.archive.items(ItemFilter(since=self.since, limit=1, order=Order.OLDEST), bodies=False)
        return max(self.since, next((row.article.found for row in earliest if row.article.found), self.since))

    def _found(self, number: int) -> datetime:
        row = self.archive.article(number)
        return max(self.since, row.article.found) if row and row.article.found else self.since

    def _sample(self, one: MatchedArticle) -> dict[str, Any]:
        (_, article), *_ = self.archive.texts(one.id, one.id)
        hits = list(find_matches(self.rule, [(one.id, article)], self.tags))
        return {
            "id": one.id,
            "found": one.found.isoformat(),
            "source": article.source,
            "title": article.title,
            "url": article.url,
            "excerpts": list(excerpts(article, hits[0][2])) if hits else [],
        }


def _search_in_process(
    url: str, spec: RuleSpec, tags: Tags, ids: Sequence[int], times: tuple[datetime, datetime]
) -> list[MatchedArticle]:
    with Archive.open(url, create=False) as archive:
        return _search(archive, compile_rule(spec), tags, ids, times)


def _search(
    archive: Archive, rule: Rule, tags: Tags, ids: Sequence[int], times: tuple[datetime, datetime]
) -> list[MatchedArticle]:
    is_range = isinstance(ids, range)
    articles = archive.texts(ids[0], ids[-1], *times) if is_range else archive.texts_of(ids, *times)
    hits = [(number, article) for number, article, _ in find_matches(rule, articles, tags)]
    stories = archive.story_ids([number for number, _ in hits])
    return [
        MatchedArticle(number, article.found or times[0], str(stories.get(number, article.content_hash or number)))
        for number, article in hits
    ]
