"""Response times of the web interface, memory of its process, and what a browser loads for the main page.

    python benchmarks/web_pages.py [--url sqlite:////tmp/million.db] [--times 30] [--sources 400] [--history 5000]
        [--no-browser] [--only NAME]

Starts `wirewatch web` on an archive (without --url a fresh one with the demo's newsroom of two weeks) with a watch file
of so many sources and 20 rules; with --history the archive gets so many alerts and stories and four times as many runs,
which are taken out again at the end. Asks each page once, then so many times over loopback, one request at a time, and
prints the median and the 95th percentile in milliseconds. With a browser (chromium, or WIREWATCH_BROWSER): bytes and
requests of the main page, and its first paint, the median of five visits with an empty cache.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from playwright.sync_api import Request, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "web"), str(ROOT / "benchmarks"), str(ROOT)]

from web_history import history
from web_newsroom import newsroom

from crawler.archive import Archive

PAGES = {
    "new": "/",
    "filter: a language": "/search?language=fr",
    "filter: without matches": "/search?language=xx",
    "filter: two languages": "/search?language=fr&language=xx",
    "filter: a source": "/search?source={source}",
    "article": "/articles/{article}",
    "search: a word": "/search?q=embassy",
    "search: two words": "/search?q=embassy+AND+minister",
    "search: a phrase": "/search?q=%22prime+minister%22",
    "search: NEAR": "/search?q=embassy+NEAR%2F10+(rocket*+OR+attack*)",
    "stories": "/stories",
    "alerts": "/alerts",
    "rules": "/rules",
    "a rule's form": "/rules/{rule}/edit",
    "sources": "/sources",
    "source": "/sources/{source}",
    "runs": "/runs",
    "failed runs": "/runs?outcome=failed",
    "feeds": "/feeds",
    "status": "/status",
    "RSS of everything": "/feeds/all.rss",
    "API: 100 articles": "/api/v1/articles?limit=100",
}
WAIT_S = 120.0
VISITS = 5
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def watch_file(folder: Path, count: int) -> Path:
    """Return a watch file with so many sources, named like those of archive_million, and 20 rules."""
    sources = "\n".join(f"  - {{id: outlet-{n}, feed: 'https://www.outlet-{n}.example/rss'}}" for n in range(count))
    rules = "\n".join(f"  - {{id: r{n}, any: [zeppelin{n}, embassy]}}" for n in range(20))
    path = folder / "watch.yaml"
    path.write_text(f"sources:\n{sources}\nrules:\n{rules}\n", encoding="utf-8")
    return path


def prepare(folder: Path, options: argparse.Namespace) -> str:
    """Return the URL of the archive; create one if none is named."""
    if options.url:
        watch_file(folder, options.sources)
        return str(options.url)
    newsroom(folder, datetime.now(UTC))
    return f"sqlite:///{folder}/wirewatch.db"


@contextmanager
def served(folder: Path, url: str) -> Iterator[tuple[str, int]]:
    """Run the web interface in a process; yield its address and process id."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
    own |= {"WIREWATCH_VAR": str(folder), "WIREWATCH_DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-m", "crawler", "web", "--port", "0"]
    with subprocess.Popen(argv, env=own | {"PYTHONPATH": str(ROOT)}, cwd=folder, stdout=subprocess.PIPE) as page:
        assert page.stdout is not None
        try:
            yield page.stdout.readline().decode().split()[1].rstrip("/"), page.pid
        finally:
            page.terminate()
            page.wait(WAIT_S)


def memory_mb(pid: int) -> tuple[float, float]:
    """Return the current and the maximum memory of the process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    now, most = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of the process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(client: httpx2.Client, name: str, path: str, times: int, pid: int) -> None:
    """Request one page so many times and print the figures."""
    answer = client.get(path)
    taken: list[float] = []
    cpu = cpu_s(pid)
    for _ in range(times):
        began = time.perf_counter()
        client.get(path)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    p95 = taken[min(times - 1, round(times * 0.95))]
    cpu = (cpu_s(pid) - cpu) / times * 1000
    status = "" if answer.status_code == httpx2.codes.OK else f"  answered {answer.status_code}"
    size = len(answer.content) / 1024
    print(
        f"  {name:24} p50 {statistics.median(taken):7.1f}  p95 {p95:7.1f}  CPU {cpu:7.1f}  {size:6.0f} kB{status}",
        flush=True,
    )


def in_browser(base: str) -> None:
    """Return what a browser loads for the main page, and when it paints."""
    found = os.environ.get("WIREWATCH_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        print("  no browser found")
        return
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        paints: list[float] = []
        sizes: list[tuple[str, int]] = []
        for _ in range(VISITS):
            page = browser.new_context().new_page()
            finished: list[Request] = []
            page.on("requestfinished", lambda one, finished=finished: finished.append(one))
            page.goto(f"{base}/", wait_until="load")
            page.wait_for_timeout(300)
            paints.append(page.evaluate(_PAINT))
            sizes = [(one.url.removeprefix(base), one.sizes()["responseBodySize"]) for one in finished]
            page.context.close()
        browser.close()
    total = sum(size for _, size in sizes) / 1024
    print(f"  main page: {len(sizes)} requests, {total:.0f} kB, first paint after {statistics.median(paints):.0f} ms")
    for path, size in sizes:
        print(f"    {size / 1024:6.1f} kB {path[:60]}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--sources", type=int, default=400)
    parser.add_argument("--history", type=int, default=0, help="alerts and stories to put in for the while")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--only", default="", help="pages whose names hold this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = prepare(folder, options)
        with Archive.open(url) as archive, history(archive, options.history):
            last = archive.last_id()
            row = archive.article(last // 2)
            print(f"{archive.counts().articles:,} articles in {archive.url.partition(':')[0]}")
            source, rule = row.article.source if row else "", "r1" if options.url else "floods"
            filled = {"article": last // 2, "source": source, "rule": rule}
            with served(folder, url) as (base, pid), httpx2.Client(base_url=base, timeout=WAIT_S) as client:
                client.get("/")
                print(f"  the process holds {memory_mb(pid)[0]:.0f} MB after its first page")
                for title, path in PAGES.items():
                    if options.only in title:
                        ask(client, title, path.format(**filled), options.times, pid)
                now, most = memory_mb(pid)
                print(f"  the process holds {now:.0f} MB after all pages, {most:.0f} MB at most")
                if not options.no_browser:
                    in_browser(base)


if __name__ == "__main__":
    main()
