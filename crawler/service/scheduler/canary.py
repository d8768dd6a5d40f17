"""Publishes the canary, follows it through the stages, and reports when it is late and when it comes out again."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from crawler.errors import ArchiveError, NotifyError, StateError, WirewatchError
from crawler.health import SOURCE_HEALTH
from crawler.health.canary import BROKEN, CANARY, TIMING, CanaryResult, Course, Stage, Timing, stopped_at
from crawler.items import Alert
from crawler.notify import Dispatch, Form
from crawler.observe import metrics
from crawler.runtime import Runtime
from crawler.service.delivery.deliveries import sender_of

ANSWER_S: Final = 5.0  # for Redis, and for the archive
SEND_S: Final = 15.0
_DELIVERY: Final = frozenset({Stage.STORED, Stage.PLANNED, Stage.RECEIVED})  # the outbox may not work: send directly

T = TypeVar("T")
_log = logging.getLogger(__name__)


class CanaryKeeper:
    """Keeps the canary while this process is in charge of the schedule.

    `request` adds a crawl to the schedule, `in_charge` returns whether this process schedules, `write` receives the
    lines of `terminal:` channels, `wake` is called when there is something to send.
    """

    def __init__(
        self,
        runtime: Runtime,
        request: Callable[[str, datetime], None],
        in_charge: Callable[[], bool],
        write: Callable[[str], None],
        wake: Callable[[], None],
        timing: Timing = TIMING,
    ) -> None:
        self._runtime = runtime
        self._request = request
        self._in_charge = in_charge
        self._write = write
        self._wake = wake
        self._timing = timing
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="canary")
        self._asked: Future[object] | None = None
        self._course: Course | None = None
        self._passed: dict[Stage, datetime] = {}
        self._detail = ""
        self._unsaved: list[tuple[CanaryResult, Alert | None, list[str]]] = []
        self.last: CanaryResult | None = None

    @property
    def problem(self) -> str:
        """Why the last canary did not come out; "" if it did."""
        one = self.last
        return sentence(one) if one is not None and is_open(one) and self._course is not None else ""

    def passed(self, stage: Stage) -> None:
        """Record a stage that the canary passed in the schedule of this process."""
        if self._course is not None and self._course.current is not None:
            self._passed.setdefault(stage, self._runtime.now())

    async def run(self) -> None:
        """Keep the canary until cancelled."""
        try:
            while True:
                try:
                    await self.step()
                except (WirewatchError, TimeoutError) as error:
                    _log.warning("the canary is postponed: %s", error)
                await asyncio.sleep(self._timing.tick.total_seconds())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def step(self) -> None:
        """Publish, follow and judge the canary once. Raises WirewatchError, TimeoutError."""
        now = self._runtime.now()
        if not (self._runtime.watch.canary and self._in_charge()):
            if self._course is not None:
                _show(None)
            self._course, self._passed, self._detail = None, {}, ""
            return
        if self._course is None:
            self._course = Course(self._timing, random.Random())  # noqa: S311  times and filler, no secret
            await self._quietly(self._resume(self._course))
        course = self._course
        course.look(now)
        if course.is_due(now) or (course.is_over(now) and self._is_reported(course)):
            course.publish(now)
            self._passed, self._detail = {}, ""
            await self._quietly(self._clear())
        if course.current is not None:
            await self._quietly(self._follow(course, now))
            await self._judge(course, now)
        await self._quietly(self._save())

    async def _resume(self, course: Course) -> None:
        """Continue with the last result and the current canary, of this process or another one."""
        self.last = await self._archive(self._runtime.archive.sync.canaries.last)
        _show(self.last)
        found = await asyncio.wait_for(self._runtime.state.canary.current(), ANSWER_S)
        if found is not None:
            course.resume(found[0])
            self._passed = found[1]

    async def _clear(self) -> None:
        await self._archive(self._runtime.archive.sync.canaries.clear)

    async def _follow(self, course: Course, now: datetime) -> None:
        """Publish and crawl the canary, and read which stages it has passed."""
        canary, memory = course.current, self._runtime.state.canary
        assert canary is not None
        await asyncio.wait_for(memory.publish(canary), ANSWER_S)
        self._passed.setdefault(Stage.PUBLISHED, now)
        if course.is_crawl_due():
            self._request(CANARY, now)
        found = await asyncio.wait_for(memory.current(), ANSWER_S)
        if found is not None and found[0].token == canary.token:
            self._passed = found[1] | self._passed
        outgoing = await self._archive(lambda: self._runtime.archive.sync.canaries.outgoing(canary.token))
        times = {Stage.STORED: outgoing.stored, Stage.PLANNED: outgoing.planned, Stage.RECEIVED: outgoing.received}
        self._passed = {stage: time for stage, time in times.items() if time} | self._passed
        self._detail = outgoing.error

    async def _judge(self, course: Course, now: datetime) -> None:
        canary, stopped, before = course.current, stopped_at(self._passed), self.last
        assert canary is not None
        is_reported = self._is_reported(course)
        passed = tuple(sorted(self._passed.items(), key=lambda one: list(Stage).index(one[0])))
        result = CanaryResult(canary.token, canary.published, now, stopped, self._detail, passed)
        if stopped is None:
            if is_reported and before is not None:
                result = replace(before, recovered=now)
            notice = recovery_notice(before, now) if before is not None and is_open(before) else None
            course.end()
            self._passed = {}
            await self._ended(result, notice)
            await asyncio.wait_for(self._runtime.state.canary.end(), ANSWER_S)
        elif course.is_late() and not is_reported:
            is_first = before is None or not is_open(before)
            await self._ended(result, late_notice(result) if is_first else None)

    def _is_reported(self, course: Course) -> bool:
        """Return whether the current canary was judged late before."""
        last, canary = self.last, course.current
        return last is not None and canary is not None and last.token == canary.token and is_open(last)

    async def _ended(self, result: CanaryResult, notice: Alert | None) -> None:
        self.last = result
        _show(result)
        metrics.CANARIES.labels("late" if is_open(result) else "passed").inc()
        if is_open(result):
            _log.error("%s", sentence(result))
        if notice is not None:
            for listener in self._runtime.on_note:
                listener(notice.title)
        channels = list(self._runtime.watch.health.send) if notice is not None else []
        self._unsaved.append((result, notice, channels))
        if result.stopped not in _DELIVERY or result.recovered is not None:
            await self._quietly(self._save())
        if self._unsaved and notice is not None:
            await self._send(notice, channels)

    async def _save(self) -> None:
        """Write results that are not in the archive yet, with their notices."""
        while self._unsaved:
            result, notice, channels = self._unsaved[0]
            await self._archive(partial(self._runtime.archive.sync.canaries.end, result, notice, tuple(channels)))
            self._unsaved.pop(0)
            if notice is not None:
                self._wake()

    async def _send(self, notice: Alert, channels: list[str]) -> None:
        """Send a notice without the outbox; remove the channels that received it. The others keep their delivery."""
        for name in tuple(channels):
            channel = self._runtime.watch.channel_by_id.get(name)
            if channel is None or channel.paused:
                continue
            try:
                sender = sender_of(channel, write=self._write, now=self._runtime.now)
                try:
                    dispatch = Dispatch(notice.id, Form.ALERT, (notice,), notice.matched)
                    await asyncio.wait_for(sender.send(dispatch), SEND_S)
                finally:
                    await sender.close()
            except (NotifyError, TimeoutError) as error:
                _log.warning("the notice about the canary waits in the outbox: %s", error)
            else:
                channels.remove(name)

    async def _archive(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread of its own, one at a time. Raises ArchiveError, also if it takes too long."""
        if self._asked is not None and not self._asked.done():
            raise ArchiveError("does not answer", subject=self._runtime.archive.sync.url)
        asked = self._thread.submit(work)
        self._asked = asked  # type: ignore[assignment]  # only whether it is done matters
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(asked)), ANSWER_S)
        except TimeoutError as error:
            raise ArchiveError("does not answer", subject=self._runtime.archive.sync.url) from error

    async def _quietly(self, work: Awaitable[None]) -> None:
        """Wait for `work`; an error shows as the stage that the canary does not pass."""
        try:
            await work
        except (StateError, ArchiveError, TimeoutError) as error:
            self._detail = str(error) or "no answer"
            _log.debug("canary: %s", error)


