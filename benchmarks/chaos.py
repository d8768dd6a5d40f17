"""Kills schedulers, workers, deliverers and Valkey at random while a farm of sites is crawled; nothing may be lost.

python benchmarks/chaos.py [--kills 60] [--hosts 300] [--stories 3000] [--seed 1]

The short form of this is tests/chaos/test_chaos.py. Exits with 1 if something was lost, duplicated
or requested too often.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"
sys.path[:0] = [str(TESTS / part) for part in ("", "crawls", "service", "delivery", "archive", "chaos")]

from chaos_plan import Plan
from chaos_run import Chaos


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("seed", 1), ("hosts", 300), ("stories", 3000), ("kills", 60), ("every", 30)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--spread", type=float, default=240.0, help="seconds over which articles are published")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two kills, on average")
    parser.add_argument("--cuts", type=int, default=2, help="outages of the database")
    parser.add_argument("--losses", type=int, default=3, help="kills of Valkey that cost its last second")
    parser.add_argument("--faults", type=float, default=0.005, help="share of article requests that fail")
    parser.add_argument("--timeout", type=float, default=900.0)
    parser.add_argument("--keep", type=Path, help="folder for logs; it must not exist")
    args = parser.parse_args()
    plan = Plan(
        seed=args.seed,
        hosts=args.hosts,
        stories=args.stories,
        spread_s=args.spread,
        every_s=args.every,
        kills=args.kills,
        pause_s=args.pause,
        cuts=args.cuts,
        losses=args.losses,
        faults=args.faults,
    )
    print(plan)
    with tempfile.TemporaryDirectory(prefix="ww-chaos-") as name:
        folder = args.keep or Path(name)
        folder.mkdir(exist_ok=True)
        verdict = Chaos(plan, folder, print).run(args.timeout)
    print(json.dumps(verdict.figures))
    for problem in verdict.problems:
        print("PROBLEM", problem)
    return int(bool(verdict.problems))


if __name__ == "__main__":
    sys.exit(main())
