"""The network of a running service goes away for a while: nothing is lost or doubled, and no source is blamed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import network_away
import pytest

NAMESPACE = ("unshare", "--map-root-user", "--net")


def is_possible() -> bool:
    """Whether this machine lets us have a network of our own, and take it down."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    tried = subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    return not tried.returncode


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.skipif(not is_possible(), reason="network namespaces are not allowed here")
def test_the_network_goes_away_and_comes_back(tmp_path: Path):
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*NAMESPACE, sys.executable, network_away.__file__, str(tmp_path), os.environ.get("AWAY_S", "25")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("everything is there once\n"), done.stdout + done.stderr
