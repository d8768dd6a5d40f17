"""Schemathesis asks the whole API what its own description allows, and what it forbids: no failure."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from api_server import Furnished, served, worker

from crawler.state import EmbeddedServer

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = 5  # of each operation and phase
SECONDS = 900  # some 25 on an idle machine, 260 where ten others want each core


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
def test_no_failure(own: Furnished, valkey: EmbeddedServer):
    with worker(valkey.url), served(own.folder, redis_url=valkey.url) as site:
        address = f"{site.addresses.base}/api/v1/openapi.json"
        asked = ("run", address, "-H", "Authorization: Bearer token-admin", "--seed", "1", "-n", str(EXAMPLES))
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml"), *asked]
        done = subprocess.run(
            [*command, "--continue-on-failure", "--no-color"],
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=own.folder,
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested
    assert int(tested[1]) >= 29
    assert re.search(r"\d+ generated, \d+ passed", done.stdout), done.stdout[-2000:]
