"""How long a start takes: until the service is open, the first article, the first alert, and the end after Ctrl-C.

python benchmarks/start_up.py [--runs 3]
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARKS = {"open": "Press Ctrl-C to stop", "article": " article ", "alert": " alert "}


def start(folder: Path, wanted: set[str]) -> dict[str, float]:
    """Seconds to each mark of one run, and to its end."""
    begun = time.perf_counter()
    command = [sys.executable, "-u", "-m", "crawler", "run", "--plain"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        found: dict[str, float] = {}
        assert process.stdout
        for line in process.stdout:
            for name, text in MARKS.items():
                if text in line:
                    found.setdefault(name, time.perf_counter() - begun)
            if wanted <= found.keys():
                break
        stopped = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait()
        return found | {"stop": time.perf_counter() - stopped}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    first, second = [], []
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory() as name:
            first.append(start(Path(name), set(MARKS)))
            second.append(start(Path(name), {"open"}))
    for label, runs in (("first run", first), ("second run", second)):
        medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(label, "  ".join(f"{key} {seconds:.1f} s" for key, seconds in medians.items()))


if __name__ == "__main__":
    main()
