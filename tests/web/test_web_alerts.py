"""Alerts in the page: lists, evidence, replay, silences."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_samples import NOW, Served, alert, article, client_of, make_site, token_in

from crawler.archive import Archive, DeliveryState, Entry
from crawler.web import Site


def stock(folder: Path, count: int = 45) -> None:
    """Alerts `a0` to `aN`, the last one the newest: every third one dead, every third one sent."""
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        for number in range(count):
            one = article(
                1000 + number,
                url=f"https://o{number}.example/",
                canonical_url="",
                source="coast" if number else "meridian",
            )
            raised = alert(
                one,
                "floods" if number % 2 else "fires",
                id=f"a{number}",
                matched=NOW - timedelta(hours=count - number),
                story="00000000000000bb" if number < 2 else f"{number:016x}",
                kind="headline" if number == 4 else "new",
            )
            story = "00000000000000bb" if number < 2 else f"{number:016x}"
            archive.store([Entry(one, (raised,), ((raised.id, "desk"),), story)])
            (delivery,) = archive.outbox.deliveries(alert_id=raised.id)
            archive.outbox.bundle(f"m{number}", "alert", [delivery.id], NOW)
            if number % 3 == 0:
                archive.outbox.mark_dead("desk", f"m{number}", NOW, "it answers 500 <script>")
            elif number % 3 == 1:
                archive.outbox.mark_sent("desk", f"m{number}", NOW)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alerts")
    stock(folder)
    return folder


@pytest.fixture
def mine(stocked: Path, tmp_path: Path) -> Iterator[tuple[TestClient, Site]]:
    shutil.copytree(stocked, tmp_path, dirs_exist_ok=True)
    site = make_site(tmp_path)
    with client_of(site) as client:
        yield client, site


def ids(html: str) -> list[str]:
    return re.findall(r'class="row-title" href="/alerts/(\w+)"', html)


def post(client: TestClient, path: str, **fields: str) -> str:
    page = client.get("/alerts").text
    answer = client.post(path, data={"csrf": token_in(page), **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_list_goes_on_by_key(mine: tuple[TestClient, Site]):
    client, _ = mine
    first = client.get("/alerts").text
    assert ids(first) == [f"a{number}" for number in range(44, 4, -1)]
    more = re.search(r'href="(/alerts\?[^"]*before=[^"]+)"', first)
    assert more
    rest = client.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"}).text
    assert ids(rest) == ["a4", "a3", "a2", "a1", "a0"]
    assert "<html" not in rest
    assert client.get("/alerts?before=nonsense").status_code == 422
    assert client.get(f"/alerts?before={10**18}-a1").status_code == 422


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("rule=floods&since=4h", ["a43", "a41"]),
        ("state=dead&since=10h", ["a42", "a39", "a36"]),
        ("state=sent&since=5h", ["a43", "a40"]),
        ("state=silenced", []),
        ("source=meridian", ["a0"]),
        ("story=00000000000000bb", ["a1", "a0"]),
        ("rule=nobody", []),
    ],
)
def test_filters(mine: tuple[TestClient, Site], address: str, found: list[str]):
    client, _ = mine
    assert ids(client.get(f"/alerts?{address}").text) == found


def test_rows_show_recipients_and_other_outlets(mine: tuple[TestClient, Site]):
    client, _ = mine
    html = client.get("/alerts?story=00000000000000bb").text
    assert "also in 1 outlet" in html
    assert html.count('class="state dead"') == 1
    assert html.count('class="state sent"') == 1
    assert "<mark>flood</mark>" in html
    assert "No matching alerts" in client.get("/alerts?rule=nobody").text
    assert client.get("/alerts?state=asleep").status_code == 422
    assert "is not a time" in client.get("/alerts?since=yesterdayish").text


def test_one_alert_shows_all_its_evidence(mine: tuple[TestClient, Site]):
    client, _ = mine
    html = client.get("/alerts/a0").text
    for told in (
        "1:abc",
        "text 0–9",
        "00000000000000bb",
        "it answers 500 &lt;script&gt;",
        "Resend dead deliveries",
        "meridian",
    ):
        assert told in html, told
    assert "is no longer in the watch file" in html
    assert "Edit the rule" in client.get("/alerts/a1").text
    assert "Sent" in client.get("/alerts/a1").text
    assert client.get("/alerts/nothing").status_code == 404


def test_dead_deliveries_are_sent_again(mine: tuple[TestClient, Site]):
    client, site = mine
    assert "<b>15 dead deliveries</b> to <bdi>desk</bdi>" in client.get("/alerts").text
    target = post(client, "/alerts/a0/replay")
    assert target == "/alerts/a0?replayed=1"
    assert "1 delivery queued for another attempt" in client.get(target).text
    assert [one.state for one in site.archive.outbox.deliveries(alert_id="a0")] == [DeliveryState.PENDING]
    assert post(client, "/alerts/replay", channel="desk") == "/alerts?replayed=14"
    assert site.archive.dashboard.dead() == {}
    assert client.post("/alerts/replay", data={"csrf": token_in(client.get("/alerts").text)}).status_code == 422


def test_a_rule_a_story_and_a_source_are_silenced(mine: tuple[TestClient, Site]):
    client, site = mine
    post(client, "/silences", what="rule", alert="a1", until="8h")
    post(client, "/silences", what="story", alert="a0", day="2026-12-24")
    post(client, "/silences", what="source", name="coast", until="1w")
    known = {(one.what, one.name): one.until for one in site.archive.outbox.silences(NOW)}
    assert known["rule", "floods"] == NOW + timedelta(hours=8)
    assert known["story", "00000000000000bb"] == datetime(2026, 12, 24).astimezone(UTC)
    assert known["source", "coast"] == NOW + timedelta(days=7)
    assert "is silenced until" in client.get("/alerts/a1").text
    html = client.get("/silences").text
    assert all(name in html for name in ("floods", "00000000000000bb", "coast"))
    post(client, "/silences/end", what="rule", name="floods")
    assert ("rule", "floods") not in {(one.what, one.name) for one in site.archive.outbox.silences(NOW)}


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "rule", "name": "floods", "until": "soon"},
        {"what": "rule", "name": "floods", "day": "2020-01-01"},
        {"what": "rule", "name": "floods", "day": "9999-99-99"},
        {"what": "world", "name": "floods", "until": "8h"},
        {"what": "rule", "name": "", "until": "8h"},
    ],
)
def test_a_silence_needs_a_subject_and_a_time_to_come(mine: tuple[TestClient, Site], fields: dict[str, str]):
    client, site = mine
    token = token_in(client.get("/silences").text)
    answer = client.post("/silences", data={"csrf": token, **fields})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert site.archive.outbox.silences(NOW) == []


def test_silences_of_the_watch_file_are_shown(tmp_path: Path, own: Served):
    site = make_site(own.folder)
    path = site.watch_file.path
    path.write_text(
        path.read_text().replace("    query: flood*\n", "    query: flood*\n    silent_until: 2027-01-31\n")
    )
    with client_of(site) as client:
        html = client.get("/silences").text
        assert "set in the watch file" in html
        assert "2027-01-31" in html
        assert "silenced until 2027-01-31" in client.get("/rules").text


def test_a_time_too_far_ahead_is_the_last(mine: tuple[TestClient, Site]):
    client, site = mine
    post(client, "/silences", what="rule", name="floods", until="999999w")
    assert [one.until.year for one in site.archive.outbox.silences(NOW)] == [9999]
    assert "9999-12-31" in client.get("/silences").text
