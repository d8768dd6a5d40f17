"""The API as programs steer with it: replay, silences, pause, crawls now, webhooks in."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import httpx2  # Starlette's client of the tests
import pytest
from api_server import Furnished, served, worker
from starlette.testclient import TestClient
from web.web_samples import NOW, client_of, make_site

from crawler.archive import Archive
from crawler.state import EmbeddedServer

V1 = "/api/v1"
CRAWL = {"authorization": "Bearer token-crawl"}


def dead(folder: Path) -> str:
    """Give a delivery up; the id of its alert."""
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        waiting = archive.outbox.waiting()[0]
        archive.outbox.bundle("m1", "alert", [waiting.id], NOW)
        assert archive.outbox.mark_dead("desk", "m1", NOW, "no answer") == 1
        return waiting.alert


def test_dead_deliveries_are_sent_again(own: Furnished, writer: TestClient):
    alert = dead(own.folder)
    (listed,) = writer.get(f"{V1}/alerts?state=dead").json()["items"]
    assert listed["id"] == alert
    assert listed["deliveries"][0]["error"] == "no answer"
    assert listed["deliveries"][0]["next_attempt"] is None
    assert writer.post(f"{V1}/alerts/replay", json={"alert": alert}).json() == {"deliveries": 1}
    assert writer.post(f"{V1}/alerts/replay", json={"channel": "desk"}).json() == {"deliveries": 0}
    assert writer.post(f"{V1}/alerts/replay", json={}).json() == {"deliveries": 0}
    assert writer.post(f"{V1}/alerts/replay", json={"alert": "nobody"}).status_code == 404
    assert writer.post(f"{V1}/alerts/replay", json={"chanel": "desk"}).status_code == 422


def test_silences_begin_and_end(writer: TestClient):
    made = writer.post(f"{V1}/silences", json={"what": "rule", "name": "floods", "until": "8h"})
    assert made.status_code == 201
    assert made.json()["until"] == (NOW + timedelta(hours=8)).isoformat().replace("+00:00", "Z")
    assert writer.get(f"{V1}/silences").json() == [made.json()]
    assert writer.delete(f"{V1}/silences/rule/floods").json() == {"silences": 1}
    assert writer.delete(f"{V1}/silences/rule/floods").status_code == 404
    assert writer.delete(f"{V1}/silences/weather/floods").status_code == 422
    over = {"what": "rule", "name": "floods", "until": "2001-01-01"}
    assert writer.post(f"{V1}/silences", json=over).status_code == 409
    assert writer.post(f"{V1}/silences", json=over | {"until": "soon"}).status_code == 422


def test_a_source_is_paused_in_the_watch_file(own: Furnished, writer: TestClient):
    watch = own.folder / "watch.yaml"
    before = watch.read_text()
    assert writer.post(f"{V1}/sources/coast/pause").json()["paused"]
    assert writer.post(f"{V1}/sources/coast/pause").json()["paused"]
    assert watch.read_text().count("paused: true") == 1
    assert not writer.post(f"{V1}/sources/coast/resume").json()["paused"]
    assert watch.read_text() == before
    assert writer.post(f"{V1}/sources/nobody/pause").status_code == 404


def test_an_edit_that_cannot_be_made_is_a_conflict(own: Furnished, writer: TestClient):
    assert writer.get(f"{V1}/sources/coast").status_code == 200
    (own.folder / "watch.yaml").unlink()
    assert writer.post(f"{V1}/sources/coast/pause").status_code in {404, 409}


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"what": "rule"', b"\xff", b"[" * 100_000])
def test_broken_bodies_are_problems(writer: TestClient, body: bytes):
    answer = writer.post(f"{V1}/silences", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_crawls_reach_the_worker(own: Furnished, valkey: EmbeddedServer):
    with (
        worker(valkey.url) as taken,
        served(own.folder, redis_url=valkey.url) as site,
        httpx2.Client(base_url=f"{site.addresses.base}{V1}", headers=CRAWL) as hook,
    ):
        asked = hook.post("/sources/coast/run")
        assert asked.status_code == 202
        assert asked.json()["source"] == "coast"
        assert asked.json()["task"].startswith("crawl:coast:")
        assert hook.post("/articles/fetch", json={"source": "meridian"}).json()["source"] == "meridian"
        page = "https://www.bbc.example/world/12345"
        by_address = hook.post("/articles/fetch", json={"url": page})
        assert by_address.status_code == 202
        assert (by_address.json()["source"], by_address.json()["article"]) == ("bbc-world", None)
        assert by_address.json()["task"].startswith("fetch:bbc-world:")
        known = hook.post("/articles/fetch", json={"url": "https://coast.example/7?utm_source=mail"})
        assert known.status_code == 200
        assert known.json() == {"source": "coast", "task": "", "article": own.ids["7"]}
        assert hook.post("/articles/fetch", json={"url": "ftp://www.bbc.example/world/1"}).status_code == 404
        assert hook.post("/articles/fetch", json={"url": "http://www.bbc.example:99999/"}).status_code == 404
        assert hook.post("/articles/fetch", json={"url": "http://127.0.0.1/admin"}).status_code == 404
        assert hook.post("/articles/fetch", json={"url": "nonsense"}).status_code == 404
        assert hook.post("/articles/fetch", json={}).status_code == 409
        assert hook.post("/articles/fetch", json={"url": "x", "source": "y"}).status_code == 409
        end = time.monotonic() + 20
        while len(taken) < 3 and time.monotonic() < end:
            time.sleep(0.02)
    assert sorted(taken) == ["coast", page, "meridian"]


def test_without_a_service_a_crawl_is_rejected(own: Furnished):
    with client_of(make_site(own.folder)) as hook:
        answer = hook.post(f"{V1}/sources/coast/run", headers=CRAWL)
    assert answer.status_code == 503
    assert "wirewatch run" in answer.json()["detail"]


def test_without_a_worker_a_crawl_is_rejected(own: Furnished, tmp_path: Path):
    with EmbeddedServer(tmp_path / "redis") as redis, served(own.folder, redis_url=redis.url) as site:
        answer = httpx2.post(f"{site.addresses.base}{V1}/sources/coast/run", headers=CRAWL)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
