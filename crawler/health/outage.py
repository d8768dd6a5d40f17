"""Whether hosts do not answer because this machine's own network is away. Pure.

A crawl shows it only for its own host. Many hosts that stop answering at about the same time, while hardly any other
answers, have one cause: the connection of this machine. With one or two hosts that cannot be told; then a source is
blamed after WAIT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

WAIT: Final = timedelta(minutes=15)  # of failures, after which a source is blamed though no other host answered
FEWEST: Final = 3  # hosts that do not answer make an outage, if there are no more
ENOUGH: Final = 5  # or as many of more
SHARE: Final = 3  # hosts that do not answer, for each that does


@dataclass(frozen=True, slots=True)
class Poll:
    """A crawl: when it started, and whether its host answered, with whatever status."""

    host: str
    started: datetime
    answered: bool


def outage_since(polls: Iterable[Poll]) -> datetime | None:
    """Return since when nearly every polled host does not answer; None if there is no outage.

    `polls`: those of the last minutes, without hosts that are known to have failed before.
    """
    failing, answered = _streaks(polls)
    needed = min(ENOUGH, max(FEWEST, len(failing.keys() | answered.keys())))
    for since in sorted(failing.values()):
        down = sum(begun >= since for begun in failing.values())
        up = sum(last >= since for last in answered.values())
        if down >= needed and down >= SHARE * up:
            return since
    return None


def ended(polls: Iterable[Poll], hosts: Iterable[str], since: datetime) -> datetime | None:
    """Return when an outage of `hosts` since then ended; None while it lasts.

    The first answer of one of them ends it, if from then on as many hosts answer as do not: packets may get lost.
    """
    affected = set(hosts)
    after = [poll for poll in polls if poll.started >= since]
    first = min((poll.started for poll in after if poll.answered and poll.host in affected), default=None)
    if first is None:
        return None
    last = _last(poll for poll in after if poll.started >= first)
    up = sum(poll.answered for poll in last.values())
    return first if 2 * up >= len(last) else None


def may_blame(host: str, second: datetime, polls: Iterable[Poll], now: datetime) -> bool:
    """Return whether a host that did not answer twice, the second time at `second`, is itself the cause.

    Other hosts must have answered since then, at least as many as have not; or WAIT has passed.
    """
    others = _last(poll for poll in polls if poll.host != host and poll.started >= second)
    up = sum(poll.answered for poll in others.values())
    return (up > 0 and 2 * up >= len(others)) or now - second >= WAIT


def _last(polls: Iterable[Poll]) -> Mapping[str, Poll]:
    return {poll.host: poll for poll in sorted(polls, key=lambda poll: (poll.started, poll.answered))}


def _streaks(polls: Iterable[Poll]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Return since when the hosts that do not answer now have failed, and when each host answered last."""
    failing: dict[str, datetime] = {}
    answered: dict[str, datetime] = {}
    ordered: Sequence[Poll] = sorted(polls, key=lambda poll: (poll.host, poll.started, poll.answered))
    for host, mine in groupby(ordered, key=lambda poll: poll.host):
        for poll in mine:
            if poll.answered:
                answered[host] = poll.started
                failing.pop(host, None)
            else:
                failing.setdefault(host, poll.started)
    return failing, answered
