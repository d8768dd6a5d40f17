"""The time of a start: to an open service, the first article, the first alert; after SIGKILL to the first poll.

python benchmarks/start_up.py [--runs 3]

"imports" are those of an open service, without anything else. The machine should be quiet; if it is not and you are
root, `chrt -r 10 python benchmarks/start_up.py` goes before everything else.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MARKS = {"open": "Press Ctrl-C to stop", "article": " article ", "alert": " alert "}
SOURCES = 20
EVERY_S = 10  # the shortest interval that a watch file may have
FEED = b'<rss version="2.0"><channel><title>None</title></channel></rss>'


def command(*more: str) -> list[str]:
    return [sys.executable, "-u", "-m", "crawler", "run", "--plain", *more]


def start(folder: Path, expected: set[str]) -> dict[str, float]:
    """Return the seconds to each mark of one run, and to its end."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command(), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        found: dict[str, float] = {}
        assert process.stdout
        for line in process.stdout:
            for name, text in MARKS.items():
                if text in line:
                    found.setdefault(name, time.perf_counter() - begun)
            if expected <= found.keys():
                break
        stopped = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait()
        return found | {"stop": time.perf_counter() - stopped}


class Site(ThreadingHTTPServer):
    """Feeds without news; `polled` is set when one is requested."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Feed)
        self.polled = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Feed(BaseHTTPRequestHandler):
    """The responses of the site."""

    server: Site

    def do_GET(self) -> None:
        """Respond to a poll; everything else, such as robots.txt, does not exist."""
        is_feed = self.path.startswith("/feed")
        if is_feed:
            self.server.polled.set()
        body = FEED if is_feed else b""
        self.send_response(200 if is_feed else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def until_polled(folder: Path, site: Site) -> dict[str, float]:
    """Return the seconds to "Press Ctrl-C" and to the first poll; then kill the service, but not its Valkey."""
    site.polled.clear()
    begun = time.perf_counter()
    with subprocess.Popen(
        command("--no-web"),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        while MARKS["open"] not in process.stdout.readline():
            pass
        opened = time.perf_counter() - begun
        assert site.polled.wait(60), "no poll"
        polled = time.perf_counter() - begun
        time.sleep(1)
        os.killpg(process.pid, signal.SIGKILL)
    return {"open": opened, "first poll": polled}


def imports() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gc; gc.disable(); import crawler.cli.service.run"], check=True)
    return time.perf_counter() - begun


def killed(runs: int) -> list[dict[str, float]]:
    """Return the times of starts after SIGKILL, of a service with a few sources that are due again."""
    with tempfile.TemporaryDirectory() as name:
        folder, site = Path(name), Site()
        feeds = (f"http://127.0.0.1:{site.server_port}/feed{n}" for n in range(SOURCES))
        lines = [f"  - {{id: s{n}, feed: '{url}', every: {EVERY_S}s, delay: 0s}}" for n, url in enumerate(feeds)]
        (folder / "watch.yaml").write_text("\n".join(["sources:", *lines, ""]))
        found = []
        for number in range(runs + 1):
            if number:  # sources of the last run are due then
                time.sleep(EVERY_S)
            found.append({"imports": imports()} | until_polled(folder, site))
        os.kill(int((folder / "var/valkey.pid").read_text()), signal.SIGTERM)
        return found[1:]


def show(label: str, runs: Sequence[dict[str, float]]) -> None:
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(label, "  ".join(f"{key} {seconds:.1f} s" for key, seconds in medians.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    first, second = [], []
    for _ in range(args.runs):
        with tempfile.TemporaryDirectory() as name:
            first.append(start(Path(name), set(MARKS)))
            second.append(start(Path(name), {"open"}))
    show("first run   ", first)
    show("second run  ", second)
    show("after a kill", killed(args.runs))


if __name__ == "__main__":
    main()
