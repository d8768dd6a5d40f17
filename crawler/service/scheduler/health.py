"""Watches how sources fare: who fell ill, who is well again, and telling of it once."""

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
from crawler.schedule.publishing_pattern import HISTORY
from crawler.service.scheduler.histories import SKEW

LOOK_S: Final = 10.0  # three intervals of the most eager source
RUNS: Final = 12  # that are looked at
TELLING: Final = 60  # and of those with pages
TELLING_FOR: Final = timedelta(days=7)
LATE: Final = timedelta(minutes=30)  # a crawl is noted when it ends, under the time that it began
SILENCES: Final = 15  # that are looked at in one look
AGAIN: Final = timedelta(minutes=1)
UNKNOWN_AGAIN: Final = timedelta(hours=6)
OUTAGE: Final = 0.5  # of the sources fail
OUTAGE_SOURCES: Final = 5
OUTAGE_FOR: Final = timedelta(minutes=15)
_UNREACHED: Final = frozenset({Condition.FAILING, Condition.GONE})
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)


class HealthWatch:
    """Looks at the sources that give reason to, and at long silences. Blocks: for a thread; one look at a time.

    Every method may raise ArchiveError.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._seen: dict[str, datetime] = {}  # by source: the run that was looked at last
        self._silences: dict[str, datetime] = {}  # by source: when to look whether it has been quiet for too long
        self._looked = _LONG_AGO  # when it looked last
        self._offline = False  # it has been told that most sources fail
        self._outage: bool | None = None  # whether they do, as far as this look knows

    def look(self, watch: Watch, now: datetime, pushes: Mapping[str, Finding] | None = None) -> list[str]:
        """One look; the lines that tell what has begun and ended.

        `pushes`: by source, hubs' pushes that cannot be verified; None where that is not known.
        """
        health = self._archive.health
        sources = {source.id: source for source in watch.sources if not source.paused}
        self._outage = None
        self._begin_anew(now)
        health.forget([source.id for source in watch.sources], now)
        ill = by_source(health.open_problems())
        until = now + SKEW
        fresh = health.abnormal(now - LATE, until=until) | health.last_runs(ill.keys() & sources.keys(), until=until)
        lines = []
        for name, started in fresh.items():
            if name in sources and self._seen.get(name, _LONG_AGO) < started:
                lines += self._judge(sources[name], ill.get(name, ()), watch.health.send, now)
                self._seen[name] = started
        if pushes is not None:
            for name in sorted((pushes.keys() | ill.keys()) & sources.keys()):
                lines += self._judge_push(sources[name], ill.get(name, ()), pushes.get(name), watch.health.send, now)
        for name in self._due(sources, now):
            lines += self._listen(sources[name], ill.get(name, ()), watch.health.send, now)
        return lines

    def _begin_anew(self, now: datetime) -> None:
        """Where the clock was set back, what was looked at, and is due, by its old time is forgotten."""
        if now < self._looked - SKEW:
            self._seen.clear()
            self._silences.clear()
        self._looked = now

    def _judge(self, source: Source, ill: Sequence[SourceProblem], send: Sequence[str], now: datetime) -> list[str]:
        health, until = self._archive.health, now + SKEW
        runs = health.runs(source.id, RUNS, until=until)
        found = judge(runs, health.runs_with_pages(source.id, now - TELLING_FOR, TELLING, until=until))
        lines = []
        known = {one.condition: one for one in ill}
        for condition, finding in found.items():
            if condition in known and (finding is None or condition in (source.expect or ())):
                lines += self._end(source, known[condition], send, now)
            elif finding is not None and condition not in known and condition not in (source.expect or ()):
                lines += self._begin(source, finding, send, now)
        return lines

    def _judge_push(
        self, source: Source, ill: Sequence[SourceProblem], finding: Finding | None, send: Sequence[str], now: datetime
    ) -> list[str]:
        known = next((one for one in ill if one.condition is Condition.UNVERIFIED_PUSH), None)
        is_expected = Condition.UNVERIFIED_PUSH in (source.expect or ())
        if known is not None and (finding is None or is_expected):
            return self._end(source, known, send, now)
        if known is None and finding is not None and not is_expected:
            return self._begin(source, finding, send, now)
        return []

    def _begin(self, source: Source, finding: Finding, send: Sequence[str], now: datetime) -> list[str]:
        if finding.condition in _UNREACHED and self._is_outage(now):
            self._seen.pop(source.id, None)
            return self._told_offline()
        one = SourceProblem(source.id, finding.condition, finding.since, now, finding.detail)
        if not self._archive.health.begin(one, ill_alert(source, one, now), send):
            return []
        return [f"{source.id}: {finding.condition}. {sentence(finding.condition, finding.detail)}"]

    def _end(self, source: Source, one: SourceProblem, send: Sequence[str], now: datetime) -> list[str]:
        if not self._archive.health.end(source.id, one.condition, now, well_alert(source, one, now), send):
            return []
        return [f"{source.id} has recovered: it was {one.condition} since {one.since:%Y-%m-%d %H:%M} UTC"]

    def _is_outage(self, now: datetime) -> bool:
        """Whether most sources fail at once: then it is this machine's line, and no source is to blame."""
        if self._outage is None:
            failed, crawled = self._archive.health.failing(now - OUTAGE_FOR, until=now + SKEW)
            self._outage = failed >= OUTAGE_SOURCES and failed > OUTAGE * crawled
            self._offline = self._offline and self._outage
        return self._outage

    def _told_offline(self) -> list[str]:
        told, self._offline = self._offline, True
        return [] if told else ["most sources fail at the same time: is this machine online? No source is reported"]

    # Silences

    def _due(self, sources: Collection[str], now: datetime) -> list[str]:
        for name in self._silences.keys() - set(sources):
            del self._silences[name]
        due = [name for name in sources if self._silences.get(name, _LONG_AGO) <= now]
        return sorted(due, key=lambda name: self._silences.get(name, _LONG_AGO))[:SILENCES]

    def _listen(self, source: Source, ill: Sequence[SourceProblem], send: Sequence[str], now: datetime) -> list[str]:
        frozen = next((one for one in ill if one.condition is Condition.FROZEN), None)
        heard = silence_of(self._archive, source, now)
        alarm = heard.alarm if heard else None
        self._silences[source.id] = next_listening(alarm, now)
        over = heard is not None and frozen is not None and heard.last > frozen.since
        if frozen is not None and (over or Condition.FROZEN in (source.expect or ())):
            return self._end(source, frozen, send, now)
        others = [one for one in ill if one.condition is not Condition.UNVERIFIED_PUSH]  # polls go on beside pushes
        if heard is None or alarm is None or alarm > now or others or Condition.FROZEN in (source.expect or ()):
            return []
        runs = self._archive.health.runs(source.id, RUNS, until=now + SKEW)
        if not is_still([run for run in runs if run.started >= alarm]):
            return []
        newest = max((run.observed.newest for run in runs if run.observed.newest), default=None)
        return self._begin(source, Finding(Condition.FROZEN, heard.last, quiet_detail(heard, newest, now)), send, now)


