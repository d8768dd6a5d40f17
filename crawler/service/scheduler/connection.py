"""The network of this machine, as the crawls of all sources show it: while it is away, no source is blamed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from crawler.archive import Archive
from crawler.config import Source
from crawler.health import SOURCE_HEALTH, Condition
from crawler.health.outage import WAIT, Poll, ended, may_blame, outage_since
from crawler.items import Alert, Outcome, Run
from crawler.schedule.due_time import SKEW, phase
from crawler.schedule.revisit_plan import plan_of
from crawler.unanswered import is_unanswered

THIS_MACHINE: Final = "this machine"  # the source of an alert about its network; ids of sources have no spaces
UNREACHED: Final = frozenset({Condition.FAILING, Condition.GONE})
LONG: Final = timedelta(hours=1)  # an outage that lasts longer is notified while it lasts
SPREAD: Final = timedelta(seconds=20)  # in which messages and revisits that reached no host are retried after an outage
_GROUPS: Final = 5  # of sources, whose revisits begin one after another
_KEPT: Final = 20  # past outages


class _Outage(NamedTuple):
    since: datetime
    until: datetime


class Connection:
    """Detects outages of this machine's own network and their ends. Blocks, as the health watch does.

    Every method may raise ArchiveError.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._since: datetime | None = None  # of the present outage
        self._is_notified = False
        self._past: list[_Outage] = []
        self._polls: list[Poll] = []  # of the last minutes
        self._hosts: dict[str, str] = {}  # by source
        self._unreached: set[str] = set()  # sources that the present outage keeps away
        self._unclear: dict[str, datetime] = {}  # sources that failed while no other host answered, and since when
        self._again: set[str] = set()  # sources to poll again
        self._over: timedelta | None = None  # how long ago the outage began that has ended

    def check(
        self, sources: Mapping[str, Source], blamed: Collection[str], send: Sequence[str], now: datetime
    ) -> list[str]:
        """Read the last runs; return lines about an outage that has begun or ended.

        `blamed`: sources with a known problem, whose failures mean nothing here.
        """
        if any(time > now + SKEW for time in (self._since, *(one.until for one in self._past)) if time):
            self._since, self._past = None, []  # the clock was set back
        failed = self._read(sources, blamed, now)
        if self._since is None:
            last = self._past[-1].until if self._past else None
            fresh = (poll for poll in self._polls if last is None or poll.started > last)
            self._since, self._is_notified = outage_since(fresh), False
            if self._since is None:
                return self._end_unclear(sources, now)
            self._unreached = set(failed)
            return ["most sources fail at the same time: is this machine online? No source is reported"]
        self._unreached.update(failed)
        hosts = (self._hosts[name] for name in self._unreached & sources.keys())
        if (until := ended(self._polls, hosts, self._since)) is not None:
            return self._end(_Outage(self._since, until), sources, send, now)
        if now - self._since > LONG and not self._is_notified:
            self._is_notified = True
            self._archive.health.notify(_alert(self._since, None, len(self._unreached), now), send)
        return []

    def excuses(self, run: Run) -> bool:
        """Return whether a run failed because of an outage."""
        if run.outcome is not Outcome.FAILED or not is_unanswered(run.error):
            return False
        if self._since is not None and run.started >= self._since:
            return True
        return any(one.since <= run.started <= one.until for one in self._past)

    def may_blame(self, source: Source, runs: Sequence[Run], now: datetime) -> bool:
        """Return whether a source that fails is itself the cause. `runs`: its last ones, oldest first.

        If that is not known, the question is to be asked again.
        """
        streak: list[datetime] = []
        for run in reversed(runs):
            if run.outcome is not Outcome.FAILED or not is_unanswered(run.error):
                break
            streak.append(run.started)
        if not streak:
            return True
        second = self._unclear.setdefault(source.id, streak[-2] if len(streak) > 1 else streak[0])
        is_own = may_blame(host_of(source), second, self._polls, now)
        if is_own:
            del self._unclear[source.id]
        return is_own

    def take_again(self) -> set[str]:
        """Return the sources to poll again since an outage has ended, once."""
        again, self._again = self._again, set()
        return again

    def take_over(self) -> timedelta | None:
        """Return how long ago the outage began that has ended since the last call; None without one."""
        over, self._over = self._over, None
        return over

    def _read(self, sources: Mapping[str, Source], blamed: Collection[str], now: datetime) -> set[str]:
        """Read the polls of the last minutes; return the sources that did not answer."""
        self._hosts = {name: host_of(source) for name, source in sources.items()}
        until = now + SKEW
        since = min([now - WAIT, *([self._since] if self._since else []), *self._unclear.values()])
        rows = [row for row in self._archive.health.failed(since, until=until) if row[0] in sources]
        expected = {name for name, source in sources.items() if UNREACHED & set(source.expect or ())}
        failed = [row for row in rows if is_unanswered(row[2]) and row[0] not in blamed and row[0] not in expected]
        self._polls = []
        if not failed:
            self._unclear.clear()
            return set()
        first = min(row[1] for row in failed)
        answered = self._archive.health.answered(first, until=until)
        self._polls = [Poll(self._hosts[name], started, answered=False) for name, started, _ in failed]
        self._polls += [
            Poll(self._hosts[name], at, answered=True) for name, *both in answered if name in sources for at in both
        ]
        self._polls += [
            Poll(self._hosts[name], at, answered=True) for name, at, error in rows if not is_unanswered(error)
        ]
        return {row[0] for row in failed if self._since is None or row[1] >= self._since}

    def _end_unclear(self, sources: Mapping[str, Source], now: datetime) -> list[str]:
        """Retry what failed if a source answers again that failed while no other host answered."""
        back = {
            name
            for name, since in self._unclear.items()
            if any(one.answered and one.host == self._hosts.get(name) and one.started >= since for one in self._polls)
        }
        if not back:
            return []
        self._again |= self._unclear.keys() - back
        self._unclear.clear()
        since = min((poll.started for poll in self._polls if not poll.answered), default=now)
        count = self._retry(sources, since, now)
        return [f"the network is back: {_messages(count)} to send again"] if count else []

    def _retry(self, sources: Mapping[str, Source], since: datetime, now: datetime) -> int:
        """Make due what no host answered since then: sources, revisits, messages; return the number of messages."""
        self._over = max(now - since, self._over or timedelta(0))
        partly = (name for name, error in self._archive.health.incomplete(since, until=now) if is_unanswered(error))
        self._again |= sources.keys() & set(partly)
        groups: dict[tuple[int, tuple[timedelta, ...]], list[str]] = {}
        for name, source in sources.items():
            group = int(phase(name) * _GROUPS), tuple(plan_of(source.kind, source.revisit))
            groups.setdefault(group, []).append(name)
        for (number, plan), names in groups.items():
            self._archive.visits.hasten(names, plan, now + SPREAD * number / _GROUPS, now)
        return self._archive.outbox.retry_unreached(now, SPREAD)

    def _end(self, outage: _Outage, sources: Mapping[str, Source], send: Sequence[str], now: datetime) -> list[str]:
        self._past = [*self._past[1 - _KEPT :], outage]
        self._since = None
        self._again |= self._unreached
        self._unclear.clear()
        self._archive.health.notify(_alert(*outage, len(self._unreached), now), send)
        count = self._retry(sources, outage.since, now)
        text = f"sources answer again; they did not since {outage.since:%H:%M:%S} UTC"
        return [f"{text}: {len(self._unreached)} to poll again, {_messages(count)} to send again"]


def host_of(source: Source) -> str:
    """Return the host of a source's address, with its port."""
    return urlsplit(source.url).netloc.rpartition("@")[2].lower()


def _messages(count: int) -> str:
    return f"{count} message{'s' if count != 1 else ''}"


def _alert(since: datetime, until: datetime | None, sources: int, now: datetime) -> Alert:
    """Return the alert about an outage, which lasts if `until` is None."""
    begun = f"{since:%Y-%m-%d %H:%M} UTC"
    title = (
        f"no source could be reached from {begun} to {until:%H:%M} UTC" if until else f"no source answers since {begun}"
    )
    lines = (
        f"{sources} sources did not answer, so the network of this machine was probably away. "
        + ("They are polled again now, and no source is reported because of it." if until else "Is it online?"),
    )
    kind = "recovered" if until else "unhealthy"
    key = f"{SOURCE_HEALTH}\n{THIS_MACHINE}\n{kind}\n{since.isoformat()}"
    name = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    return Alert(name, SOURCE_HEALTH, "", THIS_MACHINE, "", title, now, excerpts=lines, kind=kind)
