"""Kill Wirewatch at random and judge from outside whether it loses anything. Shares no code with it.

    python benchmarks/chaos_judge --kills 500 --minutes 22 --seed 1 [--roles] [--keep FOLDER]

A farm publishes into listings that are short, and logs what it named in each answer. The service is killed with
SIGKILL, whole or one process of it, and started again within three seconds. In the end the command line's JSON shows
what the runs recorded and what was stored, and this must hold:

- every article of a listing answer that a run recorded is stored, exactly once;
- every article that is stored was published, and every alert that is due exists exactly once and was sent;
- a record of a listing names as many articles as the answer did.

Exit code 1 where it does not.
"""

from __future__ import annotations

import argparse
import bisect
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent)]  # for `python -m benchmarks.chaos_judge`

import farm
from explain import is_killed, unread_articles
from processes import Service

ALL = "all processes"
WEIGHTS = {ALL: 4, "run": 2, "extraction worker": 36, "fork server": 15, "web": 17, "valkey": 26}
ROLE_WEIGHTS = {ALL: 5, "worker": 25, "scheduler": 10, "deliver": 10, "extraction worker": 15, "fork server": 5,
                "web": 5, "valkey": 10}  # fmt: skip
MAINS = {"run", "scheduler", "worker", "deliver", "web", "valkey"}
AGAIN_S = 3.0
STARTING_S = 30.0  # for a process to start before it is killed
LIMIT = "10000"
RUNS_AT_ONCE = 200


