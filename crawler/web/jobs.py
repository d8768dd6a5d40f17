"""Background jobs that outlast a request: clients poll them, and a job without polling clients is canceled."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from crawler.errors import WirewatchError

AT_ONCE = 2
WAITING = 8  # further ones are refused
REMEMBERED = 40
PATIENCE_S = 90.0  # without being asked about: a browser that is busy, or a tab that sleeps, asks late
LONGEST_S = 120.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Crowded(Exception):  # noqa: N818  an answer, no failure
    """Too many jobs are running; no further job is accepted."""


class State(StrEnum):
    """State of a job."""

    WAITS = "waits"
    RUNS = "runs"
    DONE = "done"
    FAILED = "failed"
    LEFT = "left"  # cancelled, or nobody asked for it


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """A job as it was at one moment: what is `over` has its `result`, or its `error`, or was left."""

    id: str
    over: bool
    result: T | None
    error: str
    done: int
    total: int
    lines: tuple[str, ...]


class Job(Generic[T]):
    """One background job. `result` is set when DONE, `error` when FAILED; `about` belongs to the caller."""

    def __init__(self, clock: Callable[[], float], about: object = None) -> None:
        self.id = secrets.token_urlsafe(12)
        self.about = about
        self.state = State.WAITS
        self.result: T | None = None
        self.error = ""
        self.done, self.total = 0, 0
        self.lines: tuple[str, ...] = ()
        self._clock = clock
        self._asked = clock()
        self._begun: float | None = None
        self._left = False

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state not in {State.WAITS, State.RUNS}

    def seen(self) -> Seen[T]:
        """Return a snapshot. `over` is read first, because the other fields no longer change after that."""
        over = self.over
        return Seen(self.id, over, self.result if over else None, self.error, self.done, self.total, self.lines)

    def asked(self) -> None:
        """Record that a client polled the job."""
        self._asked = self._clock()

    def leave(self) -> None:
        """Cancel the job."""
        self._left = True

    @property
    def wanted(self) -> bool:
        """Whether a client still waits for the result."""
        return not self._left and self._clock() - self._asked < PATIENCE_S

    def tell(self, done: int, total: int) -> bool:
        """Record the progress; return False if the job must stop: no client waits, or it exceeded LONGEST_S."""
        self.done, self.total = done, total
        begun = self._clock() if self._begun is None else self._begun
        return self.wanted and self._clock() - begun < LONGEST_S

    def say(self, line: str) -> None:
        """Append a progress line."""
        self.lines = (*self.lines[-199:], line)

    def run(self, work: Callable[[Job[T]], T]) -> None:
        """Run the work if a client still waits for it; never raise."""
        self._begun = self._clock()
        self.state = State.RUNS
        try:
            self.result = work(self) if self.wanted else None
        except WirewatchError as error:
            self.error, self.state = str(error), State.FAILED
        except Exception as error:  # noqa: BLE001  the edge of the thread
            _log.exception("a background job of the web page failed")
            self.error, self.state = f"Internal error ({type(error).__name__}). See the log for details.", State.FAILED
        else:
            self.state = State.LEFT if self._left or self.result is None else State.DONE


class Jobs:
    """The jobs of one web server. A job is accessible only by its id."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[str, Job[object]] = {}
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job")

    def start(self, work: Callable[[Job[object]], object], about: object = None) -> Job[object]:
        """Begin something, in its turn. Raises Crowded."""
        job: Job[object] = Job(self._clock, about)
        with self._turn:
            if sum(not one.over for one in self._known.values()) >= WAITING:
                raise Crowded
            over = [one.id for one in self._known.values() if one.over]
            for old in over[: max(0, len(self._known) + 1 - REMEMBERED)]:
                del self._known[old]
            self._known[job.id] = job
            self._pool.submit(job.run, work)
        return job

    def find(self, job_id: str) -> Job[object] | None:
        """Return a job by its id, and record that it was polled."""
        job = self._known.get(job_id)
        if job is not None:
            job.asked()
        return job

    def close(self) -> None:
        """Cancel all jobs; queued jobs never start."""
        for job in list(self._known.values()):
            job.leave()
        self._pool.shutdown(wait=False, cancel_futures=True)
