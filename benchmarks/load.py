"""The service under load: `wirewatch run` on a farm of thousands of hosts, compared with trafilatura alone.

    python benchmarks/load.py [--sources 10000] [--every 5m] [--warm 330] [--minutes 15] [--json]

One run: the farm (load_farm.py) and the service start, everything settles for `--warm` seconds, then for `--minutes`
the CPU time and memory of each process, the requests at the farm, the stored articles and the latency are measured.
After it trafilatura alone reads pages like the farm's on the same cores. Everything is a process of its own and real.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from end_to_end import ceiling
from load_farm import KEYWORD, address
from news_pages import article_page

ROOT = Path(__file__).parent.parent
PORT = 18_080
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
MB = 2**20


@dataclass(frozen=True)
class Used:
    """CPU seconds so far, and memory, of one kind of process."""

    cpu_s: float
    rss_mb: float


def watch_file(sources: int, every: str, rules: int) -> str:
    lines = [
        f"  - {{id: h{n}, feed: 'http://{address(n)}:{PORT}/feed.xml', every: {every}}}" if every else
        f"  - {{id: h{n}, feed: 'http://{address(n)}:{PORT}/feed.xml'}}"
        for n in range(sources)
    ]  # fmt: skip
    more = [f"  - {{id: r{n}, all: ['number {n}', submarine], send: []}}" for n in range(rules)]
    return "\n".join(
        ["sources:", *lines, "rules:", f"  - {{id: ships, query: {KEYWORD}, send: [hook]}}", *more, "channels:",
         f"  - {{id: hook, url: 'http://127.0.0.1:{PORT}/hook', private: true, group: 0s}}", ""]
    )  # fmt: skip


def processes(roots: dict[str, int]) -> dict[str, Used]:
    """Return CPU and memory of these processes; "extractors" are the children of "service" that are not roots.

    The CPU time holds that of children that have ended: extraction processes are replaced after their share of pages.
    """
    table: dict[int, tuple[int, Used]] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            pages = int((entry / "statm").read_text().split()[1])
            rss_mb = pages * os.sysconf("SC_PAGE_SIZE") / MB
            cpu_s = sum(map(int, stat[11:15])) * TICK_S  # proc(5): utime, stime, cutime, cstime
            table[int(entry.name)] = (int(stat[1]), Used(cpu_s, rss_mb))
    names = {pid: name for name, pid in roots.items()}
    found: dict[str, Used] = {}
    for pid, (_, used) in table.items():
        up = pid
        while up in table and up not in names:
            up = table[up][0]
        name = names.get(up, "")
        if name == "service" and up != pid:
            name = "extractors"
        if name:
            old = found.get(name, Used(0, 0))
            found[name] = Used(old.cpu_s + used.cpu_s, old.rss_mb + used.rss_mb)
    return found


def fetch(path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=30) as answer:
        return json.load(answer)


def quantiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values) or [float("nan")]
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 1) for p in (50, 95, 99)}


class Run:
    """A farm and a service in a folder."""

    def __init__(self, folder: Path, args: argparse.Namespace) -> None:
        self.folder = folder
        (folder / "watch.yaml").write_text(watch_file(args.sources, args.every, args.rules))
        farm = [sys.executable, str(ROOT / "benchmarks" / "load_farm.py"), "--hosts", str(args.sources)]
        self.farm = subprocess.Popen([*farm, "--port", str(PORT), "--period", str(args.period)], stdout=subprocess.PIPE)
        assert self.farm.stdout is not None
        self.farm.stdout.readline()
        environ = os.environ | {"PYTHONPATH": str(ROOT), "WIREWATCH_LOG_LEVEL": "ERROR"}
        begun = time.monotonic()
        self.log = (folder / "service.log").open("w")
        self.service = subprocess.Popen(
            [sys.executable, "-m", "crawler", "run", "--plain", "--no-web", "--no-demo"],
            cwd=folder, env=environ, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        while "Press Ctrl-C to stop" not in (folder / "service.log").read_text():
            time.sleep(0.2)
            if self.service.poll() is not None:
                raise SystemExit((folder / "service.log").read_text())
        self.start_s = time.monotonic() - begun

    def used(self) -> dict[str, Used]:
        """Return what each kind of process has used so far."""
        valkey = int((self.folder / "var" / "valkey.pid").read_text())
        return processes({"service": self.service.pid, "farm": self.farm.pid, "valkey": valkey})

    def count(self, table: str) -> int:
        """Return the number of rows of a table."""
        with sqlite3.connect(f"file:{self.folder / 'var' / 'wirewatch.db'}?mode=ro", uri=True, timeout=30) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def redis_mb(self) -> float:
        """Return the memory of Valkey."""
        from redis import Redis  # noqa: PLC0415

        from crawler.state import socket_path  # noqa: PLC0415

        with Redis(unix_socket_path=str(socket_path(self.folder / "var"))) as redis:
            return float(redis.info("memory")["used_memory"]) / MB

    def report(self) -> list[dict[str, Any]]:
        """Return the latency of the last hour."""
        done = subprocess.run(
            [sys.executable, "-m", "crawler", "report", "latency", "--since", "1h", "--json"],
            cwd=self.folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return json.loads(done.stdout) if done.returncode == 0 else []

    def close(self) -> None:
        """End both processes."""
        for process in (self.service, self.farm):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.log.close()


def measure(run: Run, warm_s: float, seconds: float) -> dict[str, Any]:
    time.sleep(warm_s)
    first, before, articles, runs = run.used(), fetch("/stats"), run.count("articles"), run.count("runs")
    begun = time.monotonic()
    while (left := begun + seconds - time.monotonic()) > 0:
        time.sleep(min(30.0, left))
        print(f"  {time.monotonic() - begun:5.0f} s: {run.count('articles'):,} articles stored", file=sys.stderr)
        if run.service.poll() is not None:
            raise SystemExit("the service ended:\n" + (run.folder / "service.log").read_text()[-3000:])
    took = time.monotonic() - begun
    last, after = run.used(), fetch("/stats")
    stored, polls = run.count("articles") - articles, run.count("runs") - runs
    cpu = {name: (last[name].cpu_s - first[name].cpu_s) for name in last if name in first}
    news = after["alerts"][len(before["alerts"]) :]
    return {
        "start_s": round(run.start_s, 1), "seconds": round(took), "polls_a_second": round(polls / took, 2),
        "articles_a_second": round(stored / took, 2),
        "published_a_second": round((after["articles"] - before["articles"]) / took, 2),
        "cpu_cores": {name: round(value / took, 3) for name, value in cpu.items()},
        "rss_mb": {name: round(value.rss_mb) for name, value in last.items()},
        "cpu_s": round(cpu.get("service", 0) + cpu.get("extractors", 0) + cpu.get("valkey", 0), 1),
        "polls": polls, "stored": stored, "alerts": len(news), "published_to_alert_s": quantiles(news),
        "requests": {
            name: after["requests"][name] - before["requests"].get(name, 0) for name in after["requests"]
        },
        "redis_mb": round(run.redis_mb(), 1),
        "database_mb": round(sum(p.stat().st_size for p in (run.folder / "var").glob("wirewatch.db*")) / MB, 1),
        "articles": articles + stored, "latency": run.report(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--every", default="5m", help="'' for the adaptive schedule")
    parser.add_argument("--warm", type=float, default=330.0, help="seconds before the counting begins")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--period", type=float, default=900.0, help="seconds between two articles of a host")
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        run = Run(Path(name), args)
        try:
            result = measure(run, args.warm, 60 * args.minutes)
        finally:
            run.close()
    pages = [article_page(n, links=150, teasers=60) for n in range(400)]
    result["ceiling_pages_a_second"] = round(statistics.median(ceiling(pages, args.processes) for _ in range(3)), 1)
    print(json.dumps(result) if args.json else json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
