"""Watches the health of sources, and reports each problem once when it begins and once when it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from crawler.archive import Archive
from crawler.archive.queries.health import SourceProblem
from crawler.config import Source, Watch
from crawler.health import SOURCE_HEALTH, Condition, Finding, Silence, hint, judge, sentence, silence
from crawler.items import Alert, Outcome, Run
from crawler.schedule.due_time import SKEW
from crawler.schedule.publishing_pattern import HISTORY
from crawler.service.scheduler.connection import UNREACHED, Connection
from crawler.service.scheduler.coverage import CoverageWatch

CHECK_S: Final = 10.0
RUNS: Final = 12  # that are judged
PAGE_RUNS: Final = 60  # with pages, that are judged
PAGE_RUNS_FOR: Final = timedelta(days=7)
LATE: Final = timedelta(minutes=30)  # a run is recorded when it ends, with the time when it began
SILENCES: Final = 15  # judged in one check
RECHECK: Final = timedelta(minutes=1)
UNKNOWN_RECHECK: Final = timedelta(hours=6)
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)


class HealthWatch:
    """Judges sources with new signs of problems, and long silences. Blocks: call it in a thread, one check at a time.

    Every method may raise ArchiveError.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._coverage = CoverageWatch(archive)
        self._seen: dict[str, datetime] = {}  # by source: the last run that was judged
        self._silences: dict[str, datetime] = {}  # by source: when to check for a silence that is too long
        self._checked = _LONG_AGO  # when the last check began
        self.connection = Connection(archive)

    def check(self, watch: Watch, now: datetime, pushes: Mapping[str, Finding] | None = None) -> list[str]:
        """Check all sources once; return lines about the problems that have begun or ended.

        `pushes`: by source, pushes of hubs that cannot be verified; None if not known.
        """
        health = self._archive.health
        sources = {source.id: source for source in watch.sources if not source.paused}
        self._reset_after_set_back(now)
        health.forget([source.id for source in watch.sources], now)
        current = by_source(health.open_problems())
        until = now + SKEW
        last = health.last_runs(current.keys() & sources.keys(), until=until)
        fresh = health.abnormal(now - LATE, until=until) | last
        blamed = {name for name, some in current.items() if any(one.condition in UNREACHED for one in some)}
        lines = self.connection.check(sources, blamed, watch.health.send, now)
        for name, started in fresh.items():
            if name in sources and self._seen.get(name, _LONG_AGO) < started:
                self._seen[name] = started
                lines += self._judge(sources[name], current.get(name, ()), watch.health.send, now)
        if pushes is not None:
            for name in sorted((pushes.keys() | current.keys()) & sources.keys()):
                push = pushes.get(name)
                lines += self._judge_push(sources[name], current.get(name, ()), push, watch.health.send, now)
        for source in self._coverage.due(list(sources.values()), now):
            lines += self._judge_coverage(source, current.get(source.id, ()), watch.health.send, now)
        for name in self._due(sources, now):
            lines += self._judge_silence(sources[name], current.get(name, ()), watch.health.send, now)
        return lines

    def _reset_after_set_back(self, now: datetime) -> None:
        """Forget all times if the clock was set back."""
        if now < self._checked - SKEW:
            self._seen.clear()
            self._silences.clear()
        self._checked = now

    def _judge(self, source: Source, current: Sequence[SourceProblem], send: Sequence[str], now: datetime) -> list[str]:
        health, until = self._archive.health, now + SKEW
        runs = [run for run in health.runs(source.id, RUNS, until=until) if not self.connection.excuses(run)]
        found = judge(runs, health.runs_with_pages(source.id, now - PAGE_RUNS_FOR, PAGE_RUNS, until=until))
        lines = []
        known = {one.condition: one for one in current}
        if Condition.INCOMPLETE in known and found.get(Condition.INCOMPLETE, known) is None:  # by the runs alone
            found[Condition.INCOMPLETE] = self._coverage.finding(source, now)
        for condition, finding in found.items():
            if condition in known and (finding is None or condition in (source.expect or ())):
                lines += self._end(source, known[condition], send, now)
            elif finding is not None and condition not in known and condition not in (source.expect or ()):
                if condition in UNREACHED and not self.connection.may_blame(source, runs, now):
                    self._seen.pop(source.id, None)  # judge it again in the next check
                else:
                    lines += self._begin(source, finding, send, now)
        return lines

    def _judge_push(
        self, source: Source, current: Sequence[SourceProblem], push: Finding | None, send: Sequence[str], now: datetime
    ) -> list[str]:
        known = next((one for one in current if one.condition is Condition.UNVERIFIED_PUSH), None)
        is_expected = Condition.UNVERIFIED_PUSH in (source.expect or ())
        if known is not None and (push is None or is_expected):
            return self._end(source, known, send, now)
        if known is None and push is not None and not is_expected:
            return self._begin(source, push, send, now)
        return []

    def _judge_coverage(
        self, source: Source, current: Sequence[SourceProblem], send: Sequence[str], now: datetime
    ) -> list[str]:
        """Begin a problem if other listings of the site name much that the source's own do not; `_judge` ends it."""
        self._coverage.judge(source, now)
        found = self._coverage.finding(source, now)
        is_known = any(one.condition is Condition.INCOMPLETE for one in current)
        if found is None or is_known or Condition.INCOMPLETE in (source.expect or ()):
            return []
        return self._begin(source, found, send, now)

    def _begin(self, source: Source, finding: Finding, send: Sequence[str], now: datetime) -> list[str]:
        one = SourceProblem(source.id, finding.condition, finding.since, now, finding.detail)
        if not self._archive.health.begin(one, problem_alert(source, one, now), send):
            return []
        return [f"{source.id}: {finding.condition}. {sentence(finding.condition, finding.detail)}"]

    def _end(self, source: Source, one: SourceProblem, send: Sequence[str], now: datetime) -> list[str]:
        if not self._archive.health.end(source.id, one.condition, now, recovery_alert(source, one, now), send):
            return []
        return [f"{source.id} has recovered: it was {one.condition} since {one.since:%Y-%m-%d %H:%M} UTC"]

    # Silences

    def _due(self, sources: Collection[str], now: datetime) -> list[str]:
        for name in self._silences.keys() - set(sources):
            del self._silences[name]
        due = [name for name in sources if self._silences.get(name, _LONG_AGO) <= now]
        return sorted(due, key=lambda name: self._silences.get(name, _LONG_AGO))[:SILENCES]

    def _judge_silence(
        self, source: Source, current: Sequence[SourceProblem], send: Sequence[str], now: datetime
    ) -> list[str]:
        frozen = next((one for one in current if one.condition is Condition.FROZEN), None)
        found = silence_of(self._archive, source, now)
        alarm = found.alarm if found else None
        self._silences[source.id] = next_silence_check(alarm, now)
        over = found is not None and frozen is not None and found.last > frozen.since
        if frozen is not None and (over or Condition.FROZEN in (source.expect or ())):
            return self._end(source, frozen, send, now)
        others = [one for one in current if one.condition is not Condition.UNVERIFIED_PUSH]  # which does not stop polls
        if found is None or alarm is None or alarm > now or others or Condition.FROZEN in (source.expect or ()):
            return []
        runs = self._archive.health.runs(source.id, RUNS, until=now + SKEW)
        if not is_still([run for run in runs if run.started >= alarm]):
            return []
        newest = max((run.observed.newest for run in runs if run.observed.newest), default=None)
        detail = silence_detail(found, newest, now)
        return self._begin(source, Finding(Condition.FROZEN, found.last, detail), send, now)


