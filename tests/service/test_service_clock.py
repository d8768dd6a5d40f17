"""The system clock is set a year ahead and back, under the running service or while it is down.

The processes and their Valkey see the clock through a small library (clock.c), as they would see the system's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from crawl_pages import article, feed
from mocksite import MockSite
from receivers import SECRET, HookServer, hooks
from service_process import COMMAND, Running, environment, wait_for, wirewatch

pytestmark = [
    pytest.mark.skipif(not shutil.which("cc"), reason="the clock's library is compiled"),
]
YEAR_S = 365 * 24 * 3600
EVERY_S = 10
WATCH = """sources:
  - {{id: a, feed: '{feed}', every: 10s, delay: 0s}}
  - {{id: b, feed: '{other}', every: 10s, delay: 0s}}
archive: {{keep: 90d}}
rules:
  - {{id: cranes, any: [crane], send: [file, hook]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
  - {{id: hook, url: '{hook}', private: true, group: 0s, limit: 50/1h, secrets: [{secret}]}}
"""


class Clock:
    """A clock that all processes of a service share."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ahead"
        self._library = folder / "clock.so"
        self.set(0)
        source = Path(__file__).with_name("clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self._library, source], check=True)
        self.environ = {"LD_PRELOAD": str(self._library), "WW_CLOCK": str(self._file)}

    def set(self, ahead_s: int) -> None:
        """From now on the clock is that much ahead of the system's."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(ahead_s.to_bytes(8, "little", signed=True))


class RunningBy(Running):
    """`wirewatch run` by such a clock: a process that is really started, for a fork would keep the system's."""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*COMMAND, *self._args],
            cwd=self.folder,
            env=environment(**self._env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        return self


@pytest.fixture
def sites() -> Iterator[MockSite]:
    with MockSite(2) as site:
        yield site


@pytest.fixture
def hook() -> Iterator[HookServer]:
    with hooks(share=0.0) as hook:
        yield hook


@pytest.fixture
def folder(tmp_path: Path, sites: MockSite, hook: HookServer) -> Path:
    urls = {"feed": sites.url("/feed.xml"), "other": sites.url("/feed.xml", 1), "hook": hook.url("/hook")}
    (tmp_path / "watch.yaml").write_text(WATCH.format(**urls, secret=SECRET))
    return tmp_path


def publish(site: MockSite, count: int, host: int = 0, *, broken: int = -1) -> None:
    """Have a site list `count` articles; the page of `broken` fails."""
    for n in range(count):
        page = {"status": 500} if n == broken else {}
        site.put(f"/news/crane-{host}-{n}", article(f"crane {host} {n}"), host=host, **page)
    site.put("/feed.xml", feed([site.url(f"/news/crane-{host}-{n}", host) for n in range(count)]), host=host)


def told(folder: Path) -> list[str]:
    path = folder / "alerts.jsonl"
    return [json.loads(line)["id"] for line in path.read_text().splitlines()] if path.exists() else []


def sent(hook: HookServer) -> list[str]:
    return [alert for one in hook.got for alert in one.alerts]


def a_year_ahead(site: MockSite, hook: HookServer, folder: Path) -> None:
    """What goes wrong while the clock is ahead is planned again by that clock, a year ahead."""
    site.put("/robots.txt", status=503, host=1)
    hook.down_until = time.monotonic() + 600
    publish(site, 6, broken=5)
    wait_for(lambda: len(told(folder)) == 7)
    tried = hook.asked["/hook"]
    wait_for(lambda: hook.asked["/hook"] > tried)
    wait_for(lambda: len(site.asked("/news/crane-0-5")) > 0)
    assert len(stored(folder)) == 7, "retention has no hour to wait for a clock that is set right"


def stored(folder: Path) -> list[str]:
    rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--format", "json"))
    return [row["canonical_url"] for row in rows]


def set_right(site: MockSite, hook: HookServer) -> None:
    """Everything works again; there is one more article in each listing."""
    site.put("/robots.txt", "User-agent: *\nAllow: /\n", host=1)
    hook.down_until = 0.0
    publish(site, 7)
    publish(site, 3, 1)


def everything_is_there_once(site: MockSite, hook: HookServer, folder: Path) -> None:
    wait_for(lambda: len(told(folder)) == 10)
    wait_for(lambda: len(sent(hook)) == 10)
    begun, polls = time.monotonic(), len(site.asked("/feed.xml"))
    time.sleep(EVERY_S + 2)
    wait_for(lambda: len(site.asked("/feed.xml")) - polls >= 2)  # both sources are crawled
    assert sorted(told(folder)) == sorted(set(told(folder))), "nothing is told twice"
    assert len(sent(hook)) == len(set(sent(hook))) == 10, "nor sent twice"
    assert len(stored(folder)) == 10
    most = 2 * (3 + (time.monotonic() - begun) / EVERY_S)
    assert len(site.asked("/feed.xml")) - polls <= most, "they are crawled only when they are due"
    assert max(len(site.asked(f"/news/crane-0-{n}")) for n in range(5)) <= 5, "pages are not fetched again and again"


def begin(site: MockSite, hook: HookServer, folder: Path) -> None:
    publish(site, 3)
    publish(site, 2, 1)
    wait_for(lambda: len(told(folder)) == 5 and len(sent(hook)) == 5)


def test_the_clock_is_set_a_year_ahead_and_back_under_the_running_service(
    folder: Path, sites: MockSite, hook: HookServer, tmp_path: Path
):
    clock = Clock(tmp_path)
    with RunningBy(folder, **clock.environ) as service:
        begin(sites, hook, folder)
        clock.set(YEAR_S)
        service.until("the clock was set ahead")
        a_year_ahead(sites, hook, folder)
        set_right(sites, hook)
        clock.set(0)
        service.until("the clock was set back")
        everything_is_there_once(sites, hook, folder)


def test_the_clock_is_set_a_year_ahead_and_back_while_the_service_is_down(
    folder: Path, sites: MockSite, hook: HookServer, tmp_path: Path
):
    clock = Clock(tmp_path)
    with RunningBy(folder, **clock.environ):
        begin(sites, hook, folder)
    clock.set(YEAR_S)
    with RunningBy(folder, **clock.environ) as service:
        a_year_ahead(sites, hook, folder)
        service.kill()
    set_right(sites, hook)
    clock.set(0)
    with RunningBy(folder, **clock.environ):
        everything_is_there_once(sites, hook, folder)