def is_open(result: CanaryResult) -> bool:
    """Return whether the result is a problem that has not ended."""
    return result.stopped is not None and result.recovered is None


def sentence(result: CanaryResult) -> str:
    """Return what a late canary means."""
    assert result.stopped is not None
    detail = f" ({result.detail})" if result.detail else ""
    why = BROKEN[result.stopped].sentence
    return f"the canary is late: it did not reach the stage `{result.stopped}`. {why}{detail}"


def late_notice(result: CanaryResult) -> Alert:
    """Return the notice about a late canary."""
    assert result.stopped is not None
    stage, when = result.stopped, f"{result.published:%Y-%m-%d %H:%M} UTC"
    what = f"A page that Wirewatch published for itself at {when} has not come out as an alert."
    why = f"It did not reach the stage `{stage}`. {BROKEN[stage].sentence}"
    lines = (what, why, *((result.detail,) if result.detail else ()), BROKEN[stage].hint)
    title = f"Alerts may not arrive: the canary did not reach the stage `{stage}`"
    return _notice("unhealthy", title, lines, result, result.judged)


def recovery_notice(before: CanaryResult, now: datetime) -> Alert:
    """Return the notice that a canary has come out again."""
    lines: Sequence[str] = (f"Late since {before.published:%Y-%m-%d %H:%M} UTC, at the stage `{before.stopped}`.",)
    return _notice("recovered", "Alerts arrive again: the canary came out", lines, before, now)


def _notice(kind: str, title: str, lines: Sequence[str], one: CanaryResult, now: datetime) -> Alert:
    name = hashlib.blake2b(f"{CANARY}\n{kind}\n{one.token}".encode(), digest_size=12).hexdigest()
    return Alert(name, SOURCE_HEALTH, "", "", "", title, now, excerpts=tuple(lines), kind=kind)


def _show(result: CanaryResult | None) -> None:
    """Set the gauges to the last result."""
    for stage in Stage:
        late = result is not None and is_open(result) and result.stopped is stage
        metrics.CANARY_STOPPED.labels(stage.value).set(late)
    if result is not None and result.stopped is None:
        metrics.CANARY_TIME.set(result.took.total_seconds())
