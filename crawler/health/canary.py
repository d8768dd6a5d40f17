"""The canary: a page of our own that must come out as an alert, and the judgement of how far it has come. Pure.

The service publishes a canary at a random time of each hour. It passes the stages of an article, in order; each stage
records when. A canary that has not passed all of them within its deadline is late, and the first stage that it did not
pass is where the chain is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

CANARY: Final = "~canary"  # id of the hidden source, rule and channel; no id of a watch file contains "~"
PHRASE: Final = "wirewatch canary"  # what the hidden rule finds
STEP: Final = timedelta(seconds=30)  # more time between two looks did not pass while the service was working
PAUSE: Final = timedelta(minutes=1)  # so long between two looks: the machine slept, or its clock was set


class Stage(StrEnum):
    """The stages of a canary, in order."""

    PUBLISHED = "published"
    DUE = "due"
    QUEUED = "queued"
    BEGUN = "begun"
    LISTED = "listed"
    FETCHED = "fetched"
    EXTRACTED = "extracted"
    CLAIMED = "claimed"
    MATCHED = "matched"
    STORED = "stored"
    PLANNED = "planned"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Broken:
    """What it means that a canary did not pass a stage: a sentence, and what to do."""

    sentence: str
    hint: str


BROKEN: Final[Mapping[Stage, Broken]] = {
    Stage.PUBLISHED: Broken("It could not be published.", "Check that Redis is running and accepts writes."),
    Stage.DUE: Broken("The schedule did not release it.", "Restart the process with the scheduler role."),
    Stage.QUEUED: Broken("Its crawl could not be queued.", "Check that Redis is running and accepts writes."),
    Stage.BEGUN: Broken(
        "No worker began its crawl.", "Check that a process with the worker role is running and not overloaded."
    ),
    Stage.LISTED: Broken(
        "Its listing was not read.",
        "Check that the archive accepts writes, and the log of the worker: it reads the listing from 127.0.0.1.",
    ),
    Stage.FETCHED: Broken("Its page was not fetched.", "Check the log of the worker for downloads that fail."),
    Stage.EXTRACTED: Broken(
        "Its page was not extracted.", "Check the extraction processes of the worker, and the memory of the machine."
    ),
    Stage.CLAIMED: Broken("Its text could not be claimed for deduplication.", "Check that Redis is running."),
    Stage.MATCHED: Broken("The rules did not find it.", "Restart the process with the worker role."),
    Stage.STORED: Broken(
        "It was not stored.", "Check that the archive accepts writes and that the disk has free space."
    ),
    Stage.PLANNED: Broken(
        "Its alert was not planned as a message.", "Check that a process with the deliver role is running."
    ),
    Stage.RECEIVED: Broken(
        "Its message was not sent.", "Check that a process with the deliver role is running, and its log."
    ),
}


@dataclass(frozen=True, slots=True)
class Timing:
    """When canaries are published, and how long they may take. `settle`: after a start, nothing is published."""

    every: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(minutes=5)
    retry: timedelta = timedelta(minutes=3)  # a canary that has not come out is crawled again, as any source is
    deadline: timedelta = timedelta(minutes=10)
    tick: timedelta = timedelta(seconds=5)  # between two looks


TIMING: Final = Timing()


@dataclass(frozen=True, slots=True)
class Canary:
    """A published canary. `token` occurs in its address and in its text."""

    token: str
    published: datetime


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """The result of a canary. `stopped`: the stage that it did not pass in time; None if it passed all of them.

    `passed`: when it passed each stage. `recovered`: when a late one, or a later one, came out; None while none has.
    """

    token: str
    published: datetime
    judged: datetime
    stopped: Stage | None
    detail: str = ""
    passed: tuple[tuple[Stage, datetime], ...] = ()
    recovered: datetime | None = None

    @property
    def took(self) -> timedelta:
        """The time from publication to receipt, or until it was judged late."""
        ended = dict(self.passed).get(Stage.RECEIVED, self.judged)
        return max(timedelta(0), ended - self.published)


def stopped_at(passed: Mapping[Stage, datetime]) -> Stage | None:
    """Return the stage after the last one that was passed; None if the last of all was. Gaps are lost records."""
    stages = list(Stage)
    last = max((stages.index(stage) for stage in passed), default=-1)
    return stages[last + 1] if last + 1 < len(stages) else None


class Course:
    """When to publish and crawl canaries, and when one is late. Looks (`look`) should follow each other within STEP.

    Only time in which the service works counts: a start, a sleep of the machine or a clock that was set begins the
    deadline of the current canary again.
    """

    def __init__(self, timing: Timing, rng: Random) -> None:
        self._timing = timing
        self._rng = rng
        self._looked: datetime | None = None
        self._window = self._next = datetime.min.replace(tzinfo=UTC)  # the hour of the next canary; its time
        self._age = timedelta(0)  # of the current canary, while the service worked
        self._crawled = timedelta(0)  # its age when it was last crawled
        self.current: Canary | None = None

    @property
    def next(self) -> datetime:
        """When the next canary is published."""
        return self._next

    def resume(self, canary: Canary) -> None:
        """Continue with the canary of another process, or of this one before a restart."""
        self.current, self._age, self._crawled = canary, timedelta(0), -self._timing.retry

    def look(self, now: datetime) -> None:
        """Note the time."""
        before, self._looked = self._looked, now
        if before is None or not -STEP <= now - before <= max(PAUSE, STEP):
            self._age, self._crawled = timedelta(0), -self._timing.retry
            self._draw(now + self._timing.settle)
        else:
            self._age += min(STEP, max(timedelta(0), now - before))

    def is_due(self, now: datetime) -> bool:
        """Return whether to publish a canary now."""
        return self.current is None and now >= self._next

    def publish(self, now: datetime) -> Canary:
        """Begin a canary."""
        self.current = Canary(f"{self._rng.getrandbits(64):016x}", now)
        self._age, self._crawled = timedelta(0), -self._timing.retry
        self._draw(max(self._window + self._timing.every, now))
        return self.current

    def end(self) -> None:
        """End the current canary."""
        self.current = None

    def is_crawl_due(self) -> bool:
        """Return whether to crawl the current canary, again if need be; each answer "yes" counts as done."""
        if self.current is None or self._age - self._crawled < self._timing.retry:
            return False
        self._crawled = self._age
        return True

    def is_late(self) -> bool:
        """Return whether the current canary has exceeded its deadline."""
        return self.current is not None and self._age >= self._timing.deadline

    def is_over(self, now: datetime) -> bool:
        """Return whether a late canary gives way to the next one."""
        return self.is_late() and now >= self._next

    def _draw(self, window: datetime) -> None:
        self._window = window
        self._next = window + self._rng.random() * self._timing.every


_WORDS: Final = (
    "harbour", "council", "bridge", "winter", "meeting", "teachers", "library", "farmers", "minister", "valley",
    "report", "budget", "railway", "engineers", "students", "museum", "market", "police", "hospital", "island",
    "weather", "coast", "village", "parliament", "company", "workers", "doctor", "festival", "garden", "river",
    "station", "theatre", "journal", "climate", "energy", "housing", "transport", "language", "history", "science",
)  # fmt: skip
_VERBS: Final = ("announced", "described", "considered", "opened", "reviewed", "supported", "delayed", "completed")
_SENTENCES: Final = 16


def sentences(token: str) -> list[str]:
    """Return the text of a canary: the same for the same token, and unlike that of any other."""
    rng = Random(token)  # noqa: S311  filler text, no secret
    made = [f"This page is the {PHRASE} {token}, and it checks that alerts arrive."]
    for number in range(_SENTENCES):
        one, two, three, four = rng.sample(_WORDS, 4)
        made.append(
            f"The {one} {rng.choice(_VERBS)} the {two} near the {three} on day {rng.randrange(1000)}, "
            f"and the {four} kept note {token[:8]}{number}."
        )
    return made


def title(token: str) -> str:
    """Return the headline of a canary."""
    return f"Wirewatch canary {token}"


def page(canary: Canary) -> str:
    """Return the page of a canary as HTML."""
    lines = sentences(canary.token)
    paragraphs = "".join(f"<p>{' '.join(lines[at : at + 3])}</p>" for at in range(0, len(lines), 3))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title(canary.token)}</title>'
        f'<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{canary.published.isoformat()}"></head>'
        f"<body><main><article><h1>{title(canary.token)}</h1>{paragraphs}</article></main></body></html>"
    )


def feed(canary: Canary | None, home: str) -> str:
    """Return the feed that lists the canary as RSS. `home`: the address of the site, without a trailing slash."""
    item = (
        f"<item><title>{title(canary.token)}</title><link>{home}/news/{canary.token}</link>"
        f"<guid>{home}/news/{canary.token}</guid></item>"
        if canary is not None
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Canary</title><link>{home}/</link>'
        f"<description>Canary</description>{item}</channel></rss>"
    )


def token_of(url: str) -> str:
    """Return the token in the address of a canary's page."""
    return url.rpartition("/")[2]
