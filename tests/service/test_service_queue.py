"""What is written into Redis by others runs no code in a worker."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import re
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docket as docket_package
import pytest
from docket import Docket, Worker
from ending import end
from prometheus_client import REGISTRY

from crawler.service.worker import task_data
from crawler.service.worker.queue import redeliver_all
from crawler.service.worker.task_data import refuse
from crawler.service.worker.tasks import CRAWL, Alone, add_crawl, crawl_key, docket
from crawler.state import EmbeddedServer, State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMPTY = {b"args": b"[]", b"kwargs": b"{}"}


class Malicious:
    """What runs where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.mark,))


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[Path]:
    """What the code of a malicious pickle creates, which must not exist in the end."""
    path = tmp_path / "the-code-ran"
    yield path
    assert not path.exists()


@pytest.fixture
def crawled() -> list[str]:
    return []


@pytest.fixture
async def queue(state: State, valkey: EmbeddedServer, crawled: list[str]) -> AsyncIterator[Docket]:
    async def crawl(source_id: str, task: str) -> None:
        crawled.append(source_id)

    task_data._warn.cache_clear()
    async with docket(valkey.url) as queue:
        queue.register(crawl, names=[CRAWL])
        yield queue


async def work(queue: Docket) -> float:
    """Run what is queued; how many tasks were refused."""
    before = REGISTRY.get_sample_value("wirewatch_tasks_refused_total") or 0
    async with Worker(queue, fallback_task=refuse) as worker:
        await worker.run_until_finished()
    return (REGISTRY.get_sample_value("wirewatch_tasks_refused_total") or 0) - before


def message(key: str, function: str = CRAWL, **fields: bytes) -> dict[bytes, bytes]:
    given = {name.encode(): value for name, value in fields.items()}
    head = {b"key": key.encode(), b"function": function.encode(), b"when": NOW.isoformat().encode(), b"attempt": b"1"}
    return {**head, b"generation": b"0", **EMPTY, **given}


async def test_a_pickle_in_the_stream_does_not_run(
    queue: Docket, state: State, mark: Path, crawled: list[str], caplog: pytest.LogCaptureFixture
):
    pickled = pickle.dumps((Malicious(mark),))
    await state.redis.xadd(queue.stream_key, message("one", args=pickled))
    await state.redis.xadd(queue.stream_key, message("two", kwargs=pickled))
    await state.redis.hset(queue.parked_task_key("three"), mapping=message("three", args=pickled))
    await state.redis.zadd(queue.queue_key, {"three": 1.0})
    await add_crawl(queue, "a", NOW)
    assert await work(queue) == 3
    assert crawled == ["a"]
    assert caplog.text.count("refused a task in the queue") == 1
    assert await state.redis.xlen(queue.stream_key) == 0, "none comes again"


@pytest.mark.parametrize(
    "forged",
    [
        message("forged", args=b'[{"a": 1}, 2]'),
        message("forged", kwargs=b"[]"),
        message("forged", args=b"[" * 100_000),
        message("forged", args=b"\xff\xfe"),
        message("forged", when=b"yesterday"),
        message("forged", attempt=b"often"),
        message("forged", generation=b"first"),
        message("forged", function="os.system"),
        message("forged", function="sleep", args=b'["3600"]'),
        {b"key": b"\xff\xfe", b"function": b"\xff"},
        {b"nothing": b"of ours"},
    ],
    ids=range(11),
)
async def test_a_message_that_is_not_ours_is_dropped(
    queue: Docket, state: State, forged: dict[bytes, bytes], crawled: list[str]
):
    await state.redis.xadd(queue.stream_key, forged)
    await add_crawl(queue, "a", NOW)
    assert await work(queue) == 1
    assert crawled == ["a"]
    assert await state.redis.xlen(queue.stream_key) == 0


async def test_the_key_of_a_refused_task_is_free_again(
    queue: Docket, state: State, mark: Path, crawled: list[str], valkey: EmbeddedServer
):
    """What an older version queued is queued again by the next sweep, under the same key."""
    await add_crawl(queue, "a", NOW)
    ((_, ours),) = await state.redis.xrange(queue.stream_key)
    await state.redis.delete(queue.stream_key)
    async with docket(valkey.url) as again:  # the group went with the stream
        await state.redis.xadd(again.stream_key, {**ours, b"args": pickle.dumps(("a", "task"))})
        assert await work(queue) == 1
    assert crawled == []
    await add_crawl(queue, "a", NOW)
    assert await work(queue) == 0
    assert crawled == ["a"]


