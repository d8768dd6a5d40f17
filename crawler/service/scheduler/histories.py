"""What is known of the history of sources: looked up once, then brought up to date with each run that ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from crawler.archive import Archive
from crawler.archive.queries.history import MAX_TIMES, first_started, last_runs
from crawler.config import Source
from crawler.items import Outcome, Run
from crawler.schedule.publishing_pattern import HISTORY, UNKNOWN, PublishingPattern, learn

STREAK = 14  # runs of a source; more failures than that change nothing
LISTED_BEFORE = timedelta(days=7)  # what is older was kept, and says little about how often there is news
RELEARN = timedelta(hours=2)
SKEW = timedelta(minutes=5)  # between clocks; what lies further ahead was written by one that was set back since
FEW = 50  # sources that are looked up one by one
RUNS_AT_ONCE = 2000  # that are looked at for what has ended since


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a source: its last runs, the oldest first, and how it publishes."""

    runs: tuple[Run, ...] = ()
    pattern: PublishingPattern = UNKNOWN
    hint: timedelta = timedelta(0)  # for so long after the last poll its publisher expects no news
    is_learned: bool = True  # False: the archive knows more of its pattern, and is asked when that may matter

    @property
    def last(self) -> Run | None:
        """The last run."""
        return self.runs[-1] if self.runs else None


NOTHING = History()


def is_adaptive(source: Source) -> bool:
    """Whether the source's pattern says when it is due."""
    return not source.every and not source.cron


def history_of(archive: Archive, source: Source, now: datetime) -> History:
    """What the archive knows of a source, its pattern only where that is asked for. Raises ArchiveError."""
    runs = tuple(reversed(archive.runs(source.id, limit=STREAK)))
    if not runs or not is_adaptive(source):
        return History(runs)
    return History(runs, pattern_of(archive, source.id, now))


def pattern_of(archive: Archive, source_id: str, now: datetime) -> PublishingPattern:
    """How a source publishes; what its listing held at first tells of the days before. Raises ArchiveError."""
    first = archive.read(partial(first_started, source=source_id)) or now
    newest = archive.publication_times(source_id, now - HISTORY)
    moments = [moment for moment in newest if moment > first - LISTED_BEFORE]
    if moments and len(newest) >= MAX_TIMES:  # what came before them is not told
        return learn(moments, min(moments), now)
    return learn(moments, min([first, *moments]), now)


class Histories:
    """The histories of all sources, in memory: 700 bytes and the last runs for each adaptive one.

    Every method reads the archive and raises ArchiveError; call them in a thread.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._histories: dict[str, History] = {}
        self._learned: dict[str, datetime] = {}

    def take_up(self, sources: Collection[Source]) -> dict[str, History]:
        """Return the histories of new sources, of many in one statement. Patterns are learned when needed."""
        last = self._archive.read(last_runs) if len(sources) > FEW else None
        found: dict[str, History] = {}
        for source in sources:
            runs = self._runs(source, last.get(source.id)) if last is not None else self._streak(source)
            if runs:
                found[source.id] = history = History(runs, is_learned=not is_adaptive(source))
                if is_adaptive(source):
                    self._histories[source.id] = history
        return found

    def _runs(self, source: Source, last: Run | None) -> tuple[Run, ...]:
        if last is not None and last.outcome is Outcome.FAILED and is_adaptive(source):
            return self._streak(source)
        return (last,) if last else ()

    def _streak(self, source: Source) -> tuple[Run, ...]:
        return tuple(reversed(self._archive.runs(source.id, limit=STREAK if is_adaptive(source) else 1)))

    def is_learned(self, source_id: str) -> bool:
        """Whether the pattern of a source is known, or there is nothing yet to learn it from."""
        return source_id in self._learned or source_id not in self._histories

    def learned(self, source_id: str, now: datetime) -> History:
        """The history of a source with its pattern, learned anew when that was RELEARN ago."""
        known = self._histories.get(source_id, NOTHING)
        if now - self._learned.get(source_id, now - RELEARN) < RELEARN:
            return known
        self._learned[source_id] = now
        self._histories[source_id] = history = History(known.runs, pattern_of(self._archive, source_id, now))
        return history

    def ended(
        self, sources: Mapping[str, Source], since: datetime, now: datetime
    ) -> tuple[dict[str, History], datetime]:
        """Return the histories of adaptive sources with a run that ended after `since`, and when the last run ended."""
        latest = self._archive.runs(limit=RUNS_AT_ONCE)
        runs = [run for run in latest if run.finished and since < run.finished <= now + SKEW]
        histories: dict[str, History] = {}
        for run in reversed(runs):
            source = sources.get(run.source)
            if source is not None and is_adaptive(source):
                before = self._histories.get(run.source, NOTHING)
                earlier = tuple(one for one in before.runs if one.id != run.id)
                self._histories[run.source] = History((*earlier, run)[-STREAK:], before.pattern)
                histories[run.source] = self.learned(run.source, now)
        return histories, max((run.finished for run in runs if run.finished), default=since)

    def forget_all_but(self, names: Collection[str]) -> None:
        """Forgets sources that are gone."""
        for name in self._histories.keys() - set(names):
            del self._histories[name]
            self._learned.pop(name, None)
