"""`wirewatch rules` as its users call it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.archive import Archive, Entry
from crawler.cli.rules.commands import app
from crawler.items import Article
from crawler.usecases import backtesting

WATCH = """lists: {leaders: [Kadhimi, Kadhemi]}
sources:
  - {id: a, feed: 'https://e.x/f', tags: [coast]}
rules:
  - id: leaders
    any: ["@leaders"]
    examples: {match: [Kadhemi spoke], not: [nobody]}
  - {id: each, any: [ferry], on: [changed]}
"""


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("WIREWATCH_")]:
        monkeypatch.delenv(name)
    (home / "watch.yaml").write_text(WATCH)
    return home


@pytest.fixture
def stocked(folder: Path) -> Path:
    now = datetime.now(UTC)
    with Archive.open(f"sqlite:///{folder}/var/wirewatch.db") as archive:
        texts = ["A ferry sank off the coast.", "Mustafa Kadhemi spoke. So did Kadhimi.", "Nothing happened."]
        archive.store(
            [
                Entry(
                    Article(
                        url=f"https://e.x/{n}", title=f"Title \x1b[31m{n}", text=texts[n % 3], source="a",
                        found=now - timedelta(hours=2 * n), content_hash=f"{n // 6:08x}{n % 3}",
                    )
                )
                for n in range(60)
            ]
        )  # fmt: skip
    return folder


def call(*args: str, text: str = "", code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(args), input=text)
    assert result.exit_code == code, result.output
    return result


def test_try_says_whether_and_where(folder: Path):
    result = call("try", '"green zone" AND rocket*', text="Rockets hit the Green zone.")
    assert "Matches in 2 places" in result.stdout
    assert "Rockets hit the Green zone." in result.stdout
    assert "No match" in call("try", "missile", text="Rockets", code=1).stdout
    spans = json.loads(call("try", "rocket", "--json", "--title", "A rocket", text="the rocket").stdout)
    assert spans == {"match": True, "spans": [["title", 2, 8], ["text", 4, 10]]}
    assert call("try", "@leaders", text="Kadhimi").exit_code == 0, "lists of the watch file"
    assert call("try", "leaders", text="Kadhimi").exit_code == 0, "a rule of the watch file"
    assert "expected a QUERY" in call("try", code=2).output


def test_a_refusal_shows_the_place_and_the_correction(folder: Path):
    result = call("try", "a OR b AND c", code=2)
    assert "  a OR b AND c\n         ^\n" in result.stderr
    assert "try: (a OR b) AND c" in result.stderr


BATCH = [
    ({"id": 1, "query": "rocket*", "title": "", "text": "two rockets"}, {"match": True, "spans": [["text", 4, 11]]}),
    ({"id": "b", "query": "missile", "text": "two rockets"}, {"match": False, "spans": []}),
    ({"id": 3, "query": "a OR b AND c", "text": "x"}, {"column": 8, "fix": "(a OR b) AND c"}),
    ({"id": 4, "query": "", "text": "x"}, {"column": 1}),
    ({"id": 5, "query": "a", "text": 7}, {"error": "text is not a string", "column": 0}),
    ({"id": 6, "query": "site:bbc.co.uk AND x", "text": "x", "site": "news.bbc.co.uk"}, {"match": True}),
    ({"id": 7, "query": "language:fr AND x", "text": "x", "language": "fr"}, {"match": True}),
    ({"id": 8, "query": "x", "text": None}, {"match": False}),
    ({"id": 9, "query": "@leaders", "text": "Kadhemi"}, {"match": True}),
]


def test_a_batch_answers_each_row(folder: Path):
    lines = [json.dumps(row) for row, _ in BATCH]
    (folder / "rows.jsonl").write_text("\n".join([*lines, "", "{broken", "[1]", "[" * 200_000]) + "\n")
    answers = [json.loads(line) for line in call("try", "--batch", "rows.jsonl").stdout.splitlines()]
    for (row, expected), answer in zip(BATCH, answers, strict=False):
        assert answer["id"] == row["id"]
        assert expected.items() <= answer.items(), answer
        assert ("error" in answer) is not ("match" in answer)
    assert [answer["id"] for answer in answers[len(BATCH) :]] == [None, None, None]
    assert "line 11: invalid JSON" in answers[len(BATCH)]["error"]
    same = call("try", "--batch", "-", text="\n".join(lines)).stdout
    assert len(same.splitlines()) == len(BATCH)
    assert "cannot be read" in call("try", "--batch", "nowhere.jsonl", code=2).output


def test_check_and_explain(folder: Path):
    told = call("check").stdout
    assert "✓ leaders  2 examples passed" in told
    assert 'Matches an article when "Kadhimi" or "Kadhemi" appears.' in told
    (row,) = json.loads(call("check", "rocket NOT toy", "--json").stdout)
    assert row["explanation"] == 'Matches an article when "rocket" appears and "toy" does not appear.'
    assert call("explain", "leaders").stdout.startswith("Matches an article when")
    assert json.loads(call("explain", "each", "--json").stdout)["id"] == "each"
    (folder / "watch.yaml").write_text(WATCH.replace("nobody", "Kadhimi"))
    assert "1 mistake" in call("explain", "a").stderr
    call("check", code=1)
    (folder / "watch.yaml").write_text("sources: []")
    assert "no rules yet" in call("check").stdout
    (folder / "watch.yaml").unlink()
    assert call("explain", "rocket").exit_code == 0


def test_a_rule_is_run_over_the_archive(stocked: Path):
    told = call("test", "leaders").stdout
    assert "60 articles in" in told
    assert "20 hits, 10 stories." in told
    assert "Mustafa Kadhemi spoke." in told
    assert "\x1b[31m" not in told
    report = json.loads(call("test", "each", "--since", "30d", "--json").stdout)
    assert (report["hits"], report["stories"], report["alerts"]) == (20, 10, 10)
    assert sum(day["hits"] for day in report["days"]) == 20
    assert report["samples"][0]["excerpts"] == ["A «ferry» sank off the coast."]
    assert report["alerts_per_day"] == pytest.approx(10 / (118 / 24), abs=0.05)
    assert "No matches" in call("test", "zeppelin").stdout
    assert json.loads(call("test", "ferry", "--since", "1h", "--json").stdout)["hits"] == 1


@pytest.mark.slow
def test_two_processes_find_the_same(stocked: Path, monkeypatch: pytest.MonkeyPatch):
    alone = json.loads(call("test", "leaders", "--json").stdout)
    monkeypatch.setattr(backtesting, "FEW", 10)
    monkeypatch.setattr(backtesting, "CHUNK", 25)
    apart = json.loads(call("test", "leaders", "--json").stdout)
    for key in ("hits", "stories", "days"):
        assert alone[key] == apart[key]


def test_spellings_of_the_archive(stocked: Path):
    told = call("suggest", "Kadhimi").stdout
    assert "lists: {kadhimi: [Kadhimi, Kadhemi]}" in told
    rows = json.loads(call("suggest", "Kadhimy", "--json").stdout)
    assert {row["word"]: row["articles"] for row in rows["Kadhimy"]} == {"Kadhimi": 20, "Kadhemi": 20}
    assert "No spellings similar to Xyzzyx in the 60 newest" in call("suggest", "Xyzzyx").stdout
