"""The canary on every face: one in flight and one that came out are on no page, in no answer and in no command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from importlib import import_module

import pytest
import typer
from starlette.testclient import TestClient
from typer.main import get_command
from typer.testing import CliRunner
from web_routes import addresses_of
from web_samples import NOW, Served, client_of, make_site

from crawler.archive import Archive, Entry
from crawler.cli import COMMANDS
from crawler.cli.runs import app as runs
from crawler.health.canary import CANARY, CanaryResult, Stage
from crawler.items import Alert, Article, Candidate, Outcome, ReadListing, Run, Waiting

TOKENS = FLYING, OUT = "a1b2c3d4e5f60718", "b1b2c3d4e5f60718"
READERS = {
    "list",
    "export",
    "dead",
    "show",
    "latency",
    "canary",
    "coverage",
    "status",
    "health",
    "suggest",
    "missed",
    "tail",
}
LISTS = {"sources", "items", "stories", "alerts", "report", "tokens", "archive"}


def send(archive: Archive, token: str) -> None:
    url = f"http://127.0.0.1:4000/news/{token}"
    run = Run(f"crawl:{CANARY}:{token}", CANARY, NOW, NOW, Outcome.DONE, found=1, new=1)
    archive.listings.record(run, [ReadListing("feed", url, NOW)], [Waiting(7, Candidate(url))])
    text = f"The flood of the ferry is the canary {token}."
    article = Article(
        url=url, canonical_url=url, title=f"Wirewatch canary {token}", text=text, source=CANARY, found=NOW,
        language="en", content_hash=f"{token}{token}",
    )  # fmt: skip
    alert = Alert(f"a{token}", CANARY, "1:a", CANARY, url, article.title, NOW)
    archive.store([Entry(article, (alert,), ((alert.id, CANARY),), story=token, revisit=NOW)])
    archive.save_run(run)


@pytest.fixture
def watched(own: Served) -> Served:
    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        send(archive, OUT)
        archive.canaries.end(CanaryResult(OUT, NOW, NOW + timedelta(seconds=2), None, "", ((Stage.RECEIVED, NOW),)))
        send(archive, FLYING)
        assert archive.canaries.outgoing(FLYING).stored == NOW
    return own


@pytest.fixture
def client(watched: Served) -> Iterator[TestClient]:
    with client_of(make_site(watched.folder)) as client:
        yield client


def test_it_is_on_no_page_in_no_feed_and_in_no_answer(client: TestClient, watched: Served):
    asked = 0
    for path, address in addresses_of(client.app, "GET", watched.ids["7"]):
        if "live" in path or path.endswith("/follow"):  # they do not end
            continue
        answer = client.get(address)
        asked += answer.status_code == 200
        assert not [one for one in (*TOKENS, CANARY) if one in answer.text], path
    assert asked > 40


@pytest.mark.parametrize("query", ["canary", "wirewatch", f'"{FLYING}"', "flood*"])
def test_no_search_finds_it(client: TestClient, query: str):
    for address in ("/search", "/api/v1/articles"):
        answer = client.get(address, params={"q": query})
        assert answer.status_code == 200
        assert "Wirewatch canary" not in answer.text


@pytest.mark.parametrize("parameter", ["source", "rule", "channel"])
def test_it_cannot_be_asked_for(client: TestClient, parameter: str):
    for address in ("/api/v1/articles", "/api/v1/alerts", "/api/v1/runs", "/alerts", "/runs"):
        assert "127.0.0.1:4000" not in client.get(address, params={parameter: CANARY}).text


def test_it_is_in_the_history_without_its_address(client: TestClient):
    assert "came out" in client.get("/status").text or "not running" in client.get("/status").text
    (one,) = client.get("/api/v1/canaries").json()
    assert (one["stopped"], one["seconds"]) == (None, 0.0)


def test_it_is_in_no_command(watched: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(watched.folder)
    monkeypatch.setenv("WIREWATCH_VAR", str(watched.folder))
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{watched.folder}/wirewatch.db")
    answered = set()
    for name, (module, attribute, _) in COMMANDS.items():
        app = getattr(import_module(f"crawler.cli.{module}"), attribute)
        if not isinstance(app, typer.Typer):
            continue
        for command in get_command(app).commands:
            if command not in READERS - {"tail"}:
                continue
            arguments = ["out.jsonl"] if (name, command) == ("items", "export") else []
            done = CliRunner().invoke(app, [command, *arguments])
            answered |= {name} if done.exit_code == 0 else set()
            assert not [one for one in (*TOKENS, CANARY) if one in done.output], (name, command)
    assert answered >= LISTS
    assert CANARY not in CliRunner().invoke(runs, []).output
    with suppress(FileNotFoundError):
        assert not [one for one in TOKENS if one in (watched.folder / "out.jsonl").read_text()]
