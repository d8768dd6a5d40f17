"""The canary of a whole service: every stage is broken in turn, and each is reported by its name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from service_process import environment

from crawler.health.canary import Stage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("LONG" not in os.environ, reason="takes minutes, by hand: LONG=1 (not yet stable under load)"),
]
CHILD = Path(__file__).parent / "canary_process.py"


def test_each_broken_stage_is_reported_by_its_name_and_the_canary_is_in_no_count(tmp_path: Path):
    command = [sys.executable, str(CHILD), str(tmp_path), f"sqlite:///{tmp_path}/wirewatch.db"]
    env = environment(PYTHONPATH=os.pathsep.join(sys.path))
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert [(one["stage"], one["reported"]) for one in report["stages"]] == [(stage, stage) for stage in Stage]
    assert all(f"`{one['stage']}`" in one["problem"] for one in report["stages"])
    assert "did not reach the stage `planned`" in report["outside"]["ready"]
    assert report["outside"]["metric"] == ["planned"]
    assert report["counts"] == [0, 0, 0, 0]
    kinds = Counter(kind for kind, _ in report["notices"])
    assert kinds["unhealthy"] >= len(Stage)
    assert kinds["recovered"] >= len(Stage)
