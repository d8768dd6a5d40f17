"""Writers of article rows to a binary stream: JSON lines, a JSON array, CSV, Parquet.

Each takes rows in portions and holds one portion in memory. `close` completes the output; the stream stays open.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from crawler.archive.files.flat import FLAT_COLUMNS, Kind, Value, flat, rfc3339
from crawler.archive.model import ArticleRow
from crawler.errors import ArchiveError

# OWASP, "CSV Injection": what spreadsheets parse as a formula, including the full-width forms
_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
_BREAKS = frozenset("\t\r\n")


class Format(StrEnum):
    """The formats of an export."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class RowWriter(Protocol):
    """A writer that takes rows in portions."""

    def write(self, rows: Sequence[ArticleRow]) -> None:
        """Write one portion, in one call of the stream's write if the format allows."""
        ...

    def close(self) -> None:
        """Complete the output. Without it the output may be unreadable."""
        ...


def jsonable(row: ArticleRow) -> dict[str, Any]:
    """Return the flat row with times as text."""
    return {name: rfc3339(v) if isinstance(v, datetime) else v for name, v in flat(row).items()}


def json_line(row: ArticleRow) -> str:
    """Return the row as one line of JSON, without the line end."""
    return json.dumps(jsonable(row), ensure_ascii=False, separators=(",", ":"))


class JsonLines:
    """One JSON object per line (https://jsonlines.org)."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, rows: Sequence[ArticleRow]) -> None:
        """Write one portion."""
        self._stream.write("".join(json_line(row) + "\n" for row in rows).encode())

    def close(self) -> None:
        """Do nothing: the output is complete."""


class JsonArray:
    """One array of objects, each on its own line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before = "["

    def write(self, rows: Sequence[ArticleRow]) -> None:
        """Write one portion."""
        for row in rows:
            self._stream.write(f"{self._before}\n{json_line(row)}".encode())
            self._before = ","

    def close(self) -> None:
        """Write the end of the array."""
        self._stream.write(b"[]\n" if self._before == "[" else b"\n]\n")


class Csv:
    """RFC 4180 with a header, UTF-8. `header=False` continues a file that has one; `raw` leaves formulas unescaped."""

    def __init__(self, stream: BinaryIO, *, header: bool = True, raw: bool = False) -> None:
        self._stream = stream
        self._cell = cell if raw else harmless_cell
        if header:
            self._lines([[name for name, _, _ in FLAT_COLUMNS]])

    def write(self, rows: Sequence[ArticleRow]) -> None:
        """Write one portion."""
        self._lines([[self._cell(value) for value in flat(row).values()] for row in rows])

    def close(self) -> None:
        """Do nothing: the output is complete."""

    def _lines(self, lines: Sequence[Sequence[str]]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer).writerows(lines)
        self._stream.write(buffer.getvalue().encode())


def cell(value: Value) -> str:
    """Return a CSV cell without escaping formulas."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) else "; ".join(value)


def harmless_cell(value: Value) -> str:
    """Return a CSV cell. Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    text = cell(value)
    if not isinstance(value, str | list):
        return text
    start = text.lstrip()[:1]
    return f"'{text}" if (start and start in _FORMULA_STARTS) or text[:1] in _BREAKS else text


class Parquet:
    """Parquet with one row group per portion, compressed with Zstandard. Needs the extra `parquet`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._arrow, self._schema = arrow_schema()
        parquet = importlib.import_module("pyarrow.parquet")
        self._writer = parquet.ParquetWriter(self._arrow.PythonFile(stream, "w"), self._schema, compression="zstd")

    def write(self, rows: Sequence[ArticleRow]) -> None:
        """Write one portion as one row group."""
        if rows:
            self._writer.write_table(self._arrow.Table.from_pylist([flat(row) for row in rows], schema=self._schema))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def arrow_schema() -> tuple[Any, Any]:
    """Return (the module pyarrow, the schema of FLAT_COLUMNS). Raises ArchiveError if pyarrow is not installed."""
    try:
        arrow = importlib.import_module("pyarrow")
    except ModuleNotFoundError as error:
        raise ArchiveError("Parquet needs: pip install 'wirewatch[parquet]'") from error
    kinds = {
        Kind.INTEGER: arrow.int64(),
        Kind.FLAG: arrow.bool_(),
        Kind.TEXT: arrow.string(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
        Kind.LIST: arrow.list_(arrow.string()),
    }
    return arrow, arrow.schema([(name, kinds[kind]) for name, kind, _ in FLAT_COLUMNS])


def writer_of(kind: Format, stream: BinaryIO, *, raw: bool = False) -> RowWriter:
    """Return a writer to a stream. `raw`: CSV cells unescaped, even if a spreadsheet would run them as formulas.

    Raises ArchiveError if pyarrow is missing.
    """
    return Csv(stream, raw=True) if raw and kind is Format.CSV else WRITERS[kind](stream)


WRITERS: dict[Format, Callable[[BinaryIO], RowWriter]] = {
    Format.JSONL: JsonLines,
    Format.JSON: JsonArray,
    Format.CSV: Csv,
    Format.PARQUET: Parquet,
}
