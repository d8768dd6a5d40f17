"""`wirewatch items` and `wirewatch runs`, on a real archive."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
import typer
from archive_postgres import Postgres
from archive_samples import make_article, make_entry
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from crawler.archive import Archive, ArticleRow, Entry, ItemFilter
from crawler.cli.items.commands import app, follow
from crawler.cli.items.printing import clock, print_article, print_list, tail_line
from crawler.cli.runs import app as runs
from crawler.cli.runs import size
from crawler.errors import ArchiveError
from crawler.items import LeftOver, Outcome, ReadListing, Run
from crawler.rules import Matcher, RuleSpec, compile_rule
from crawler.usecases.times import since_of

NOW = datetime.now(UTC)  # the commands ask the clock
HOSTILE = "[bold red]x[/]\x1b[2J\x07\x9b0m\u202eevil\nnext"

main = typer.Typer()
main.add_typer(app, name="items")
main.add_typer(runs, name="runs")
runner = CliRunner()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time when the test begins: the commands ask the clock, and this module may have been loaded an hour ago."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", "Africa/Nairobi")
    time.tzset()
    database = f"sqlite:///{tmp_path}/w.db"
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", database)
    yield database
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def filled(url: str) -> Iterator[Archive]:
    with Archive.open(url) as archive:
        entries = []
        for number in range(5):
            article = make_article(
                number,
                found=NOW - timedelta(hours=number, minutes=1),
                title=f"Headline {number}" if number else HOSTILE,
                source="bbc" if number % 2 else "cnn",
                language="en",
                tags=("africa",),
                text="A drone over the port.\n\nSecond paragraph." if number == 3 else "Nothing here.",
            )
            entries.append(make_entry(article, *(["embassy"] if number == 2 else [])))
        archive.store(entries)
        yield archive


def run(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(main, list(arguments), catch_exceptions=code == 2)
    assert result.exit_code == code, result.output
    return result.output


def lines(*arguments: str) -> list[list[str]]:
    return [line.split("\t") for line in run(*arguments).splitlines()]


def test_a_piped_list_is_plain_and_harmless(filled: Archive):
    first, *rest = lines("items", "list")
    assert (first[0], first[2], first[4]) == ("1", "cnn", "https://news.example/0")
    assert first[3] == "[bold red]x[/] [2J 0m evil next"
    assert [fields[3] for fields in rest] == [f"Headline {n}" for n in range(1, 5)]
    assert rest[1][5] == "embassy"
    assert datetime.fromisoformat(first[1]).utcoffset() == timedelta(hours=3)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--since", "90m"], ["1", "2"]),
        (["--since", "90m", "--until", "30m"], ["2"]),
        (["--source", "bbc"], ["2", "4"]),
        (["-s", "bbc", "-s", "cnn", "--limit", "1"], ["1"]),
        (["--tag", "Africa", "-n", "2"], ["1", "2"]),
        (["--language", "en", "-n", "1"], ["1"]),
        (["--rule", "embassy"], ["3"]),
        (["--query", "drone* AND port"], ["4"]),
        (["--query", "headline", "--limit", "2"], ["2", "3"]),
    ],
)
def test_the_options_choose(filled: Archive, arguments: list[str], expected: list[str]):
    assert [fields[0] for fields in lines("items", "list", *arguments)] == expected


def test_formats(filled: Archive, tmp_path: Path):
    assert [item["id"] for item in json.loads(run("items", "list", "--json"))] == [1, 2, 3, 4, 5]
    assert len(run("items", "list", "--format", "jsonl").splitlines()) == 5
    assert len(list(csv.DictReader(io.StringIO(run("items", "list", "--format", "csv"), newline="")))) == 5
    told = run("items", "list", "--output", str(tmp_path / "x.parquet"), "--limit", "2")
    assert "2 articles written to" in told
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet").num_rows == 2


def test_exports_are_whole_and_the_oldest_first(filled: Archive, tmp_path: Path):
    assert [json.loads(line)["id"] for line in run("items", "export").splitlines()] == [5, 4, 3, 2, 1]
    run("items", "export", "--query", "drone", "--output", str(tmp_path / "x.csv"))
    with (tmp_path / "x.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == "A drone over the port.\n\nSecond paragraph."
    assert json.loads(run("items", "export", "--format", "json", "--output", "-", "--limit", "1"))[0]["id"] == 5


@pytest.mark.parametrize("key", ["4", "https://news.example/3", "000003a"])
def test_show(filled: Archive, key: str):
    text = run("items", "show", key)
    assert text.startswith("Headline 3\n")
    assert text.endswith("\nA drone over the port.\n\nSecond paragraph.\n")
    assert f"found      {(NOW - timedelta(hours=3, minutes=1)).astimezone():%Y-%m-%d %H:%M} EAT" in text
    assert json.loads(run("items", "show", key, "--json"))["title"] == "Headline 3"


def test_show_of_what_is_not_there(filled: Archive):
    with pytest.raises(ArchiveError, match="items list"):
        runner.invoke(main, ["items", "show", "99"], catch_exceptions=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "soon"],
        ["--since", "9999999w"],
        ["--limit", "0"],
        ["--format", "xml"],
        ["--query", "(drone"],
        ["--query", "a* OR"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(filled: Archive, arguments: list[str]):
    told = run("items", "list", *arguments, code=2)
    assert "Invalid value" in told or "--query" in told


def test_a_query_s_mistake_is_placed(filled: Archive):
    assert "column" in run("items", "list", "--query", "(drone", code=2)


def test_without_an_archive_the_next_step_is_reported():
    for arguments in (["items", "list"], ["items", "export"], ["items", "tail"], ["runs"]):
        with pytest.raises(ArchiveError, match="wirewatch run"):
            runner.invoke(main, arguments, catch_exceptions=False)


def test_empty_lists_say_what_to_do(url: str):
    with Archive.open(url) as archive:
        assert "wirewatch run" in run("items", "list")
        assert json.loads(run("items", "list", "--json")) == []
        assert "No runs yet" in run("runs")
        archive.store([Entry(make_article(1, source="bbc"))])
    assert "--since 30d" in run("items", "list", "--rule", "none")
    assert "No articles from bcc. Sources with articles: bbc" in run("items", "list", "--source", "bcc")


def test_help_has_examples():
    for command in ("list", "tail", "export"):
        assert "wirewatch items" in run("items", command, "--help")


def on_terminal(width: int = 100) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=True, width=width, color_system=None, highlight=False), out


def test_a_table_fits_the_terminal_and_runs_no_markup(filled: Archive):
    console, out = on_terminal(72)
    assert print_list(console, filled.items(), NOW) == 5
    printed = out.getvalue()
    assert "[bold red]x[/]" in printed
    assert "\x1b[2J" not in printed
    assert "\u202e" not in printed
    assert max(cell_len(line) for line in printed.splitlines()) <= 72
    ids = [line.split()[0] for line in printed.splitlines()]
    assert ids == ["id", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize("width", [20, 60, 200])
def test_the_headline_takes_what_the_other_columns_leave(filled: Archive, width: int):
    filled.store(
        [
            make_entry(
                make_article(9, title="東京で大きな地震" * 20, found=NOW, source="s" * 40),
                *(f"rule-{n}" for n in range(9)),
            )
        ]
    )
    console, out = on_terminal(width)
    print_list(console, filled.items(ItemFilter(limit=1)), NOW)
    _header, line = out.getvalue().splitlines()
    assert cell_len(line) <= width
    if width >= 60:
        assert line.split()[:2] == ["6", f"{NOW.astimezone():%H:%M}"]
        assert "…" in line


def test_a_line_of_tail(filled: Archive):
    rows = list(filled.items(ItemFilter(limit=3)))
    assert tail_line(rows[0]).plain.endswith("  cnn  [bold red]x[/] [2J 0m evil next  https://news.example/0")
    assert tail_line(rows[2]).plain.endswith("  cnn  Headline 2  [embassy]  https://news.example/2")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, ""),
        (datetime(2026, 11, 22, 22, 5, tzinfo=UTC), "01:05"),
        (datetime(2026, 11, 22, 20, 59, tzinfo=UTC), "22 Nov 23:59"),
        (datetime(2025, 11, 22, tzinfo=UTC), "2025-11-22"),
    ],
)
def test_clock(moment: datetime | None, text: str):
    assert clock(moment, datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == text


def test_a_long_article_is_wrapped(url: str):
    console, out = on_terminal(60)
    article = make_article(1, title=HOSTILE, text="word " * 60 + "\n\n" + HOSTILE, lead="The lead.", authors=(HOSTILE,))
    print_article(console, ArticleRow(1, article, ("embassy",)))
    printed = out.getvalue()
    assert max(len(line) for line in printed.splitlines()) <= 60
    assert "The lead." in printed
    assert "\x1b[2J" not in printed
    assert printed.count("[bold red]x[/]") == 3


def test_tail_begins_with_the_last_and_follows(filled: Archive):
    stored = iter(range(10, 13))

    def pause() -> None:
        number = next(stored, None)
        if number is None:
            raise KeyboardInterrupt
        filled.store([Entry(make_article(number, title=f"New {number}", text="drone", found=NOW))])

    matcher = Matcher([compile_rule(RuleSpec(id="q", query="drone"))])
    rows = follow(filled, ItemFilter(), matcher, 1, pause)
    assert [next(rows).id for _ in range(4)] == [4, 6, 7, 8]
    with pytest.raises(KeyboardInterrupt):
        next(rows)


def test_tail_waits_for_an_outage_and_ends_at_a_failure(postgres: Postgres):
    postgres.execute("CREATE DATABASE tailed")

    def outage() -> None:
        postgres.execute("ALTER DATABASE tailed ALLOW_CONNECTIONS false")
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tailed'")

    def recovery() -> None:
        postgres.execute("ALTER DATABASE tailed ALLOW_CONNECTIONS true")
        archive.store([Entry(make_article(2))])

    def end() -> None:
        postgres.execute("DROP DATABASE tailed WITH (FORCE)")

    steps = iter([outage, recovery, end])

    def pause() -> None:
        next(steps)()

    with Archive.open(postgres.url("tailed")) as archive:
        archive.store([Entry(make_article(1))])
        rows = follow(archive, ItemFilter(), None, 1, pause)
        assert [next(rows).id for _ in range(2)] == [1, 2]
        with pytest.raises(ArchiveError, match="no such database"):
            next(rows)


SCRIPT = "from crawler.cli.items.commands import app; app()"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--json"], []])
def test_tail_ends_quietly_at_ctrl_c(filled: Archive, arguments: list[str]):
    command = [sys.executable, "-c", SCRIPT, "tail", "-n", "2", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline(), process.stdout.readline()]
        filled.store([Entry(make_article(77, title="Fresh", found=NOW))])
        fresh = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "Headline 1" in first[0]
    assert "Fresh" in fresh
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.slow
def test_parquet_is_kept_from_a_terminal(filled: Archive):
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-c", SCRIPT, "export", "--format", "parquet"]
        done = subprocess.run(command, check=False, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert "--output FILE" in done.stderr


RUN = Run(
    "r1",
    "bbc",
    NOW - timedelta(minutes=5),
    NOW,
    Outcome.PARTIAL,
    found=9,
    new=3,
    failed=1,
    bytes=1_234_567,
    error=HOSTILE,
)


def test_a_run_shows_what_it_read(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    read = [
        ReadListing("feed", HOSTILE, NOW, 200, "", 5, 1, 2, ((LeftOver.TOO_OLD, 2),)),
        ReadListing("section", "https://x.example/", NOW, 304),
    ]
    with Archive.open(url) as archive:
        archive.save_run(RUN, read)
        archive.save_run(replace(RUN, id="r2"))
    shown = run("runs", "show", "r1")
    for told in ("2 too old", "[bold red]x[/]", "not modified"):
        assert told in shown, shown
    assert "No listing was read." in run("runs", "show", "r2")
    one, other = map(json.loads, run("runs", "show", "--json", "r1", "r2").splitlines())
    assert [(each["status"], each["named"], each["left_over"]) for each in one["listings"]] == [
        (200, 5, {"too_old": 2}),
        (304, 0, {}),
    ]
    assert (one["id"], other["listings"]) == ("r1", [])
    with pytest.raises(ArchiveError, match="no such run"):
        run("runs", "show", "r3")


def test_runs_are_listed(url: str, monkeypatch: pytest.MonkeyPatch):
    with Archive.open(url) as archive:
        archive.save_run(RUN)
        archive.save_run(Run("r2", "cnn", NOW))
    newest, oldest = lines("runs")
    assert newest[1:3] == ["cnn", "running"]
    assert oldest[1:9] == ["bbc", "partial", "9", "3", "0", "1", "1.2 MB", "300.0 s"]
    assert oldest[9] == "[bold red]x[/] [2J 0m evil next"
    (one,) = json.loads(run("runs", "--source", "bbc", "--json"))
    assert (one["outcome"], one["seconds"], one["started"][-1]) == ("partial", 300.0, "Z")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "first failure" in run("runs")
    assert "No runs of none yet" in run("runs", "--source", "none")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (45_000, "45 kB"), (3 * 10**9, "3.0 GB"), (10**13, "10.0 TB")],
)
def test_sizes(count: int, text: str):
    assert size(count) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", datetime(2026, 11, 22, 21, 30, tzinfo=UTC)),
        ("1w", datetime(2026, 11, 15, 23, 30, tzinfo=UTC)),
        ("today", datetime(2026, 11, 22, 21, 0, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 21, 21, 0, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 10, 31, 21, 0, tzinfo=UTC)),
        ("2026-11-01T08:00", datetime(2026, 11, 1, 5, 0, tzinfo=UTC)),
        ("2026-11-01T08:00Z", datetime(2026, 11, 1, 8, 0, tzinfo=UTC)),
        ("2026-11-01T08:00+01:00", datetime(2026, 11, 1, 7, 0, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime):
    assert since_of(text, datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == expected
