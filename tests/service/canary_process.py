"""A whole service with a fast canary, whose stages are broken in turn in real ways; prints what was reported as JSON.

python canary_process.py FOLDER DATABASE_URL
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from pace import slowness
from sqlalchemy import text

from crawler.config import load_watch
from crawler.dedupe.content import content_key
from crawler.dedupe.urls import canonical_url, url_key
from crawler.extract import extract
from crawler.health.canary import Canary, Stage, Timing, page
from crawler.observe.server import Port
from crawler.rules import Matcher
from crawler.runtime import Places
from crawler.service.service import Service
from crawler.service.worker.project import project_settings
from crawler.spiders.article import identified

DEADLINE_S = 1.5  # on a quiet machine
WAIT_S = 300.0
Break = Callable[[Service], AbstractAsyncContextManager[None]]


def timing() -> Timing:
    """Return a fast canary that a busy machine has time for."""
    pace = slowness(time.monotonic)
    return Timing(
        every=timedelta(seconds=1),
        settle=timedelta(0),
        retry=timedelta(seconds=DEADLINE_S * pace / 3),
        deadline=timedelta(seconds=DEADLINE_S * pace),
        tick=timedelta(seconds=0.05),
    )


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110  states of several objects, without events
            await asyncio.sleep(0.02)


def acl(rule: str, back: str) -> Break:
    """Redis refuses a command."""

    @asynccontextmanager
    async def broken(service: Service) -> AsyncIterator[None]:
        redis = service.runtime.state.redis
        await redis.execute_command("ACL", "SETUSER", "default", rule)
        yield
        await redis.execute_command("ACL", "SETUSER", "default", back)

    return broken


def trigger(when: str) -> Break:
    """The database refuses a write."""

    @asynccontextmanager
    async def broken(service: Service) -> AsyncIterator[None]:
        archive = service.runtime.archive.sync
        stop = f"CREATE TRIGGER stop BEFORE {when} BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
        await asyncio.to_thread(archive.write, lambda connection: connection.execute(text(stop)))
        yield
        await asyncio.to_thread(archive.write, lambda connection: connection.execute(text("DROP TRIGGER stop")))

    return broken


@asynccontextmanager
async def schedule_stuck(service: Service) -> AsyncIterator[None]:
    service._scheduler._jobs.pause_job("due")
    yield
    service._scheduler._jobs.resume_job("due")


@asynccontextmanager
async def site_closed(service: Service) -> AsyncIterator[None]:
    await service._canary_site.close()
    yield
    await service._canary_site.open()


@asynccontextmanager
async def no_rules(service: Service) -> AsyncIterator[None]:
    kept, service.runtime.matcher = service.runtime.matcher, Matcher(())
    yield
    service.runtime.matcher = kept


def ahead(spoil: Callable[[Service, Canary, str], Awaitable[Any]]) -> Break:
    """Something happens to the canary between its publication and its crawl."""

    @asynccontextmanager
    async def broken(service: Service) -> AsyncIterator[None]:
        async with schedule_stuck(service):
            keeper = service._scheduler.canary
            before = keeper.last.token
            await until(lambda: keeper._course.current is not None and keeper._course.current.token != before)
            canary = keeper._course.current
            await spoil(service, canary, service.runtime.canary_feed.replace("feed.xml", f"news/{canary.token}"))
        yield

    return broken


async def url_taken(service: Service, canary: Canary, url: str) -> None:
    del canary
    await service.runtime.state.urls.claim(url_key(canonical_url(url)), "another crawl", service.runtime.now())


async def text_taken(service: Service, canary: Canary, url: str) -> None:
    article = identified(extract(page(canary).encode(), url))
    await service.runtime.state.contents.claim(content_key(article), "another page", service.runtime.now())


async def page_crashes(service: Service, canary: Canary, url: str) -> None:
    del canary
    key = url_key(canonical_url(url))
    for _ in range(3):
        await service.runtime.state.attempts.begin(key, 3)
        await service.runtime.state.attempts.failed(key, "the extraction process crashed")


BREAKS: dict[Stage, Break] = {
    Stage.PUBLISHED: acl("-hset", "+hset"),
    Stage.DUE: schedule_stuck,
    Stage.QUEUED: acl("-xadd", "+xadd"),
    Stage.BEGUN: acl("-xreadgroup", "+xreadgroup"),
    Stage.LISTED: site_closed,
    Stage.FETCHED: ahead(url_taken),
    Stage.EXTRACTED: ahead(page_crashes),
    Stage.CLAIMED: ahead(text_taken),
    Stage.MATCHED: no_rules,
    Stage.STORED: trigger("INSERT ON articles"),
    Stage.PLANNED: trigger("UPDATE OF message ON deliveries"),
    Stage.RECEIVED: trigger("UPDATE OF settled ON deliveries"),
}


def notices(folder: Path) -> list[dict[str, Any]]:
    file = folder / "alerts.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def is_quiet(service: Service) -> bool:
    """Whether no canary is on its way, or is about to be: it would stop at a later stage than the broken one."""
    course = service._scheduler.canary._course
    return course.current is None and course.next - service.runtime.now() > timedelta(seconds=0.2)


async def observe(service: Service, stage: Stage) -> dict[str, Any]:
    """Break a stage, wait for the report, mend it, and wait for the recovery."""
    keeper, clock = service._scheduler.canary, asyncio.get_running_loop().time
    await until(lambda: is_quiet(service))
    async with BREAKS[stage](service):
        begun = clock()
        await until(lambda: keeper.problem)
        took, reported, problem = clock() - begun, keeper.last.stopped, keeper.problem
    mended = clock()
    await until(lambda: not keeper.problem)
    times = [round(took, 1), round(clock() - mended, 1)]
    return {"stage": stage, "reported": reported, "times_s": times, "problem": problem}


def fetched(url: str) -> str:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.read().decode()
    except HTTPError as error:
        return error.read().decode()


async def seen_from_outside(service: Service, folder: Path, address: str) -> dict[str, Any]:
    """What a probe, a scrape and a recipient see while delivery is broken."""
    keeper, count = service._scheduler.canary, len(notices(folder))
    async with BREAKS[Stage.PLANNED](service):
        await until(lambda: keeper.problem and len(notices(folder)) > count)
        ready = json.loads(await asyncio.to_thread(fetched, f"{address}/readyz"))
        metrics = await asyncio.to_thread(fetched, f"{address}/metrics")
    await until(lambda: not keeper.problem and len(notices(folder)) > count + 1)
    lit = re.findall(r'wirewatch_canary_stopped{stage="(\w+)"} 1', metrics)
    return {"ready": ready["missing"].get("canary", ""), "metric": lit}


async def main(folder: Path, database_url: str) -> None:
    os.environ["WIREWATCH_VAR"] = str(folder / "var")
    watch = folder / "watch.yaml"
    watch.write_text(
        f"sources: []\nchannels: [{{id: file, url: 'file:{folder}/alerts.jsonl'}}]\nhealth: {{send: [file]}}\n"
    )
    places = Places(folder / "var", "", database_url, 1)
    port = Port("127.0.0.1", 0)
    service = Service(
        load_watch(watch, os.environ), places, project_settings(), watch, os.environ, metrics=port, canary=timing()
    )
    addresses: list[str] = []
    service.when_ready(lambda: service.status.listeners.append(lambda _kind, line: addresses.append(line)))
    running = asyncio.create_task(service.run())
    await until(lambda: addresses and service._scheduler.canary.last is not None)
    keeper = service._scheduler.canary
    await until(lambda: keeper.last.stopped is None)
    address = next(line for line in addresses if line.startswith("metrics: ")).removeprefix("metrics: ")
    report: dict[str, Any] = {"stages": [await observe(service, stage) for stage in Stage]}
    report["outside"] = await seen_from_outside(service, folder, address.removesuffix("/metrics"))
    counts = service.runtime.archive.sync.counts()
    report["counts"] = [counts.articles, counts.runs, service.status.articles, service.status.crawls]
    report["notices"] = [[one["kind"], one["title"]] for one in notices(folder)]
    sys.stdout.write(json.dumps(report))
    service.stop()
    await running


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
