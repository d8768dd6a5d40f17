"""The service makes the search index whole, beside all other work."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from crawler.archive import Archive, Entry
from crawler.archive.search import reindex
from crawler.items import Article
from crawler.service.scheduler import maintenance
from crawler.service.scheduler.maintenance import maintain_index

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def filled(path: Path) -> Archive:
    archive = Archive.open(f"sqlite:///{path}/a.db")
    some = [Article(url=f"https://a.example/{n}", title="T", text="rocket", source="a", found=NOW) for n in range(30)]
    archive.store([Entry(one) for one in some])
    archive.write(reindex.begin)
    return archive


async def test_what_the_index_lacks_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reindex, "PORTION", 7)
    with filled(tmp_path) as archive:
        await maintain_index(archive)
        assert archive.read(reindex.left) == 0


async def test_it_stops_when_its_time_is_up_and_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reindex, "PORTION", 7)
    monkeypatch.setattr(maintenance, "_INDEX_LIMIT_S", -1.0)
    with filled(tmp_path) as archive:
        await maintain_index(archive)
        assert archive.read(reindex.left) == 23
        await maintain_index(archive)
        assert archive.read(reindex.left) == 16


async def test_a_failure_is_told_and_left_for_later(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with filled(tmp_path) as archive:
        archive.write(lambda connection: connection.execute(text("ALTER TABLE meta RENAME TO other")))
        await maintain_index(archive)
    assert "search index maintenance postponed" in caplog.text
