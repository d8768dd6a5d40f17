"""The command line, the API and the pages give the same answers."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from usecases_faces import FACES, V1, Faces
from web.web_samples import article, client_of, token_in

from crawler.archive import Entry
from crawler.archive.queries.health import SourceProblem
from crawler.health import Condition
from crawler.items import Run
from crawler.service.scheduler.health import problem_alert, recovery_alert
from crawler.usecases import channel_test, crawl_requests, search

FOUND: dict[str, tuple[int, ...] | timedelta] = {  # local time; the others so long ago
    "before the day": (2020, 10, 31, 23, 59),
    "the day begins": (2020, 11, 1, 0, 0),
    "at seven": (2020, 11, 1, 7, 59),
    "at nine": (2020, 11, 1, 9, 0),
    "the day ends": (2020, 11, 1, 23, 59, 59),
    "the day after": (2020, 11, 2, 0, 0),
    "ten seconds": timedelta(seconds=10),
    "a minute and a half": timedelta(seconds=90),
    "three hours": timedelta(hours=3),
    "a day and a half": timedelta(hours=36),
    "eight days": timedelta(days=8),
    "in a week": timedelta(days=-7),
}


def midnight(now: datetime, days: int = 0) -> datetime:
    """The beginning of the local day, or of one so many days later."""
    return (now.astimezone() + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def local(*parts: int) -> Callable[[datetime], datetime]:
    return lambda now: datetime(*parts).astimezone()


Bound = Callable[[datetime], datetime]
TIMES: dict[str, tuple[Bound, Bound]] = {  # the text: its beginning for `since`, its end for `until`
    "30s": (lambda now: now - timedelta(seconds=30),) * 2,
    "5m": (lambda now: now - timedelta(minutes=5),) * 2,
    "2H": (lambda now: now - timedelta(hours=2),) * 2,
    "7d": (lambda now: now - timedelta(days=7),) * 2,
    "1w": (lambda now: now - timedelta(days=7),) * 2,
    "now": (lambda now: now,) * 2,
    "today": (midnight, lambda now: midnight(now, 1)),
    "Yesterday": (lambda now: midnight(now, -1), midnight),
    "2020-11-01": (local(2020, 11, 1), local(2020, 11, 2)),
    "2020-11-01 08:00": (local(2020, 11, 1, 8),) * 2,
    "2020-11-01T08:00": (local(2020, 11, 1, 8),) * 2,
    "2020-11-01t06:00z": (local(2020, 11, 1, 9),) * 2,
    "2020-11-01T08:00+01:00": (local(2020, 11, 1, 10),) * 2,
    "2020-11-01 05:00:00Z": (local(2020, 11, 1, 8),) * 2,
}


@pytest.fixture
def stocked(faces: Faces) -> tuple[Faces, dict[str, datetime]]:
    now = datetime.now(UTC)
    found = {
        title: now - when if isinstance(when, timedelta) else local(*when)(now).astimezone(UTC)
        for title, when in FOUND.items()
    }
    rows = [article(n, title=title, found=when) for n, (title, when) in enumerate(found.items())]
    faces.site.archive.store([Entry(row, (), (), f"{n:016x}") for n, row in enumerate(rows)])
    return faces, found


@pytest.mark.parametrize("face", FACES)
def test_a_time_means_the_same_everywhere(stocked: tuple[Faces, dict[str, datetime]], face: str):
    faces, found = stocked
    for text, (begins, ends) in TIMES.items():
        now = datetime.now(UTC)
        since = {title for title, when in found.items() if when >= begins(now)}
        assert faces.titles(face, since=text) == since, (face, "since", text)
        until = {title for title, when in found.items() if when < ends(now)}
        assert faces.titles(face, until=text) == until, (face, "until", text)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("text", ["soon", "2 hours", "20201101", "2020-13-01", "2020-11-01 8", "7y"])
def test_an_invalid_time_is_reported_with_examples(faces: Faces, face: str, text: str):
    message = faces.titles(face, since=text)
    assert "is not a time: write 2h, 7d, today, yesterday, 2026-11-01 or 2026-11-01 08:00" in message


AHEAD: dict[str, Bound] = {
    "30s": lambda now: now + timedelta(seconds=30),
    "90m": lambda now: now + timedelta(minutes=90),
    "2H": lambda now: now + timedelta(hours=2),
    "3d": lambda now: now + timedelta(days=3),
    "1w": lambda now: now + timedelta(days=7),
    "2126-01-01": local(2126, 1, 1),  # when that day begins, as `silent_until` of the watch file
    "2126-01-01 08:00": local(2126, 1, 1, 8),
    "2126-01-01T08:00Z": local(2126, 1, 1, 11),
}


@pytest.mark.parametrize("face", FACES)
def test_a_silence_ends_at_the_same_time_everywhere(faces: Faces, face: str):
    for text, ends in AHEAD.items():
        until = faces.silence(face, "story", f"story {text}", text)
        assert isinstance(until, datetime), (text, until)
        assert abs(until - ends(datetime.now(UTC))) < timedelta(seconds=20), (face, text)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("text", "message"), [("2001-01-01", "is in the past"), ("today", "is in the past"), ("soon", "is not a time")]
)
def test_a_silence_needs_a_future_time(faces: Faces, face: str, text: str, message: str):
    assert message in str(faces.silence(face, "rule", "floods", text))


def test_silences_of_the_watch_file_are_listed_and_cannot_be_lifted(faces: Faces):
    path = faces.site.watch_file.path
    text = path.read_text().replace("    query: flood*\n", "    query: flood*\n    silent_until: 2126-01-31\n")
    path.write_text(text.replace("  - id: meridian\n", "  - id: meridian\n    silent_until: 2126-02-01\n"))
    faces.silence("api", "story", "s1", "2126-01-01")
    midnights = [local(2126, *day)(datetime.now(UTC)) for day in ((1, 1), (1, 31), (2, 1))]
    names = [("story", "s1", False), ("rule", "floods", True), ("source", "meridian", True)]
    expected = [(what, name, until, fixed) for (what, name, fixed), until in zip(names, midnights, strict=True)]
    for face in FACES:
        assert faces.silences(face) == expected, face
    for face in FACES:
        assert "remove it there" in faces.lift(face, "rule", "floods")
        faces.silence(face, "story", "s2", "8h")
        assert not faces.lift(face, "story", "s2"), face
        assert faces.silences(face) == expected, face


@pytest.fixture
def crawled(faces: Faces) -> Faces:
    """Two sources were crawled; one of them had a problem and has another one now."""
    now = datetime.now(UTC)
    archive, sources = faces.site.archive, faces.site.watch_file.read().watch.source_by_id
    for name in ("coast", "meridian"):
        archive.save_run(Run(f"run-{name}", name, now, now))
    empty = SourceProblem("coast", Condition.EMPTY, now - timedelta(days=3), now - timedelta(days=3))
    archive.health.begin(empty, problem_alert(sources["coast"], empty, now), ())
    archive.health.end(
        "coast", Condition.EMPTY, now - timedelta(days=2), recovery_alert(sources["coast"], empty, now), ()
    )
    moved = SourceProblem("coast", Condition.MOVED, now - timedelta(hours=2), now, "https://moved.example/feed")
    archive.health.begin(moved, problem_alert(sources["coast"], moved, now), ())
    return faces


@pytest.mark.parametrize("face", FACES)
def test_the_status_of_a_source_is_the_same_everywhere(crawled: Faces, face: str):
    state, texts, history = crawled.source_status(face, "coast")
    assert (state, history) == ("moved", ["empty"])
    assert texts[0] == "Its address has moved permanently: https://moved.example/feed."
    assert texts[1].startswith("Change the address")
    state, texts, history = crawled.source_status(face, "meridian")
    assert (state, texts, history) == ("done" if face == "page" else "healthy", [], [])


@pytest.mark.parametrize("face", ["command", "page"])
def test_a_test_message_times_out_at_the_same_time(faces: Faces, face: str, monkeypatch: pytest.MonkeyPatch):
    """A server accepts the connection and never responds."""
    monkeypatch.setattr(channel_test, "TIMEOUT_S", 0.3)
    path = faces.site.watch_file.path
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/hook"
        path.write_text(f"{path.read_text()}\n  - {{id: mute, url: '{url}', private: true}}\n")
        started = time.monotonic()
        shown = faces.test_message(face, "mute")
        assert "no answer within 0.3 s" in shown, shown[-3000:]
        assert time.monotonic() - started < 4


def test_a_search_pauses_after_the_same_time(faces: Faces, monkeypatch: pytest.MonkeyPatch):
    row = article(1, found=datetime.now(UTC) - timedelta(hours=1))
    faces.site.archive.store([Entry(row, (), (), f"{1:016x}")])
    query = "NOT nothing AND site:coast.example"  # that no index helps with
    for seconds, pauses in ((60.0, False), (-1.0, True)):
        monkeypatch.setattr(search, "TIME_LIMIT_S", seconds)
        page = faces.client.get(f"{V1}/articles", params={"q": query}).json()
        assert bool(page["reached"]) is pauses
        html = faces.client.get("/search", params={"q": query}).text
        assert ("before=" in html) is pauses


def test_a_service_that_does_not_respond_times_out_everywhere(faces: Faces, monkeypatch: pytest.MonkeyPatch):
    """A server accepts the connection and never responds."""
    monkeypatch.setattr(crawl_requests, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        places = replace(faces.site.places, redis_url=f"redis://127.0.0.1:{mute.getsockname()[1]}/0")
        with client_of(replace(faces.site, places=places)) as client:
            began = time.monotonic()
            assert crawl_refusals(client) == ["the service did not respond within 0.3 s"] * 2
            assert time.monotonic() - began < 4


def test_a_crawl_without_a_service_is_rejected_everywhere(faces: Faces):
    assert crawl_refusals(faces.client) == ["no service is running: start `wirewatch run`"] * 2


def crawl_refusals(client: TestClient) -> list[str]:
    """The errors of the API and the page for a crawl request."""
    answer = client.post(f"{V1}/sources/coast/run", headers={"authorization": "Bearer writer"})
    assert answer.status_code == 503
    token = token_in(client.get("/silences").text)
    moved = client.post("/sources/coast/run", data={"csrf": token}).headers["location"]
    (error,) = parse_qs(urlsplit(moved).query)["error"]
    return [answer.json()["detail"].removeprefix("coast: "), error]


def test_a_cursor_is_the_same_everywhere(faces: Faces):
    rows = [article(n, found=datetime.now(UTC) - timedelta(minutes=n)) for n in range(35)]
    faces.site.archive.store([Entry(row, (), (), f"{n:016x}") for n, row in enumerate(rows)])
    page = faces.client.get(f"{V1}/articles", params={"limit": "30", "source": "coast"}).json()
    assert f"before={page['cursor'][1:]}" in faces.client.get("/search", params={"source": "coast"}).text
    rest = faces.client.get(f"{V1}/articles", params={"cursor": page["cursor"]}).json()["items"]
    behind = faces.client.get("/search", params={"source": "coast", "before": page["cursor"][1:]}).text
    assert [one["title"] for one in rest] == re.findall(r'class="row-title"[^>]*>([^<]+)<', behind)


@pytest.mark.parametrize("broken", ["x", "1-", "-1", "1-a b", "9" * 18 + "-1"])
def test_an_invalid_cursor_is_rejected_everywhere(faces: Faces, broken: str):
    for path in ("/alerts", "/stories", "/runs"):
        assert faces.client.get(path, params={"before": broken}).status_code == 422, path
        assert faces.client.get(f"{V1}{path}", params={"cursor": broken}).status_code == 422, path


@pytest.mark.parametrize("face", FACES)
def test_a_filter_takes_names_as_the_archive_keeps_them(faces: Faces, face: str):
    """Characters that databases reject are replaced when an article is stored and when it is queried."""
    row = article(1, source="co\x01ast\x00", found=datetime.now(UTC))
    faces.site.archive.store([Entry(row, (), (), f"{1:016x}")])
    assert faces.titles(face, source="co\x01ast\x00") == {row.title}
