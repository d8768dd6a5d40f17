"""News of new articles, over a real server: one poll of the archive for all, and an end that waits for nobody."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from web_samples import Served, alert, article, client_of, make_site
from web_server import WAIT_S, running

from crawler.archive import Archive, Entry
from crawler.web import live as live_module
from crawler.web.live import REMEMBERED, Follower
from crawler.web.server.holding import ArchiveHolder


def store(folder: Path, number: int, *, alerting: bool = False) -> int:
    one = article(number)
    told = (alert(one),) if alerting else ()
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        return archive.store([Entry(one, told)])[0].article_id


def next_event(lines: Iterator[str]) -> dict[str, Any]:
    for line in lines:
        if line.startswith("data: "):
            found: dict[str, Any] = json.loads(line.removeprefix("data: "))
            return found
    raise AssertionError("the stream ended")


def test_listeners_hear_of_new_articles(own: Served):
    last = max(own.ids.values())
    with running(own.folder) as base, httpx2.Client(base_url=base, timeout=WAIT_S) as client:
        with client.stream("GET", f"/live?after={last}") as one, client.stream("GET", f"/live?after={last - 2}") as two:
            assert one.headers["content-type"].startswith("text/event-stream")
            assert one.headers["cache-control"] == "no-store"
            lines, older = one.iter_lines(), two.iter_lines()
            assert next_event(older) == {"last": last, "articles": 2, "alerts": 2, "more": False}
            new = store(own.folder, 201)
            assert next_event(lines) == {"last": new, "articles": 1, "alerts": 0, "more": False}
            assert next_event(older)["articles"] == 3
            new = store(own.folder, 202, alerting=True)
            assert next_event(lines) == {"last": new, "articles": 2, "alerts": 1, "more": False}
        assert client.get("/").status_code == 200


def test_a_server_that_stops_waits_for_no_listener(own: Served):
    with httpx2.Client(timeout=WAIT_S) as client:
        with running(own.folder) as base:
            stream = client.stream("GET", f"{base}/live")
            answer = stream.__enter__()
            next_event(answer.iter_lines())
        stream.__exit__(None, None, None)


async def test_listening_waits_for_an_archive_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_module, "POLL_S", 0.02)
    monkeypatch.setattr(live_module, "QUIET_S", 0.05)
    archive_holder = ArchiveHolder(f"sqlite:///{tmp_path}/wirewatch.db")
    follower = Follower(archive_holder)
    heard = follower.follow(0)
    assert await anext(heard) is None  # still here
    number = await asyncio.to_thread(store, tmp_path, 1)
    while (arrivals := await anext(heard)) is None:
        pass
    assert (arrivals.last, arrivals.articles) == (number, 1)
    again = follower.follow(number)
    assert await anext(again) is None
    await again.aclose()
    await heard.aclose()
    await asyncio.sleep(0.1)
    assert follower._task is not None
    assert follower._task.done()  # nobody listens, nobody asks
    await follower.stop()
    archive_holder.close()


def test_what_is_remembered_is_bounded():
    follower = Follower(ArchiveHolder("sqlite:///nowhere.db"))
    follower._recent.extend((number, number % 2 == 0) for number in range(1, REMEMBERED + 10))
    assert follower._since(0).more
    assert follower._since(0).articles == REMEMBERED
    few = follower._since(REMEMBERED + 5)
    assert (few.articles, few.alerts, few.more) == (4, 2, False)


def test_the_page_says_where_to_listen(own: Served):
    with client_of(make_site(own.folder)) as client:
        assert f'data-live="/live?after={max(own.ids.values())}"' in client.get("/").text
        assert "data-live" not in client.get("/?before=1000000000-1").text


def test_a_taken_port_is_left_for_the_next(own: Served):
    from crawler.errors import ConfigError  # noqa: PLC0415
    from crawler.web.server import serving  # noqa: PLC0415

    with serving.bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {port}"):
            serving.bind("127.0.0.1", port)
    with pytest.raises(ConfigError, match="cannot listen on"):
        serving.bind("192.0.2.1", 0)
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(serving, "DEFAULT_PORT", first.getsockname()[1])
            with serving.bind("127.0.0.1", None) as second:
                assert second.getsockname()[1] > first.getsockname()[1]