def silence_of(archive: Archive, source: Source, now: datetime) -> Silence | None:
    """How to take a source's present silence; None where too little is known of it, or a page is watched."""
    last = archive.health.last_found(source.id, until=now + SKEW) if source.kind != "page" else None
    if last is None:
        return None
    found = archive.dashboard.publication_times(source.id, now - HISTORY)
    moments = [moment for moment in found if last - HISTORY < moment <= last]
    return silence(moments, min(moments, default=last), last)


def next_listening(alarm: datetime | None, now: datetime) -> datetime:
    """When to look at a silence again: when it will be too long; once it is, ever less often."""
    if alarm is None:
        return now + UNKNOWN_AGAIN
    return alarm if alarm > now else now + min(UNKNOWN_AGAIN, max(AGAIN, (now - alarm) / 4))


def is_still(runs: Sequence[Run]) -> bool:
    """Whether the last runs (two at least) all went well and saw the same list, or none: a frozen source, not ours."""
    last = runs[-RUNS:]
    went_well = all(run.outcome in {Outcome.DONE, Outcome.PARTIAL} for run in last[-2:])
    lists = {run.observed.listing for run in last[-2:] if run.observed.listing}
    return len(last) > 1 and went_well and len(lists) <= 1 and not any(run.new for run in last)


def quiet_detail(heard: Silence, newest: datetime | None, now: datetime) -> str:
    """What is told of a silence that is too long."""
    missing = heard.missing(now)
    said = f"last article {heard.last:%Y-%m-%d %H:%M} UTC, about {missing:.0f} expected since"
    return f"{said}; its newest entry has the date {newest:%Y-%m-%d %H:%M} UTC" if newest else said


def ill_alert(source: Source, one: SourceProblem, now: datetime) -> Alert:
    """What is told when a source falls ill."""
    said = (sentence(one.condition, one.detail), hint(one.condition, source.id))
    return _alert(source, one, "unhealthy", f"{source.id}: {one.condition}", said, now)


def well_alert(source: Source, one: SourceProblem, now: datetime) -> Alert:
    """What is told when it is well again."""
    said = (f"Since {one.since:%Y-%m-%d %H:%M} UTC: {sentence(one.condition, one.detail)}",)
    return _alert(source, one, "recovered", f"{source.id} has recovered: it was {one.condition}", said, now)


def _alert(source: Source, one: SourceProblem, kind: str, title: str, said: tuple[str, ...], now: datetime) -> Alert:
    key = f"{SOURCE_HEALTH}\n{kind}\n{one.source}\n{one.condition}\n{one.since.isoformat()}\n{one.detected.isoformat()}"
    name = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    where = urlsplit(source.url)  # without login and what stands behind a question mark: that may be secret
    url = urlunsplit((where.scheme, where.netloc.rpartition("@")[2], where.path, "", ""))
    return Alert(name, SOURCE_HEALTH, "", source.id, url, title, now, excerpts=said, kind=kind)


def by_source(ill: Sequence[SourceProblem]) -> dict[str, list[SourceProblem]]:
    """Illnesses by the source that has them."""
    found: dict[str, list[SourceProblem]] = {}
    for one in ill:
        found.setdefault(one.source, []).append(one)
    return found
