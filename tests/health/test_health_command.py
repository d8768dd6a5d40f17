"""`wirewatch sources health` on an archive of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from crawler.archive import Archive
from crawler.archive.queries.health import SourceProblem
from crawler.cli.runs import runs
from crawler.cli.sources.commands import app as sources
from crawler.config import parse_watch
from crawler.health import Condition
from crawler.items import Observed, Outcome, Run
from crawler.service.scheduler.health import problem_alert, recovery_alert

WATCH = """
sources:
  - {id: well, feed: "https://a.example/feed"}
  - {id: ill, feed: "https://b.example/feed"}
  - {id: off, feed: "https://c.example/feed", paused: true}
  - {id: new, feed: "https://d.example/feed"}
"""

app = typer.Typer()
app.add_typer(sources, name="sources")
app.command("runs")(runs)


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    (home / "watch.yaml").write_text(WATCH)
    with Archive.open(f"sqlite:///{home}/var/wirewatch.db") as opened:
        yield opened


def wirewatch(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def fall_ill(archive: Archive) -> datetime:
    now = datetime.now(UTC)
    source = parse_watch(WATCH, {}, subject="w").source_by_id["ill"]
    for name in ("well", "ill"):
        archive.save_run(
            Run(f"run-{name}", name, now, now, observed=Observed(signals=(("moved", "https://x.example"),)))
        )
    past = SourceProblem("ill", Condition.EMPTY, now - timedelta(days=3), now - timedelta(days=3))
    assert archive.health.begin(past, problem_alert(source, past, now), ())
    assert archive.health.end("ill", Condition.EMPTY, now - timedelta(days=2), recovery_alert(source, past, now), ())
    one = SourceProblem("ill", Condition.MOVED, now - timedelta(hours=2), now, "https://x.example/feed")
    assert archive.health.begin(one, problem_alert(source, one, now), ())
    return one.since


def test_each_source_has_its_state_and_the_unhealthy_one_its_hint(archive: Archive):
    since = fall_ill(archive)
    code, said = wirewatch("sources", "health")
    assert code == 1
    rows = {cells[0]: cells[1:] for cells in (line.split("\t") for line in said.splitlines())}
    assert {name: cells[0] for name, cells in rows.items()} == {
        "well": "healthy",
        "ill": "moved",
        "off": "paused",
        "new": "not crawled",
    }
    assert rows["ill"][1] == since.isoformat(timespec="seconds").replace("+00:00", "Z")
    assert rows["ill"][2] == "Its address has moved permanently: https://x.example/feed."
    assert rows["ill"][3].startswith("Change the address")


def test_all_healthy_is_0_and_an_unknown_source_2(archive: Archive):
    assert wirewatch("sources", "health")[0] == 0
    assert wirewatch("sources", "health", "--unhealthy") == (0, "")
    assert wirewatch("sources", "health", "--ill") == (0, ""), "the former name"
    code, said = wirewatch("sources", "health", "nobody")
    assert (code, "has no source nobody" in said) == (2, True)


def test_an_unknown_status_is_not_a_problem(home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "watch.yaml").write_text(WATCH)
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", "postgresql://desk@127.0.0.1:1/wirewatch")
    code, said = wirewatch("sources", "health")
    assert (code, "unhealthy" in said, said != "") == (2, False, True)
    (home / "watch.yaml").write_text("sources: nothing")
    assert wirewatch("sources", "health")[0] == 2


def test_json_has_all_fields(archive: Archive):
    since = fall_ill(archive)
    code, said = wirewatch("sources", "health", "ill", "--json")
    [row] = json.loads(said)
    assert (code, row["id"], row["healthy"], row["state"]) == (1, "ill", False, "moved")
    [problem] = row["problems"]
    assert (problem["name"], problem["recovered"]) == ("moved", None)
    assert datetime.fromisoformat(problem["since"]) == since.replace(microsecond=0)
    assert "https://x.example/feed" in problem["description"]
    assert problem["hint"]
    [resolved] = row["history"]
    assert (resolved["name"], resolved["recovered"] > resolved["since"]) == ("empty", True)


def test_a_terminal_gets_a_table_and_the_past(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    fall_ill(archive)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    code, said = wirewatch("sources", "health", "ill")
    assert code == 1
    for part in ("moved", "problem and fix", "empty", "1 of 1 unhealthy"):
        assert part in said


def test_the_runs_command_shows_what_was_observed(archive: Archive):
    fall_ill(archive)
    code, said = wirewatch("runs", "--json", "--source", "well")
    [run] = json.loads(said)
    assert code == 0
    assert run["observed"] == {"signals": [["moved", "https://x.example"]]}
    assert (run["outcome"], run["pages"]) == (Outcome.DONE.value, 0)
