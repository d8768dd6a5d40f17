"""The latency account: from published to sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from crawler.archive import Archive, Entry
from crawler.archive.queries.latency import Stage, stage
from crawler.cli import app, mount
from crawler.items import Alert, Article
from crawler.usecases.times import duration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def fill(archive: Archive, count: int = 100) -> None:
    """Article n took n seconds from listed to fetched; every tenth was told 30 s after it matched."""
    for n in range(count):
        url = f"https://e.x/{n}"
        source = "a" if n % 2 else "b"
        listed = {"published": after(-60), "listed": NOW, "fetched": after(n)}
        article = Article(url, "T", "x", source=source, found=after(n + 2), **listed)
        alert = Alert(f"alert-{n}", "r", "1:0", source, url, "T", after(n + 3), story=f"s{n}", **listed)
        told = (alert,) if n % 10 == 0 else ()
        archive.store([Entry(article, told, tuple((one.id, "desk") for one in told))])
        for one in told:
            waiting = [one.id for one in archive.outbox.waiting()]
            archive.outbox.bundle(f"m{n}", "alert", waiting, NOW)
            archive.outbox.mark_sent("desk", f"m{n}", after(n + 33))


def test_each_stage_has_its_quantiles(database_url: str):
    with Archive.open(database_url) as archive:
        fill(archive)
        stages = {one.name: one for one in archive.latency(NOW - timedelta(hours=1))}
        assert stages["published to listed"] == Stage("published to listed", 100, 60.0, 60.0, 60.0)
        assert stages["listed to fetched"] == Stage("listed to fetched", 100, 50.0, 95.0, 99.0)
        assert stages["fetched to extracted"] == Stage("fetched to extracted", 100, 2.0, 2.0, 2.0)
        assert stages["extracted to matched"] == Stage("extracted to matched", 10, 1.0, 1.0, 1.0)
        assert stages["matched to sent"].count == 10
        assert stages["matched to sent"].p50 == 30.0
        assert stages["listed to sent"].p99 == 123.0
        assert [one.count for one in archive.latency(NOW - timedelta(hours=1), "a")][:4] == [50, 50, 50, 0]
        assert {one.count for one in archive.latency(after(10_000))} == {0}
        each = archive.latency_by_source(NOW - timedelta(hours=1))
        assert each == {name: archive.latency(NOW - timedelta(hours=1), name) for name in ("a", "b")}
        assert archive.latency_by_source(after(10_000)) == {}


def test_what_is_unknown_or_no_news_is_left_out(database_url: str):
    assert stage("x", [(None, NOW), (NOW, None), (after(1), NOW)]) == Stage("x", 1, 0.0, 0.0, 0.0)
    with Archive.open(database_url) as archive:
        old = Article("https://e.x/", "T", "x", published=NOW - timedelta(days=3), listed=NOW, found=NOW)
        archive.store([Entry(old)])
        assert [one.count for one in archive.latency(NOW - timedelta(days=7))] == [0] * 6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.02, "20 ms"),
        (4.21, "4.2 s"),
        (61, "61 s"),
        (720, "12 min"),
        (12600, "3.5 h"),
        (345_600, "4.0 days"),
    ],
)
def test_durations_for_people(seconds: float, text: str):
    assert duration(seconds) == text


def test_the_command(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    with Archive.open(f"sqlite:///{tmp_path / 'var' / 'wirewatch.db'}") as archive:
        fill(archive, 11)
    mount(["report"])
    shown = CliRunner().invoke(app, ["report", "latency", "--since", "2026-11-01"])
    assert "listed to sent" in shown.output, shown.output
    found = CliRunner().invoke(app, ["report", "latency", "--since", "2026-11-01", "--json"])
    assert [one["count"] for one in json.loads(found.output)] == [11, 11, 11, 2, 2, 2]
    each = CliRunner().invoke(app, ["report", "latency", "--since", "2026-11-01", "--by-source"])
    rows = [line.split()[:2] for line in each.output.splitlines()]
    assert [row for row in rows if row[:1] in (["a"], ["b"])] == [["a", "5"], ["b", "6"]]
    each = CliRunner().invoke(app, ["report", "latency", "--since", "2026-11-01", "--by-source", "-s", "b", "--json"])
    assert {(one["source"], one["name"]) for one in json.loads(each.output)} >= {("b", "listed to sent")}
    none = CliRunner().invoke(app, ["report", "latency", "--since", "2030-01-01", "--by-source"])
    assert none.exit_code == 0
    assert "No articles found since 2030-01-01" in none.stderr
    none = CliRunner().invoke(app, ["report", "latency", "--source", "nobody", "--json"])
    assert "No articles from nobody" in none.stderr
    assert {(one["count"], one["p50"], one["p99"]) for one in json.loads(none.stdout)} == {(0, None, None)}