def silence_of(archive: Archive, source: Source, now: datetime) -> Silence | None:
    """Return the present silence of a source; None if it has too few articles, or is a watched page."""
    last = archive.health.last_found(source.id, until=now + SKEW) if source.kind != "page" else None
    if last is None:
        return None
    found = archive.dashboard.publication_times(source.id, now - HISTORY)
    times = [time for time in found if last - HISTORY < time <= last]
    return silence(times, min(times, default=last), last)


def next_silence_check(alarm: datetime | None, now: datetime) -> datetime:
    """Return when to judge a silence again: when it will be too long, and from then on less and less often."""
    if alarm is None:
        return now + UNKNOWN_RECHECK
    return alarm if alarm > now else now + min(UNKNOWN_RECHECK, max(RECHECK, (now - alarm) / 4))


def is_still(runs: Sequence[Run]) -> bool:
    """Return whether at least two runs succeeded with the same list: the source is frozen, the crawls are not."""
    last = runs[-RUNS:]
    succeeded = all(run.outcome in {Outcome.DONE, Outcome.PARTIAL} for run in last[-2:])
    lists = {run.observed.listing for run in last[-2:] if run.observed.listing}
    return len(last) > 1 and succeeded and len(lists) <= 1 and not any(run.new for run in last)


def silence_detail(found: Silence, newest: datetime | None, now: datetime) -> str:
    """Return the description of a silence that is too long."""
    missing = found.missing(now)
    detail = f"last article {found.last:%Y-%m-%d %H:%M} UTC, about {missing:.0f} expected since"
    return f"{detail}; its newest entry has the date {newest:%Y-%m-%d %H:%M} UTC" if newest else detail


def problem_alert(source: Source, one: SourceProblem, now: datetime) -> Alert:
    """Return the alert about a new problem of a source."""
    lines = (sentence(one.condition, one.detail), hint(one.condition, source.id))
    return _alert(source, one, "unhealthy", f"{source.id}: {one.condition}", lines, now)


def recovery_alert(source: Source, one: SourceProblem, now: datetime) -> Alert:
    """Return the alert about the end of a problem."""
    lines = (f"Since {one.since:%Y-%m-%d %H:%M} UTC: {sentence(one.condition, one.detail)}",)
    return _alert(source, one, "recovered", f"{source.id} has recovered: it was {one.condition}", lines, now)


def _alert(source: Source, one: SourceProblem, kind: str, title: str, lines: tuple[str, ...], now: datetime) -> Alert:
    key = f"{SOURCE_HEALTH}\n{kind}\n{one.source}\n{one.condition}\n{one.since.isoformat()}\n{one.detected.isoformat()}"
    name = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    where = urlsplit(source.url)  # without credentials and query, which may be secret
    url = urlunsplit((where.scheme, where.netloc.rpartition("@")[2], where.path, "", ""))
    return Alert(name, SOURCE_HEALTH, "", source.id, url, title, now, excerpts=lines, kind=kind)


def by_source(problems: Sequence[SourceProblem]) -> dict[str, list[SourceProblem]]:
    """Return the problems of each source."""
    found: dict[str, list[SourceProblem]] = {}
    for one in problems:
        found.setdefault(one.source, []).append(one)
    return found
