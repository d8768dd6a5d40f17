"""After the tests: branch coverage of layers 0 to 2 by their own tests must stay over 90 %. Called by `make test`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LEAST = 90.0
UPPER = ("crawler/demo/", "crawler/service/", "crawler/cli/", "crawler/web/", "crawler/usecases/", "crawler/spiders/")
UPPER += ("crawler/middlewares/", "crawler/pipelines/", "crawler/extensions/", "settings/")


def main() -> int:
    """Print the figure of the lower layers; return 1 when it falls short."""
    subprocess.run([sys.executable, "-m", "coverage", "combine", "-q", "--keep"], check=False, capture_output=True)
    report = Path(".coverage.json")
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True)
    files = json.loads(report.read_text())["files"]
    summaries = [file["summary"] for name, file in files.items() if not name.startswith(UPPER)]
    covered = sum(summary["covered_lines"] + summary["covered_branches"] for summary in summaries)
    total = sum(summary["num_statements"] + summary["num_branches"] for summary in summaries)
    share = 100 * covered / max(1, total)
    sys.stdout.write(f"branch coverage of layers 0 to 2: {share:.1f} % (at least {LEAST:g} %)\n")
    return int(share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
