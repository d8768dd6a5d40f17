"""The archive's thread: group commits, patience, and no neighbour harmed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry, Stored
from crawler.archive.async_archive import AsyncArchive
from crawler.errors import ArchiveError
from crawler.items import Article

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entry(n: int, *, found: datetime | None = NOW) -> Entry:
    url = f"https://example.org/{n}"
    return Entry(Article(url=url, canonical_url=url, title=f"T{n}", text="text", found=found))


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(f"sqlite:///{tmp_path / 'a.db'}") as archive:
        yield archive


class Counting(Archive):
    """An archive that counts its transactions."""

    commits = 0

    def store(self, batch: Sequence[Entry]) -> list[Stored]:
        self.commits += 1
        return super().store(batch)


async def test_what_comes_together_is_committed_together(tmp_path: Path):
    archive = Counting.open(f"sqlite:///{tmp_path / 'a.db'}")
    async_archive = AsyncArchive(archive)
    stored = await asyncio.gather(*(async_archive.store(entry(n)) for n in range(50)))
    assert all(one.is_new for one in stored)
    assert len({one.article_id for one in stored}) == 50
    assert archive.commits < 10
    assert (await async_archive.store(entry(7))).is_new is False
    assert archive.counts().articles == 50
    await async_archive.close()
    archive.close()


async def test_one_bad_entry_does_not_take_its_neighbours_along(archive: Archive):
    async_archive = AsyncArchive(archive)
    outcomes = await asyncio.gather(
        *(async_archive.store(entry(n, found=None if n == 3 else NOW)) for n in range(6)), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(ArchiveError) == 1
    assert archive.counts().articles == 5
    await async_archive.close()


async def test_a_lock_is_waited_out(archive: Archive, tmp_path: Path):
    async_archive = AsyncArchive(archive)
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = asyncio.create_task(async_archive.store(entry(1)))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        other.execute("ROLLBACK")
    assert (await asyncio.wait_for(waiting, 30)).is_new
    await async_archive.close()


async def test_retries_end(archive: Archive):
    calls = 0

    def down() -> None:
        nonlocal calls
        calls += 1
        raise ArchiveError("the database cannot be reached", transient=True)

    async_archive = AsyncArchive(archive, retry_for_s=0.5)
    with pytest.raises(ArchiveError, match="cannot be reached"):
        await async_archive.call(down)
    assert calls >= 2
    await async_archive.close()


async def test_what_fails_for_good_is_not_tried_again(archive: Archive):
    calls = 0

    def broken() -> None:
        nonlocal calls
        calls += 1
        raise ArchiveError("read-only")

    async_archive = AsyncArchive(archive)
    with pytest.raises(ArchiveError, match="read-only"):
        await async_archive.call(broken)
    assert calls == 1
    await async_archive.close()


async def test_closing_cancels_what_waits(archive: Archive, tmp_path: Path):
    async_archive = AsyncArchive(archive)
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = [asyncio.create_task(async_archive.store(entry(n))) for n in range(3)]
        await asyncio.sleep(0.1)
        closing = asyncio.create_task(async_archive.close())
        await asyncio.sleep(0.1)
        other.execute("ROLLBACK")
    await closing
    assert all(
        isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*waiting, return_exceptions=True)
    )
