"""Schedulers, workers, deliverers and Valkey are killed at random, the database is cut: nothing is lost or doubled.

The long form, with 60 kills, is `python benchmarks/chaos.py`; see docs/never-lost.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from chaos_plan import Plan
from chaos_run import Chaos

SHORT = Plan(
    seed=11, hosts=16, stories=96, spread_s=12.0, kills=10, pause_s=1.0, workers=2, deliverers=1, rolling=False
)


def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path):
    verdict = Chaos(SHORT, tmp_path, lambda line: sys.stderr.write(f"{line}\n")).run(patience_s=200)
    sys.stderr.write(f"{verdict.figures}\n")
    assert verdict.problems == []
