"""Exports of articles: to a file, which appears whole or not at all, or to a stream."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from crawler.archive.files.formats import Format, writer_of
from crawler.archive.model import ArticleRow
from crawler.errors import ArchiveError
from crawler.private import apply_user_umask

PORTION = 500  # rows: one row group of Parquet, and the number held in memory

_BY_SUFFIX = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".parquet": Format.PARQUET,
}


def format_of(path: Path) -> Format | None:
    """Return the format for a file's name (ignoring `.gz`); None for an unknown one."""
    return _BY_SUFFIX.get((path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower())


def export_to_stream(rows: Iterable[ArticleRow], stream: BinaryIO, kind: Format, *, raw: bool = False) -> int:
    """Write all rows to a binary stream, which stays open; return how many. `raw`: as for `writer_of`.

    Raises ArchiveError if pyarrow is missing, OSError (BrokenPipeError too) from the stream.
    """
    writer = writer_of(kind, stream, raw=raw)
    total = 0
    for portion in portions(rows, PORTION):
        writer.write(portion)
        total += len(portion)
    writer.close()
    return total


def chunks(rows: Iterable[ArticleRow], kind: Format, *, raw: bool = False) -> Iterator[bytes]:
    """Yield the same as chunks of bytes, for a server that streams them. Holds one portion in memory.

    Raises ArchiveError.
    """
    sink = _Sink()
    writer = writer_of(kind, sink, raw=raw)
    for portion in portions(rows, PORTION):
        writer.write(portion)
        yield sink.taken()
    writer.close()
    yield sink.taken()


class _Sink(io.BytesIO):
    """A stream that keeps what was written until it is taken."""

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        found = self.getvalue()
        self.seek(0)
        self.truncate()
        return found


def export_to_file(rows: Iterable[ArticleRow], path: Path, kind: Format, *, raw: bool = False) -> int:
    """Write all rows to a file, compressed if its name ends with .gz; return how many. `raw`: as for `writer_of`.

    The file is written beside its place and moved there when it is complete. Raises ArchiveError.
    """
    if kind is Format.PARQUET and path.suffix == ".gz":
        raise ArchiveError("Parquet has built-in compression: remove .gz", subject=str(path))
    with file_errors(path), replacing(path) as stream:
        if path.suffix != ".gz":
            return export_to_stream(rows, stream, kind, raw=raw)
        with gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=6) as packed:
            return export_to_stream(rows, cast("BinaryIO", packed), kind, raw=raw)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file that durably replaces `path` if the block succeeds, and is deleted if it does not."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with unfinished.open("xb") as stream:
            apply_user_umask(unfinished)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Raise OSError as ArchiveError with the file's name."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"cannot be written: {error.strerror or error}", subject=str(path)) from error


def portions(rows: Iterable[ArticleRow], size: int) -> Iterator[list[ArticleRow]]:
    """Yield rows in lists of at most `size`."""
    portion: list[ArticleRow] = []
    for row in rows:
        portion.append(row)
        if len(portion) == size:
            yield portion
            portion = []
    if portion:
        yield portion
