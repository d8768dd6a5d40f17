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

RUNNING = 2  # jobs at the same time
MAX_PENDING = 8  # jobs that run or wait; further ones are rejected
REMEMBERED = 40
POLL_TIMEOUT_S = 90.0  # without a poll by the client: busy browsers and background tabs poll late
MAX_RUN_S = 120.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


class TooManyJobs(Exception):  # noqa: N818  an expected outcome, not an error
    """Too many jobs are running; no further job is accepted."""


class State(StrEnum):
    """State of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"  # by the user, or because no client polled it


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """The state of a job at one point in time. A `finished` job has a `result` or an `error`, or was canceled."""

    id: str
    finished: bool
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
        self.state = State.WAITING
        self.result: T | None = None
        self.error = ""
        self.done, self.total = 0, 0
        self.lines: tuple[str, ...] = ()
        self._clock = clock
        self._polled = clock()
        self._started: float | None = None
        self._canceled = False

    @property
    def finished(self) -> bool:
        """Whether the job has ended."""
        return self.state not in {State.WAITING, State.RUNNING}

    def snapshot(self) -> Snapshot[T]:
        """Return a snapshot. `finished` is read first, because the other fields no longer change after that."""
        finished = self.finished
        result = self.result if finished else None
        return Snapshot(self.id, finished, result, self.error, self.done, self.total, self.lines)

    def record_poll(self) -> None:
        """Record that a client polled the job."""
        self._polled = self._clock()

    def cancel(self) -> None:
        """Cancel the job."""
        self._canceled = True

    @property
    def has_client(self) -> bool:
        """Whether a client still waits for the result."""
        return not self._canceled and self._clock() - self._polled < POLL_TIMEOUT_S

    def report_progress(self, done: int, total: int) -> bool:
        """Record the progress; return False if the job must stop: no client waits, or it exceeded MAX_RUN_S."""
        self.done, self.total = done, total
        started = self._clock() if self._started is None else self._started
        return self.has_client and self._clock() - started < MAX_RUN_S

    def add_line(self, line: str) -> None:
        """Append a progress line."""
        self.lines = (*self.lines[-199:], line)

    def run(self, work: Callable[[Job[T]], T]) -> None:
        """Run the work if a client still waits for it; never raise."""
        self._started = self._clock()
        self.state = State.RUNNING
        try:
            self.result = work(self) if self.has_client else None
        except WirewatchError as error:
            self.error, self.state = str(error), State.FAILED
        except Exception as error:  # noqa: BLE001  the edge of the thread
            _log.exception("a background job of the web page failed")
            self.error, self.state = f"Internal error ({type(error).__name__}). See the log for details.", State.FAILED
        else:
            self.state = State.CANCELED if self._canceled or self.result is None else State.DONE


class Jobs:
    """The jobs of one web server. A job is accessible only by its id."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._jobs: dict[str, Job[object]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(RUNNING, thread_name_prefix="job")

    def start(self, work: Callable[[Job[object]], object], about: object = None) -> Job[object]:
        """Queue a job. Raises TooManyJobs."""
        job: Job[object] = Job(self._clock, about)
        with self._lock:
            if sum(not one.finished for one in self._jobs.values()) >= MAX_PENDING:
                raise TooManyJobs
            finished = [one.id for one in self._jobs.values() if one.finished]
            for old in finished[: max(0, len(self._jobs) + 1 - REMEMBERED)]:
                del self._jobs[old]
            self._jobs[job.id] = job
            self._pool.submit(job.run, work)
        return job

    def find(self, job_id: str) -> Job[object] | None:
        """Return a job by its id, and record that it was polled."""
        job = self._jobs.get(job_id)
        if job is not None:
            job.record_poll()
        return job

    def close(self) -> None:
        """Cancel all jobs; queued jobs never start."""
        for job in list(self._jobs.values()):
            job.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
