"""Unhealthy sources on the page and in the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_samples import NOW, client_of, make_site

from crawler.archive import Archive
from crawler.archive.queries.health import SourceProblem
from crawler.config import parse_watch
from crawler.health import Condition
from crawler.items import Run
from crawler.service.scheduler.health import problem_alert, recovery_alert

FILE = """\
sources:
  - {id: coast, feed: "https://coast.example/feed.xml?key=secret"}
  - {id: fine, feed: "https://fine.example/feed.xml"}
  - {id: off, feed: "https://off.example/feed.xml", paused: true}
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "watch.yaml").write_text(FILE)
    known = parse_watch(FILE, {}, subject="w").source_by_id
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as archive:
        for name in known:
            archive.save_run(Run(f"run-{name}", name, NOW - timedelta(minutes=3), NOW))
        for name, condition in (("coast", Condition.CONSENT), ("off", Condition.GONE)):
            one = SourceProblem(name, condition, NOW - timedelta(hours=1), NOW, "<b>9 of 9</b> pages")
            archive.health.begin(one, problem_alert(known[name], one, NOW), ["desk"])
        past = SourceProblem("fine", Condition.EMPTY, NOW - timedelta(hours=9), NOW - timedelta(hours=8))
        archive.health.begin(past, problem_alert(known["fine"], past, NOW), [])
        archive.health.end("fine", Condition.EMPTY, NOW, recovery_alert(known["fine"], past, NOW), [])
    with client_of(make_site(tmp_path)) as opened:
        yield opened


def test_the_lists_name_the_problem_and_its_fix(client: TestClient):
    for path in ("/sources", "/sources/coast"):
        html = client.get(path).text
        assert '<span class="state bad">consent</span>' in html
        assert "The site shows a consent form instead of its pages: &lt;b&gt;9 of 9&lt;/b&gt; pages." in html
        assert "Set the cookie that the site stores after you choose" in html
    assert client.get("/sources").text.count('class="state bad"') == 1, "a paused source requires no action"
    assert '<span class="state good">done</span>' in client.get("/sources/fine").text
    status = client.get("/status").text
    assert "Unhealthy sources" in status
    assert 'href="/sources/coast"' in status


def test_an_alert_of_a_source_leads_to_the_source(client: TestClient):
    html = client.get("/alerts?source=coast").text
    assert "coast: consent" in html
    assert "secret" not in html
    link = html.split('class="row-title" href="')[1].split('"')[0]
    alert = client.get(link).text
    assert "Source status" in alert
    assert "/articles/0" not in alert
    assert "the rule source health" not in alert
    assert "has recovered: it was empty" in client.get("/alerts?source=fine").text


def test_the_api_reports_problems(client: TestClient):
    coast = client.get("/api/v1/sources/coast").json()
    assert (coast["healthy"], coast["state"]) == (False, "consent")
    [problem] = coast["problems"]
    assert problem["name"] == "consent"
    assert "9 of 9" in problem["description"]
    assert coast["next_crawl"]
    fine = client.get("/api/v1/sources/fine").json()
    assert (fine["healthy"], fine["problems"], [one["name"] for one in fine["history"]]) == (True, [], ["empty"])
    assert client.get("/api/v1/sources/off").json()["healthy"], "a paused source requires no action"
    kinds = {one["kind"] for one in client.get("/api/v1/alerts").json()["items"]}
    assert kinds == {"unhealthy", "recovered"}
