"""Extraction processes: a poison page costs its own process only."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future
from multiprocessing import forkserver
from pathlib import Path

import pytest
import pytest_asyncio
from crawl_pages import article
from pace import within

from crawler.discover.feeds import read_feed
from crawler.errors import ExtractError, ExtractorCrashError, FeedError, NotAttemptedError
from crawler.extract import Hints
from crawler.pool import MAX_DATA_BYTES, ExtractorPool

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "https://example.org/a"


def hang() -> None:
    while True:
        pass


def wait() -> None:
    while True:
        time.sleep(1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat() -> int:
    return len(bytearray(MAX_DATA_BYTES * 2))


def note_pid_and_wait(path: Path) -> None:
    path.write_text(f"{os.getpid()}\n")
    wait()


def noted_pid(path: Path) -> int:
    end = time.monotonic() + 60
    while not (path.exists() and path.read_text().endswith("\n")):
        assert time.monotonic() < end, "the work never began"
        time.sleep(0.05)
    return int(path.read_text())


def own_pid() -> int:
    return os.getpid()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[ExtractorPool]:
    pool = ExtractorPool(1, timeout_s=3)
    pool.warm()
    yield pool
    await pool.close()


async def good(pool: ExtractorPool) -> None:
    extraction, _ = await pool.examine(article("the weir").encode(), URL, Hints())
    assert extraction.article is not None
    assert "Read More" not in extraction.article.text


async def test_articles_come_out(pool: ExtractorPool):
    await good(pool)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("poison", "told"),
    [(hang, "longer than 3 s of CPU time"), (die, "the process that read it was killed"), (eat, "memory")],
)
async def test_a_poison_page_harms_nobody_else(pool: ExtractorPool, poison, told: str):
    with pytest.raises(ExtractError, match=told) as failed:
        await pool.call(poison, subject=URL)
    assert failed.value.subject == URL
    await good(pool)


@pytest.mark.slow
async def test_what_waits_instead_of_working_is_ended_by_the_clock():
    pool = ExtractorPool(1, timeout_s=0.5)
    try:
        with pytest.raises(ExtractorCrashError, match=r"longer than 2 s$"):
            await pool.call(wait, subject=URL)
    finally:
        await pool.close()


@pytest.mark.slow
async def test_a_page_is_not_to_blame_for_a_busy_machine(pool: ExtractorPool):
    """Twice the limit by the clock, and next to nothing of processor time."""
    assert await pool.call(time.sleep, 6, subject=URL) is None


async def test_what_the_function_raises_comes_through(pool: ExtractorPool):
    with pytest.raises(FeedError):
        await pool.call(read_feed, b"<html></html>", URL, "text/html", subject=URL)


async def test_the_event_loop_is_never_blocked(pool: ExtractorPool):
    longest = 0.0
    work = asyncio.gather(*(good(pool) for _ in range(5)))
    while not work.done():
        begun = time.perf_counter()
        await asyncio.sleep(0)
        longest = max(longest, time.process_time() and time.perf_counter() - begun)
    await work
    assert longest < 0.5


@pytest.mark.slow
async def test_processes_are_replaced_after_their_share():
    pool = ExtractorPool(1, max_tasks=2)
    try:
        pids = [await pool.call(own_pid, subject=URL) for _ in range(5)]
    finally:
        await pool.close()
    assert len(set(pids)) >= 2
    assert os.getpid() not in pids


async def test_closing_does_not_wait_for_a_hanging_page():
    pool = ExtractorPool(1, timeout_s=60)
    stuck = asyncio.create_task(pool.call(hang, subject=URL))
    await asyncio.sleep(0.5)
    await asyncio.wait_for(pool.close(), 15)
    stuck.cancel()
    with pytest.raises((asyncio.CancelledError, ExtractError)):
        await stuck


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGKILL])
async def test_a_process_that_ends_with_the_service_is_not_the_fault_of_its_page(
    signalled: signal.Signals, tmp_path: Path
):
    """As when SIGTERM reaches every process of the group."""
    pool = ExtractorPool(1)
    try:
        await good(pool)
        stuck = asyncio.create_task(pool.call(note_pid_and_wait, tmp_path / "pid", subject=URL))
        pid = await asyncio.to_thread(noted_pid, tmp_path / "pid")
        pool.expect_end()
        os.kill(pid, signalled)
        with pytest.raises(NotAttemptedError):
            await asyncio.wait_for(stuck, 60)
    finally:
        await pool.close()


async def test_a_process_that_is_terminated_is_not_the_fault_of_its_page(tmp_path: Path):
    pool = ExtractorPool(1)
    try:
        stuck = asyncio.create_task(pool.call(note_pid_and_wait, tmp_path / "pid", subject=URL))
        pid = await asyncio.to_thread(noted_pid, tmp_path / "pid")
        os.kill(pid, signal.SIGTERM)
        with pytest.raises(NotAttemptedError, match="terminated"):
            await asyncio.wait_for(stuck, 60)
        await good(pool)
    finally:
        await pool.close()


async def test_a_pool_that_broke_is_replaced():
    """As when one of its threads died: before, every later page failed until the service was started again."""
    pool = ExtractorPool(1)
    try:
        before = await pool.call(own_pid, subject=URL)
        pool._pool.stop()
        pool._pool.join()
        assert await pool.call(own_pid, subject=URL) != before
        await good(pool)
    finally:
        await pool.close()


def fork_server() -> int:
    pid = forkserver._forkserver._forkserver_pid
    assert pid is not None
    return pid


def wait_and_say_who(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize(("workers_too", "busy"), [(False, False), (False, True), (True, True)])
async def test_a_dead_fork_server_costs_no_page(workers_too: bool, busy: bool):
    """Before, its pages were taken for poison, and those behind them waited for 90 s."""
    pool = ExtractorPool(2)
    try:
        before = {await pool.call(wait_and_say_who, 0.2, subject=URL) for _ in range(2)}
        calls = [asyncio.create_task(pool.call(wait_and_say_who, 0.2, subject=URL)) for _ in range(6 if busy else 0)]
        await asyncio.sleep(0.1)
        with within(10, time.perf_counter):  # 1 to 3 s where the machine has nothing else to do
            for pid in (fork_server(), *(before if workers_too else ())):
                os.kill(pid, signal.SIGKILL)
            calls += [asyncio.create_task(pool.call(own_pid, subject=URL)) for _ in range(2)]
            await asyncio.wait(calls)
        outcomes = [call.exception() for call in calls]
        poison = [error for error in outcomes if error is not None]
        assert len(poison) <= (2 if workers_too else 0), "a process that was killed may be the doing of its page"
        await good(pool)
    finally:
        await pool.close()
    assert [pid for pid in before if not is_gone(pid)] == []


async def test_what_is_never_answered_is_given_up(caplog: pytest.LogCaptureFixture):
    pool = ExtractorPool(1, answer_timeout_s=0.2)
    try:
        broken, stuck = pool._pool, Future[int]()  # of a pool whose threads are dead
        with pytest.raises(NotAttemptedError, match="the extraction processes stopped"):
            await pool._answer(stuck, URL)
        assert "restarting the extraction processes" in caplog.text
        assert pool._pool is not broken
    finally:
        await pool.close()


async def test_a_pool_that_was_closed_says_so():
    pool = ExtractorPool(1)
    await pool.call(own_pid, subject=URL)
    await pool.close()
    with pytest.raises(NotAttemptedError, match="are shutting down"):
        await pool.call(own_pid, subject=URL)


def _pid_in(path: Path) -> int:
    while not (path.exists() and path.read_text()):
        time.sleep(0.02)
    return int(path.read_text())


def _slow_once(marker: str) -> str:
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return "read"
    Path(f"{marker}.pid").write_text(str(os.getpid()))
    time.sleep(60)
    return "never"


@pytest.mark.slow
async def test_a_page_whose_process_is_killed_by_somebody_is_read_once_more(tmp_path: Path):
    pool, marker = ExtractorPool(1), tmp_path / "begun"
    try:
        reading = asyncio.create_task(pool.call(_slow_once, str(marker), subject="https://a.example/1"))
        os.kill(await asyncio.to_thread(_pid_in, tmp_path / "begun.pid"), signal.SIGKILL)
        assert await reading == "read"
    finally:
        await pool.close()
