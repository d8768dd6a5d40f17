"""Slots move from node to node, key by key, while scripts, commands, pipelines and the task queue use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from docket import Worker
from redis.crc import key_slot
from test_state_kinds import many
from valkey_kinds import Cluster, Moving, Server, wait_for

from crawler.dedupe.sketch import Sketch, sketch
from crawler.service.worker.queue import open_queue
from crawler.state import Claim, State, keys

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOST = "a.example"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory):
    """A cluster whose slots change places: not the one that other tests share. The last node is a master of nothing."""
    with Cluster(tmp_path_factory.mktemp("moving")) as found:
        found.servers[3].client.execute_command("CLUSTER", "RESET", "SOFT")
        for server in found.servers[:3]:
            found.meet(server, found.servers[3])
        for server in found.servers:
            wait_for(lambda server=server: found.well(server))
        yield found


@pytest.fixture
async def state(nodes: Cluster) -> AsyncIterator[State]:
    found = State.connect(nodes.url)
    await found.redis.flushall()
    yield found
    await found.close()


def begin(nodes: Cluster, tag: str) -> Moving:
    """Begins to move the slot of `tag` to the node that had none."""
    slot = key_slot(tag.encode())
    home: Server = nodes.servers[0 if slot < 5461 else 1 if slot < 10923 else 2]
    return Moving(slot, home, nodes.servers[3])


@pytest.mark.slow
async def test_a_command_is_sent_to_the_new_node(nodes: Cluster, state: State):
    """Many at once: each has the new node's leave over the connection that it goes over itself."""
    assert not (await state.gate.ask(HOST, 0.0)).wait_s
    moving = begin(nodes, HOST)
    assert moving.some(10) == 1
    asked = [state.gate.ask(HOST, 0.0) for _ in range(20)]
    assert not any(answer.wait_s for answer in await asyncio.wait_for(asyncio.gather(*asked), 3))
    moving.end()
    assert not (await state.gate.ask(HOST, 0.0)).wait_s


async def test_a_command_with_several_keys_waits_until_all_have_moved(nodes: Cluster, state: State):
    mine, seen = 5, 5 + keys.BUCKETS
    await state.urls.mark([seen], NOW)
    assert await state.urls.claim(mine, "me", NOW) is Claim.MINE
    moving = begin(nodes, "url:5")
    assert moving.some(1) == 1
    claims = [asyncio.create_task(state.urls.claim(key, "me", NOW)) for key in (mine, seen)]
    marked = [5 + keys.BUCKETS * n for n in range(2, 12)]
    marking = asyncio.create_task(state.urls.mark([*marked, *many(50)], NOW))
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in (*claims, marking))
    moving.end()
    assert await asyncio.wait_for(asyncio.gather(*claims), 20) == [Claim.MINE, Claim.SEEN]
    await asyncio.wait_for(marking, 20)
    assert not any(await state.urls.unseen([seen, *marked, *many(50)], NOW))


async def test_stories_keep_all_that_they_know(nodes: Cluster, state: State):
    """Their script uses keys that it does not name: half of them elsewhere, it would begin them anew."""

    def text(story: int) -> Sketch:
        return sketch("t", " ".join(f"word{story * 1000 + n}" for n in range(200)), "a.org")

    async def place(story: int) -> str:
        return (await state.stories.place(text(story), f"{story:016x}", NOW)).key

    for story in range(30):
        assert await place(story) == f"{story:016x}"
    moving = begin(nodes, keys.STORIES[len("ww:{") : -1])
    assert moving.some(8) == 8
    placing = [asyncio.create_task(place(story)) for story in range(25, 40)]
    await asyncio.sleep(0.3)
    assert not any(task.done() for task in placing)
    moving.end()
    assert await asyncio.wait_for(asyncio.gather(*placing), 20) == [f"{story:016x}" for story in range(25, 40)]
    again = [(await state.stories.place(text(story), "f" * 16, NOW)).key for story in range(40)]
    assert again == [f"{story:016x}" for story in range(40)]


async def test_the_queue_moves_with_its_tasks(nodes: Cluster, state: State):
    done: list[int] = []

    async def job(number: str) -> None:
        done.append(int(number))

    pause = timedelta(seconds=0.3)
    async with open_queue(keys.DOCKET, nodes.url, kept=timedelta(minutes=5)) as queue:
        queue.register(job)
        async with Worker(queue, reconnection_delay=pause, redelivery_timeout=timedelta(seconds=30)) as worker:
            running = asyncio.create_task(worker.run_forever())

            async def add(first: int) -> None:
                for number in range(first, first + 10):
                    when = datetime.now(UTC) + pause * (number % 2)
                    await queue.add(job, when=when, key=f"job-{number}")(str(number))

            await add(0)
            moving = begin(nodes, keys.DOCKET)
            moving.some(3)
            adding = asyncio.create_task(add(10))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(moving.end)
            await asyncio.wait_for(adding, 30)
            await add(20)
            while set(done) != set(range(30)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await running
    assert sorted(done) == list(range(30))
