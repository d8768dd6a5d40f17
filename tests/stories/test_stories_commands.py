"""`wirewatch stories`, `items show --revisions --diff`, `state rebuild`: as people and programs call them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from service_process import environment, wirewatch

from crawler.archive import Archive, Entry, Visited
from crawler.items import Article

NOW = datetime.now(UTC) - timedelta(hours=2)
WORDS = [f"word{number}" for number in range(4000)]


def text(seed: int, count: int = 200) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(count))


def group(rows: list[object], code: int = 0) -> tuple[list[dict], str]:
    lines = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "stories", "group"],
        input=lines, capture_output=True, text=True, env=environment(), check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.slow
def test_group_answers_each_row_in_order():
    rows = [
        {
            "id": "a",
            "title": "One",
            "text": text(1),
            "site": "https://www.a.org/x",
            "published": "2026-11-23T08:00:00Z",
        },
        {"id": 7, "title": "Two", "text": text(2)},
        {"id": "b", "title": "Another headline", "text": f"By Ann. {text(1)}", "site": "b.org"},
        {"id": None, "title": "Two", "text": " ".join(text(2).split()[:100]), "published": None},
        {"id": "late", "title": "One", "text": text(1), "published": "2026-12-23"},
        {"id": "later", "title": "One", "text": text(1), "published": "2027-01-23"},
    ]
    found, errors = group(rows)
    assert [row["id"] for row in found] == ["a", 7, "b", None, "late", "later"]
    stories = [row["story"] for row in found]
    assert stories[0] == stories[2]
    assert stories[1] == stories[3]
    assert stories[0] != stories[1]
    assert errors == ""


@pytest.mark.slow
def test_group_names_bad_lines_and_goes_on():
    bad = ["{", "[]", '{"title": "x"}', '{"id": 1, "text": 5}', '{"id": 1, "published": "soon"}', "[" * 100_000]
    found, errors = group([*bad, "", {"id": "good", "text": "x"}], code=1)
    assert [row["id"] for row in found] == ["good"]
    assert [line.partition(":")[0] for line in errors.splitlines()] == [f"line {n}" for n in range(1, 7)]
    assert "is not a time: soon" in errors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Archive.open(f"sqlite:///{tmp_path / 'var' / 'wirewatch.db'}") as archive:
        archive.store([entry(1, text(1), "Ferry late"), entry(2, text(1) + " more", "Ferry is late", "k1")])
        archive.store([entry(3, text(3), "Bridge\x1b[31m closed", "k3")])
        changed = article(1, text(1).replace("word", "verb", 1), "Ferry gone")
        now = NOW + timedelta(hours=1)
        archive.visits.record(
            Visited(1, now, None, 1, "v2", article=changed, changed=("title", "text"), old_version="v1")
        )
        archive.visits.record(Visited(3, now, None, 1, removed=True))
    return tmp_path


def article(number: int, body: str, title: str) -> Article:
    url = f"https://outlet{number}.example/news/{number}"
    found = NOW + timedelta(minutes=number)
    return Article(url, title, body, canonical_url=url, source=f"s{number}", found=found, content_hash=f"1:{number}")


def entry(number: int, body: str, title: str, story: str = "k1") -> Entry:
    return Entry(article(number, body, title), (), (), story, NOW + timedelta(hours=1))


@pytest.mark.slow
def test_stories_are_listed_and_shown(folder: Path):
    lines = wirewatch(folder, "stories", "list").splitlines()
    assert [line.split("\t")[2:] for line in lines] == [["1", "1", "Bridge [31m closed"], ["2", "2", "Ferry gone"]]
    assert len(wirewatch(folder, "stories", "list", "--outlets", "2").splitlines()) == 1
    (story,) = json.loads(wirewatch(folder, "stories", "list", "--outlets", "2", "--json"))
    assert (story["outlets"], story["copies"], story["key"]) == (2, 2, "k1")
    shown = json.loads(wirewatch(folder, "stories", "show", str(story["id"]), "--json"))
    assert [row["source"] for row in shown["articles"]] == ["s1", "s2"], "in order of appearance"
    assert shown["articles"][0]["share"] == 1.0
    assert 0.9 < shown["articles"][1]["share"] < 1.0
    told = wirewatch(folder, "stories", "show", str(story["id"]))
    assert "2 articles from 2 outlets" in told
    assert "99%" in told or "98%" in told
    assert "no such story" in wirewatch(folder, "stories", "show", "99", code=1)
    assert "No matching stories" in wirewatch(folder, "stories", "list", "--since", "1m")


@pytest.mark.slow
def test_revisions_are_shown_with_marks_or_colours(folder: Path):
    told = wirewatch(folder, "items", "show", "1", "--revisions", "--diff")
    assert "version 0" in told
    assert "headline: Ferry [-late-]{+gone+}" in told
    assert "not marked as updated by the page" in told
    assert "[-word" in told
    assert "\x1b[" not in told
    coloured = wirewatch(folder, "items", "show", "1", "--diff", FORCE_COLOR="1")
    assert "\x1b[" in coloured
    assert "[-word" not in coloured
    found = json.loads(wirewatch(folder, "items", "show", "1", "--diff", "--json"))
    assert [row["stealth"] for row in found["revisions"]] == [False, True]
    assert [kind for kind, _ in found["revisions"][1]["diff"]][:2] == ["removed", "added"]
    assert found["removed"] is None
    assert "story 1: 2 articles from 2 outlets" in wirewatch(folder, "items", "show", "2")
    assert "No changes found" in wirewatch(folder, "items", "show", "2", "--revisions")
    assert "Removed by the publisher" in wirewatch(folder, "items", "show", "3", "--revisions")
    assert json.loads(wirewatch(folder, "items", "show", "3", "--revisions", "--json"))["removed"]


def test_redis_is_rebuilt_from_the_archive(folder: Path):
    told = json.loads(wirewatch(folder, "state", "rebuild", "--json"))
    assert told == {"urls": 3, "articles": 3, "stories": 2}
    assert "3 recent articles in 2 stories" in wirewatch(folder, "state", "rebuild")