class Judge:
    """One run."""

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args = args
        self.folder = folder
        self.rng = random.Random(f"kills {args.seed}")
        self.service = Service(folder, roles=args.roles)
        self.killed: Counter[str] = Counter()
        self.kill_times: list[float] = []
        self.problems: list[str] = []
        self.figures: dict[str, Any] = {}

    def run(self) -> None:
        """Publish, kill, wait, judge."""
        args, log = self.args, self.folder / "farm.jsonl"
        numbers = [str(one) for one in (args.seed, args.hosts, args.window, args.gap)]
        command = [sys.executable, farm.__file__, str(log), *numbers]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as site:
            try:
                assert site.stdout is not None
                port = int(site.stdout.readline())
                (self.folder / "watch.yaml").write_text(self.watch(port))
                self.service.start()
                self.kills()
                site.send_signal(signal.SIGUSR1)
                self.settle(log)
                self.service.stop()
                self.judge(log, final=True)
            finally:
                self.service.stop()
                site.terminate()

    def watch(self, port: int) -> str:
        """Return the watch file."""
        sources = ""
        for host in range(self.args.hosts):
            kind, path = farm.listing_of(host)
            address = f"http://{farm.name_of(host)}:{port}{path}"
            sources += f"  - {{id: s{host}, {kind}: '{address}', every: 10s, delay: 100ms, revisit: []}}\n"
        rules = "".join(f"  - {{id: {word}, any: [{word}], send: [file]}}\n" for word in farm.KEYWORDS)
        channel = f"  - {{id: file, url: 'file:{self.folder / 'sent.jsonl'}'}}\n"
        return f"sources:\n{sources}rules:\n{rules}channels:\n{channel}"

    def kills(self) -> None:
        """Kill and restart until the time or the number of kills is reached."""
        args, begun = self.args, time.time()
        weights = ROLE_WEIGHTS if args.roles else WEIGHTS
        time.sleep(min(10.0, args.minutes * 10))
        end = begun + args.minutes * 60
        for left in range(args.kills, 0, -1):
            pause_s = max(0.05, (end - time.time()) / left)
            time.sleep(self.rng.expovariate(1 / pause_s))
            part = self.part(weights)
            self.killed[part] += 1
            if part != "web":  # which no crawl needs
                self.kill_times.append(time.time())
            self.service.kill(None if part == ALL else part, self.rng.choice)
            if any(process.poll() is not None for process in self.service.mains.values()):
                time.sleep(self.rng.uniform(0, min(AGAIN_S, pause_s)))
                self.service.start()
            if left % 25 == 1:
                print(f"{self.killed.total()} kills in {time.time() - begun:.0f} s", flush=True)
            if time.time() > end:
                break
        self.figures["kills"] = dict(self.killed)
        self.figures["minutes_of_kills"] = round((time.time() - begun) / 60, 1)

    def part(self, weights: dict[str, int]) -> str:
        """Return what to kill next, once the started processes have children."""
        given_up = time.time() + STARTING_S
        while not (there := set(self.service.parts().values())) - MAINS and time.time() < given_up:
            time.sleep(0.1)
            self.service.start()
        now = {name: weight for name, weight in weights.items() if name == ALL or name in there}
        return self.rng.choices([*now], [*now.values()])[0]

    def settle(self, log: Path) -> None:
        """Wait until nothing is missing, or until the timeout."""
        begun = time.time()
        while time.time() - begun < self.args.timeout:
            time.sleep(min(10.0, self.args.timeout / 10))
            self.service.start()
            self.problems.clear()
            try:
                self.judge(log, final=False)
            except subprocess.CalledProcessError as error:
                self.problems.append(f"{error.cmd}: {error.stderr}")
            if not self.problems:
                break
        self.figures["seconds_to_settle"] = round(time.time() - begun)

    def judge(self, log: Path, *, final: bool) -> None:
        """Compare what the farm logged with what the command line shows."""
        if final:
            self.problems.clear()
        args, service, served = self.args, self.service, served_by_address(log)
        listed = json.loads(service.command("runs", "--limit", LIMIT, "--json"))
        ids = [run["id"] for run in listed]
        shown: list[dict[str, Any]] = []
        for at in range(0, len(ids), RUNS_AT_ONCE):
            lines = service.command("runs", "show", "--json", *ids[at : at + RUNS_AT_ONCE])
            shown += map(json.loads, lines.splitlines())
        rows = [json.loads(line) for line in service.command("items", "export", "--format", "jsonl").splitlines()]
        alerts = json.loads(service.command("alerts", "list", "--limit", LIMIT, "--json"))
        recorded = self.recorded(shown, served)
        stored = Counter(row["url"] for row in rows)
        named = {link for answers in served.values() for answer in answers for link in answer["named"]}
        self.expect(not (missing := recorded - stored.keys()), "articles of recorded listings are missing", missing)
        self.expect(not (twice := {url for url, n in stored.items() if n > 1}), "articles are stored twice", twice)
        self.expect(not (strange := stored.keys() - named), "stored articles were never listed", strange)
        self.alerts(stored.keys(), alerts)
        unread = named - recorded - stored.keys()
        why, ours = unread_articles(unread, served, shown, self.kill_times)
        self.expect(not ours, "articles are in no record, though no kill explains it", ours)
        rolls_s = args.window * args.gap
        self.figures |= (
            {
                "runs": len(listed),
                "runs_killed": sum(is_killed(run) for run in shown),
                "answers_served": sum(map(len, served.values())),
                "answers_cut_off": sum(not answer["complete"] for answers in served.values() for answer in answers),
                "listings_recorded": sum(len(run["listings"]) for run in shown),
                "articles_named": len(named),
                "articles_in_recorded_listings": len(recorded),
                "articles_stored": len(rows),
                "named_but_in_no_record_and_not_stored": len(unread),
                "seconds_that_an_article_is_listed": rolls_s,
                "alerts": sum(one["rule"] in farm.KEYWORDS for one in alerts),
                "ended_by_themselves": Counter(service.ended),
            }
            | why
            | self.first_polls(served)
        )

    def recorded(self, shown: list[dict[str, Any]], served: dict[str, list[dict[str, Any]]]) -> set[str]:
        """Return the articles in responses of which a run has a record."""
        found: set[str] = set()
        for run in shown:
            for listing in run["listings"]:
                if listing["status"] not in {200, 304} or listing["error"] or listing["kind"] == "waiting":
                    continue
                answers = served.get(listing["address"], [])
                read = datetime.fromisoformat(listing["read"]).timestamp()
                at = bisect.bisect_right([one["at"] for one in answers], read + 0.05) - 1
                if at < 0:
                    self.problems.append(f"a record without an answer: {run['id']} {listing['address']}")
                    continue
                answer = answers[at]
                if listing["status"] == 200 and listing["named"] != len(answer["named"]):
                    counts = f"{listing['named']} recorded, {len(answer['named'])} served"
                    self.problems.append(
                        f"a record that differs from its answer: {run['id']} {listing['address']}: {counts}"
                    )
                found.update(answer["named"])
        return found

    def alerts(self, stored: Any, alerts: list[dict[str, Any]]) -> None:
        """Check that every alert was raised once, and sent."""
        due = set()
        for url in stored:
            host = farm.number_of(url.split("/")[2].partition(":")[0])
            number = int(url.rpartition("-")[2])
            due |= {(word, url) for word in farm.keywords_of(self.args.seed, host, number)}
        raised = Counter((one["rule"], one["url"]) for one in alerts if one["rule"] in farm.KEYWORDS)  # not of sources
        self.expect(not (missing := due - raised.keys()), "alerts are missing", missing)
        self.expect(not (more := raised.keys() - due), "alerts that are not due", more)
        self.expect(not (twice := {one for one, n in raised.items() if n > 1}), "alerts came twice", twice)
        sent_file = self.folder / "sent.jsonl"
        lines = sent_file.read_text().splitlines() if sent_file.exists() else []
        sent = Counter((one["rule"], one["url"]) for line in lines if (one := alert_in(line)))
        self.expect(not (unsent := raised.keys() - sent.keys()), "alerts were not sent", unsent)
        self.figures["messages_repeated"] = sum(sent.values()) - len(sent)

    def first_polls(self, served: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """Return the time from a start to the first request for a listing."""
        times = sorted(answer["at"] for answers in served.values() for answer in answers)
        waits = []
        for at, started in enumerate(self.service.starts):
            first = bisect.bisect_right(times, started)
            following = self.service.starts[at + 1] if at + 1 < len(self.service.starts) else float("inf")
            if first < len(times) and times[first] < following:
                waits.append(times[first] - started)
        if not waits:
            return {}
        ends = {"median": statistics.median(waits), "90 %": sorted(waits)[int(len(waits) * 0.9)], "longest": max(waits)}
        return {"starts": len(self.service.starts), "of_which_polled": len(waits),
                "seconds_to_first_poll": {name: round(value, 2) for name, value in ends.items()}}  # fmt: skip

    def expect(self, holds: bool, otherwise: str, which: Any) -> None:
        """Record a problem, with some examples."""
        if not holds:
            self.problems.append(f"{len(which)} {otherwise}: {sorted(which)[:5]}")


def alert_in(line: str) -> dict[str, Any]:
    """Return an alert of the channel's file; None for a line that a kill truncated."""
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return found


def served_by_address(log: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the responses to requests for listings, in order, by address."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        answer = json.loads(line)
        if answer["status"] in {200, 304} and "/news/" not in answer["address"]:
            found[answer["address"]].append(answer)
    return found


def main() -> int:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("kills", 500), ("seed", 1), ("hosts", 12), ("window", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--minutes", type=float, default=22.0, help="of kills")
    parser.add_argument("--gap", type=float, default=6.0, help="seconds between two articles of a host")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds to wait for what is missing")
    parser.add_argument("--roles", action="store_true", help="each role in a process of its own, beside a Valkey")
    parser.add_argument("--keep", type=Path, help="folder for logs; it must not exist")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ww-judge-") as name:
        folder = args.keep or Path(name)
        folder.mkdir(exist_ok=True)
        judge = Judge(args, folder)
        judge.run()
    print(json.dumps(judge.figures, indent=1))
    for problem in judge.problems:
        print("PROBLEM", problem)
    return int(bool(judge.problems))


if __name__ == "__main__":
    sys.exit(main())
