"""Item feeds: one file a day that grows as articles come in, for programs that read files.

    var/feeds/all-2026-11-23.jsonl    grows until the first article of a later day is written
    var/feeds/all.jsonl.cursor        the last id, and the valid size of the file

A row is in the file of the day (UTC) it was found; one that was stored late is in a later day's file: a closed file
never grows again. Order of effects: the rows, fsync, the cursor. After a crash the file is truncated to the size in the
cursor, and the rows after it are written again: none twice, none lost. Parquet cannot grow, so a day is written when it
is over; late rows follow as `all-2026-11-23.ID.parquet`. Packed files (`.jsonl.gz`) grow by whole members (RFC 1952,
2.2).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby, takewhile
from pathlib import Path
from typing import BinaryIO

from crawler.archive.archive import Archive
from crawler.archive.files.export import PORTION, export_to_file, file_errors, portions, replacing
from crawler.archive.files.formats import Csv, Format, JsonLines, RowWriter
from crawler.archive.model import ArticleRow, ItemFilter, Order
from crawler.errors import ArchiveError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a feed: the last id, and the valid size of the day's file."""

    last_id: int = 0
    day: str = ""  # ISO date
    size: int = 0  # bytes


class RollingFeed:
    """One item feed in a folder. One process writes a feed at a time; every method may raise ArchiveError."""

    def __init__(self, folder: Path, name: str, kind: Format, *, packed: bool = False) -> None:
        if not _NAME.fullmatch(name):
            raise ArchiveError("a feed name may contain only letters, digits, - and _", subject=name)
        if kind is Format.JSON:
            raise ArchiveError("a feed must be jsonl, csv or parquet: a JSON array cannot be appended to", subject=name)
        if packed and kind is Format.PARQUET:
            raise ArchiveError("Parquet has built-in compression", subject=name)
        self._folder = folder
        self._name = name
        self._kind = kind
        self._packed = packed
        self._suffix = f"{kind.value}.gz" if packed else kind.value
        self._cursor_file = folder / f"{name}.{self._suffix}.cursor"
        self._cursor = self._load()

    @property
    def last_id(self) -> int:
        """The id up to which the feed is complete; 0 for a new feed."""
        return self._cursor.last_id

    def path(self, day: date | str) -> Path:
        """Return the file of a day."""
        return self._folder / f"{self._name}-{day}.{self._suffix}"

    @property
    def files(self) -> list[Path]:
        """The existing files, oldest first."""
        days = self._folder.glob(f"{self._name}-????-??-??.{self._suffix}")
        late = self._folder.glob(f"{self._name}-????-??-??.*.{self._suffix}")  # Parquet's
        return sorted({*days, *late})

    @property
    def growing(self) -> Path | None:
        """The file that may still grow."""
        return self.path(self._cursor.day) if self._cursor.day and self._kind is not Format.PARQUET else None

    @property
    def notes(self) -> Path:
        """The file that records the copies in a bucket."""
        return self._folder / f"{self._name}.{self._suffix}.copied"

    def update(self, archive: Archive, now: datetime, item_filter: ItemFilter = ItemFilter()) -> int:  # noqa: B008 - frozen
        """Add the articles stored since; return how many rows. Parquet: only of days that are over at `now`."""
        newest = archive.last_id()
        item_filter = replace(item_filter, order=Order.STORED, after_id=self.last_id, after=None, limit=None)
        rows: Iterable[ArticleRow] = archive.items(item_filter)
        if self._kind is Format.PARQUET:
            today = now.astimezone(UTC).date().isoformat()
            return self.append(takewhile(lambda row: self._day(row) < today, rows))
        added = self.append(rows)
        if newest > self.last_id:  # a filter left out the last ones: do not read them again
            self._save(replace(self._cursor, last_id=newest))
        return added

    def append(self, rows: Iterable[ArticleRow]) -> int:
        """Add rows, which come in the order of their ids; those that the feed has already are left out."""
        with file_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._cut_tail()
        fresh = (row for row in rows if row.id > self.last_id)
        return sum(self._add(day, group) for day, group in self._by_day(fresh))

    def _cut_tail(self) -> None:
        path = self.path(self._cursor.day)
        if self._kind is not Format.PARQUET and path.exists() and path.stat().st_size > self._cursor.size:
            os.truncate(path, self._cursor.size)

    def _by_day(self, rows: Iterable[ArticleRow]) -> Iterator[tuple[str, Iterable[ArticleRow]]]:
        latest = self._cursor.day

        def day(row: ArticleRow) -> str:
            nonlocal latest
            latest = max(latest, _found_day(row))
            return latest

        return groupby(rows, day)

    def _day(self, row: ArticleRow) -> str:
        return max(self._cursor.day, _found_day(row))

    def _add(self, day: str, rows: Iterable[ArticleRow]) -> int:
        path = self.path(day)
        with file_errors(path):
            if self._kind is Format.PARQUET:
                return self._write_day(path, day, rows)
            if day != self._cursor.day:  # record the file in the cursor before writing it
                self._save(Cursor(self.last_id, day, path.stat().st_size if path.exists() else 0))
            return sum(self._extend(path, portion) for portion in portions(rows, PORTION))

    def _extend(self, path: Path, rows: list[ArticleRow]) -> int:
        with path.open("ab") as stream:
            written = io.BytesIO()
            self._writer(written, is_new=stream.tell() == 0).write(rows)
            data = written.getvalue()
            stream.write(gzip.compress(data, mtime=0) if self._packed else data)
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
        self._save(replace(self._cursor, last_id=rows[-1].id, size=size))
        return len(rows)

    def _writer(self, stream: BinaryIO, *, is_new: bool) -> RowWriter:
        return JsonLines(stream) if self._kind is Format.JSONL else Csv(stream, header=is_new)

    def _write_day(self, path: Path, day: str, rows: Iterable[ArticleRow]) -> int:
        last = self.last_id

        def noted() -> Iterator[ArticleRow]:
            nonlocal last
            for row in rows:
                last = row.id
                yield row

        # Named after the preceding id, so a repeat after a crash replaces the file
        part = path if day != self._cursor.day else path.with_stem(f"{path.stem}.{self.last_id}")
        total = export_to_file(noted(), part, Format.PARQUET)
        self._save(Cursor(last, day, 0))
        return total

    def _load(self) -> Cursor:
        try:
            held = json.loads(self._cursor_file.read_bytes())
            return Cursor(int(held["last_id"]), str(held["day"]), int(held["size"]))
        except FileNotFoundError:
            return Cursor()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(
                f"cannot be read: {error}; delete it to rewrite the feed", subject=str(self._cursor_file)
            ) from error

    def _save(self, cursor: Cursor) -> None:
        held = {"last_id": cursor.last_id, "day": cursor.day, "size": cursor.size}
        with file_errors(self._cursor_file), replacing(self._cursor_file) as stream:
            stream.write(json.dumps(held).encode())
        self._cursor = cursor


def _found_day(row: ArticleRow) -> str:
    assert row.article.found is not None  # NOT NULL in the archive
    return row.article.found.astimezone(UTC).date().isoformat()