async def test_no_strike_or_result_is_unpickled(queue: Docket, state: State, mark: Path, crawled: list[str]):
    pickled = pickle.dumps(Malicious(mark))
    await state.redis.xadd(queue.key("strikes"), {"direction": "strike", "operator": "==", "value": pickled})
    await add_crawl(queue, "a", NOW)
    await work(queue)
    assert crawled == ["a"], "a strike that cannot be read does not stop the worker either"

    async def fail(source_id: str, task: str) -> None:
        raise ValueError("as a task does")

    queue.register(fail, names=[CRAWL])
    execution = await add_crawl(queue, "b", NOW)
    await work(queue)
    await execution.sync()
    assert execution.result_key is not None
    await queue.result_storage.put(execution.result_key, {"data": base64.b64encode(pickled).decode()}, ttl=60)
    with pytest.raises(ValueError, match=r"."):
        await execution.get_result()
    await state.redis.hset(queue.runs_key(crawl_key("b", NOW)), mapping={"args": pickled, "kwargs": pickled})
    with pytest.raises(ValueError, match=r"."):
        await queue.get_execution(crawl_key("b", NOW))


async def test_what_is_queued_is_json(queue: Docket, state: State):
    await add_crawl(queue, "a", NOW)
    ((_, ours),) = await state.redis.xrange(queue.stream_key)
    assert json.loads(ours[b"args"]) == ["a", crawl_key("a", NOW)]
    with pytest.raises(TypeError, match="only text, not datetime"):
        await queue.add(CRAWL, key="b")(NOW, "b")


def test_docket_pickles_by_cloudpickle_alone():
    """A version of Docket that reads pickles in another way needs another look."""
    sources = [path.read_text() for path in Path(docket_package.__file__).parent.rglob("*.py")]
    names = {name for text in sources for name in re.findall(r"\b\w*(?:pickle|marshal|dill)\w*(?:\.\w+)?", text)}
    used = {name for name in names if not re.fullmatch(r"(un)?pickled?(_result|_exception)?", name)}
    assert used <= {"cloudpickle", "cloudpickle.dumps", "cloudpickle.loads"}


async def test_a_crawl_that_waits_for_the_slot_of_a_dead_worker_runs(queue: Docket, state: State):
    """The worker was killed between its crawl and the release of the slot, and no other crawl of the source comes."""
    slots: list[bytes] = []
    again = asyncio.Event()

    async def crawl(source_id: Alone, task: str) -> None:
        if slots:
            again.set()
        slots.extend([name async for name in state.redis.scan_iter(match=f"{queue.prefix}:*:concurrency:*")])

    queue.register(crawl, names=[CRAWL])
    await add_crawl(queue, "a", NOW)
    async with Worker(queue, fallback_task=refuse, redelivery_timeout=timedelta(seconds=1)) as worker:
        await worker.run_until_finished()
        await state.redis.zadd(slots[0], {"dead": time.time()})
        await add_crawl(queue, "a", NOW + timedelta(seconds=1))
        running = asyncio.create_task(worker.run_forever())
        async with asyncio.timeout(60):
            await again.wait()
        await end(running)


async def test_the_owner_of_a_redis_takes_the_tasks_of_the_service_before_it_at_once(queue: Docket, state: State):
    """Before, a crawl that a kill had interrupted began again ten seconds after the start."""
    begun, again = asyncio.Event(), asyncio.Event()
    slots: list[bytes] = []

    async def crawl(source_id: Alone, task: str) -> None:
        (again if begun.is_set() else begun).set()
        slots.extend([name async for name in state.redis.scan_iter(match=f"{queue.prefix}:*:concurrency:*")])
        if not again.is_set():
            await asyncio.Event().wait()

    queue.register(crawl, names=[CRAWL])
    await add_crawl(queue, "a", NOW)
    overlong = timedelta(hours=1)
    async with asyncio.timeout(60):
        async with Worker(queue, fallback_task=refuse, redelivery_timeout=overlong) as worker:
            running = asyncio.create_task(worker.run_forever())
            await begun.wait()
            await end(running)
        await state.redis.zadd(slots[0], {"crawl:a": time.time()})  # a process that is killed releases nothing
        await redeliver_all(queue)
        async with Worker(queue, fallback_task=refuse, redelivery_timeout=overlong) as worker:
            running = asyncio.create_task(worker.run_forever())
            await again.wait()
            await end(running)
