"""After the tests: branch coverage of floors 0 to 2 must stay over 90 %. Called by `make test`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LEAST = 90.0
UPPER = ("crawler/demo/", "crawler/service/", "crawler/cli/", "crawler/web/", "crawler/usecases/", "crawler/spiders/")
UPPER += ("crawler/middlewares/", "crawler/pipelines/", "crawler/extensions/", "settings/")


def main() -> int:
    """Prints the figure of the lower and of the upper floors; 1 when the lower ones fall short."""
    subprocess.run([sys.executable, "-m", "coverage", "combine", "-q", "--keep"], check=False, capture_output=True)
    report = Path(".coverage.json")
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True)
    files = json.loads(report.read_text())["files"]
    covered = {True: 0, False: 0}
    total = {True: 0, False: 0}
    for name, file in files.items():
        lower = not name.startswith(UPPER)
        summary = file["summary"]
        covered[lower] += summary["covered_lines"] + summary["covered_branches"]
        total[lower] += summary["num_statements"] + summary["num_branches"]
    share = {floor: 100 * covered[floor] / max(1, total[floor]) for floor in (True, False)}
    lower, upper = share[True], share[False]
    sys.stdout.write(f"branch coverage: floors 0 to 2 {lower:.1f} % (least {LEAST:g}), floors 3 and 4 {upper:.1f} %\n")
    return int(share[True] < LEAST)


if __name__ == "__main__":
    sys.exit(main())
