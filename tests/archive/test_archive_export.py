from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from archive_samples import NOW, make_article, make_entry
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive import Archive, ArticleRow
from crawler.archive.files.export import export_to_file, export_to_stream, format_of
from crawler.archive.files.flat import FLAT_COLUMNS, flat, rfc3339
from crawler.archive.files.formats import Format, harmless_cell
from crawler.errors import ArchiveError
from crawler.items import Article

ROWS = [
    ArticleRow(
        1,
        make_article(
            1,
            title='=HYPERLINK("http://evil")',
            authors=("Ann", "Bo"),
            published=datetime(2026, 11, 22, 23, 0, 0, 5, tzinfo=UTC),
            live=True,
            word_count=7,
            text='Line "one",\r\n\nline two; 東京',
        ),
        ("embassy", "trade"),
    ),
    ArticleRow(2, Article(url="https://n.example/2", title="", text="", found=NOW)),
]


def exported(kind: Format, rows: list[ArticleRow] = ROWS) -> bytes:
    stream = io.BytesIO()
    assert export_to_stream(rows, stream, kind) == len(rows)
    return stream.getvalue()


def test_json_lines_hold_every_column():
    first, second = (json.loads(line) for line in exported(Format.JSONL).decode().splitlines())
    assert list(first) == list(second) == [column.name for column in FLAT_COLUMNS]
    assert first["rules"] == ["embassy", "trade"]
    assert first["published"] == "2026-11-22T23:00:00.000005Z"
    assert first["text"] == ROWS[0].article.text
    assert (second["published"], second["title"], second["authors"]) == (None, "", [])


def test_every_field_of_an_article_is_exported():
    stored = set(Article.__dataclass_fields__) - {"citations"}  # kept apart for suggestions; an article read has none
    assert stored | {"id", "rules"} == {column.name for column in FLAT_COLUMNS}


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS])
def test_a_json_array_is_valid_at_every_length(rows: list[ArticleRow]):
    assert [item["id"] for item in json.loads(exported(Format.JSON, rows))] == [row.id for row in rows]


def test_csv_reads_back_and_disarms_formulas():
    first, second = csv.DictReader(io.StringIO(exported(Format.CSV).decode(), newline=""))
    assert first["title"] == """'=HYPERLINK("http://evil")"""
    assert (first["authors"], first["live"], first["word_count"]) == ("Ann; Bo", "true", "7")
    assert first["text"] == ROWS[0].article.text
    assert second["published"] == ""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n@", "＝1", "\u00a0-1"])
def test_formula_starts_get_an_apostrophe(text: str):
    assert harmless_cell(text) == "'" + text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_csv_cells_survive_and_never_start_a_formula(text: str):
    row = ArticleRow(1, make_article(1, title=text))
    (read,) = csv.DictReader(io.StringIO(exported(Format.CSV, [row]).decode(), newline=""))
    assert read["title"] in {text, "'" + text}
    assert not read["title"].lstrip().startswith(("=", "+", "-", "@"))


def test_parquet_has_types_and_row_groups(tmp_path: Path):
    path = tmp_path / "x.parquet"
    rows = [ArticleRow(n, make_article(n)) for n in range(1, 1252)]
    assert export_to_file(iter(rows), path, Format.PARQUET) == 1251
    with pyarrow.parquet.ParquetFile(path) as file:
        assert file.num_row_groups == 3
        table = file.read()
    assert table.column_names == [column.name for column in FLAT_COLUMNS]
    assert str(table.schema.field("found").type) == "timestamp[us, tz=UTC]"
    assert table.slice(0, 1).to_pylist()[0] == flat(rows[0])


def test_an_empty_parquet_file_still_has_its_schema():
    table = pyarrow.parquet.read_table(io.BytesIO(exported(Format.PARQUET, [])))
    assert table.num_rows == 0
    assert len(table.column_names) == len(FLAT_COLUMNS)


@pytest.mark.slow
def test_parquet_goes_to_a_pipe():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_archive_export import ROWS, Format, export_to_stream\n"
        "export_to_stream(ROWS, sys.stdout.buffer, Format.PARQUET)\n"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert pyarrow.parquet.read_table(io.BytesIO(done.stdout)).num_rows == 2


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArchiveError, match=r"pip install 'wirewatch\[parquet\]'"):
        exported(Format.PARQUET)


def test_a_gz_name_compresses(tmp_path: Path):
    path = tmp_path / "x.jsonl.gz"
    export_to_file(ROWS, path, Format.JSONL)
    assert gzip.decompress(path.read_bytes()) == exported(Format.JSONL)
    with pytest.raises(ArchiveError, match=r"Parquet has built-in compression: remove \.gz"):
        export_to_file(ROWS, tmp_path / "x.parquet.gz", Format.PARQUET)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jsonl", Format.JSONL),
        ("a.b.ndjson.gz", Format.JSONL),
        ("A.CSV", Format.CSV),
        ("a.json", Format.JSON),
        ("a.parquet", Format.PARQUET),
        ("a.txt", None),
        ("a", None),
        ("a.gz", None),
    ],
)
def test_the_name_determines_the_format(name: str, kind: Format | None):
    assert format_of(Path(name)) == kind


def test_a_broken_export_leaves_the_old_file_and_no_rest(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_text("old")

    def broken() -> Iterator[ArticleRow]:
        yield ROWS[0]
        raise ArchiveError("gone")

    with pytest.raises(ArchiveError, match="gone"):
        export_to_file(broken(), path, Format.JSONL)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path):
    with pytest.raises(ArchiveError, match="cannot be written: No such file"):
        export_to_file(ROWS, tmp_path / "no" / "x.csv", Format.CSV)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Format.JSONL, Format.CSV])
def test_memory_stays_bounded(tmp_path: Path, kind: Format):
    url = f"sqlite:///{tmp_path}/w.db"
    text = "word " * 2000  # 10 kB
    with Archive.open(url) as archive:
        for start in range(0, 2000, 500):
            archive.store([make_entry(make_article(n, text=text)) for n in range(start, start + 500)])
        tracemalloc.start()
        try:
            assert export_to_file(archive.items(), tmp_path / "x", kind) == 2000
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 20_000_000  # of 20 MB of texts, which an export holds in three forms


def test_times_are_rfc_3339_in_utc():
    assert rfc3339(datetime.fromisoformat("2026-11-23T11:00:00+03:00")) == "2026-11-23T08:00:00Z"
    assert rfc3339(NOW + timedelta(microseconds=1)) == "2026-11-23T08:00:00.000001Z"
