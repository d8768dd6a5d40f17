"""The histories of sources: read from the archive once, then updated with each run that ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from crawler.archive import Archive
from crawler.archive.queries.history import MAX_TIMES, first_started, last_runs
from crawler.config import Source
from crawler.items import Outcome, Run
from crawler.schedule.due_time import NO_HISTORY, SKEW, History, is_adaptive, last_overflow
from crawler.schedule.publishing_pattern import HISTORY, PublishingPattern, learn

STREAK = 14  # runs of a source; more failures change nothing
LISTED_BEFORE = timedelta(days=7)  # older articles were in its first listing, and say little about its pattern
RELEARN = timedelta(hours=2)
FEW = 50  # sources whose runs are read one by one
RUNS_AT_ONCE = 2000  # read to find those that have ended since


def history_of(archive: Archive, source: Source, now: datetime) -> History:
    """Read the history of a source, with its pattern if it is adaptive. Raises ArchiveError."""
    runs = tuple(reversed(archive.runs(source.id, limit=STREAK)))
    if not runs or not is_adaptive(source):
        return History(runs)
    return History(runs, pattern_of(archive, source.id, now), overflow=last_overflow(runs))


def pattern_of(archive: Archive, source_id: str, now: datetime) -> PublishingPattern:
    """Learn how a source publishes; its first listing shows the days before it too. Raises ArchiveError."""
    first = archive.read(partial(first_started, source=source_id)) or now
    newest = archive.publication_times(source_id, now - HISTORY)
    times = [time for time in newest if time > first - LISTED_BEFORE]
    if times and len(newest) >= MAX_TIMES:  # earlier articles were not read
        return learn(times, min(times), now)
    return learn(times, min([first, *times]), now)


class Histories:
    """The histories of all sources in memory: 700 bytes and the last runs for each adaptive one.

    Every method reads the archive and may raise ArchiveError; call them in a thread.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._histories: dict[str, History] = {}
        self._learned: dict[str, datetime] = {}

    def load(self, sources: Collection[Source]) -> dict[str, History]:
        """Read the histories of new sources, of many in one statement. Patterns are learned when they are needed."""
        last = self._archive.read(last_runs) if len(sources) > FEW else None
        found: dict[str, History] = {}
        for source in sources:
            runs = self._runs(source, last.get(source.id)) if last is not None else self._streak(source)
            if runs:
                history = History(runs, overflow=last_overflow(runs), is_learned=not is_adaptive(source))
                found[source.id] = history
                if is_adaptive(source):
                    self._histories[source.id] = history
        return found

    def _runs(self, source: Source, last: Run | None) -> tuple[Run, ...]:
        if last is not None and is_adaptive(source) and (last.outcome is Outcome.FAILED or last.observed.overflow):
            return self._streak(source)
        return (last,) if last else ()

    def _streak(self, source: Source) -> tuple[Run, ...]:
        return tuple(reversed(self._archive.runs(source.id, limit=STREAK if is_adaptive(source) else 1)))

    def is_learned(self, source_id: str) -> bool:
        """Return whether the pattern of a source is known, or cannot be learned yet."""
        return source_id in self._learned or source_id not in self._histories

    def learned(self, source_id: str, now: datetime) -> History:
        """Return the history of a source with its pattern, which is learned again after RELEARN."""
        known = self._histories.get(source_id, NO_HISTORY)
        if now - self._learned.get(source_id, now - RELEARN) < RELEARN:
            return known
        self._learned[source_id] = now
        pattern = pattern_of(self._archive, source_id, now)
        self._histories[source_id] = history = replace(known, pattern=pattern, is_learned=True)
        return history

    def update(
        self, sources: Mapping[str, Source], since: datetime, now: datetime
    ) -> tuple[dict[str, History], datetime]:
        """Return the histories of adaptive sources with a run that ended after `since`, and when the last run ended."""
        latest = self._archive.runs(limit=RUNS_AT_ONCE)
        runs = [run for run in latest if run.finished and since < run.finished <= now + SKEW]
        histories: dict[str, History] = {}
        for run in reversed(runs):
            source = sources.get(run.source)
            if source is not None and is_adaptive(source):
                before = self._histories.get(run.source, NO_HISTORY)
                known = (*(one for one in before.runs if one.id != run.id), run)[-STREAK:]
                overflow = last_overflow(known, before.overflow)
                self._histories[run.source] = History(known, before.pattern, overflow=overflow)
                histories[run.source] = self.learned(run.source, now)
        return histories, max((run.finished for run in runs if run.finished), default=since)

    def keep_only(self, names: Collection[str]) -> None:
        """Forget the sources that no longer exist."""
        for name in self._histories.keys() - set(names):
            del self._histories[name]
            self._learned.pop(name, None)
