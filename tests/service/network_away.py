"""A service whose network goes away and comes back. Runs in a network namespace of its own, which it may take down.

    unshare --map-root-user --net python network_away.py FOLDER SECONDS

All sites and the receiver are on the loopback interface; the service's own Valkey listens on a socket of the file
system. The last line of the output is "everything is there once".
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawl_pages import article, feed
from mocksite import Delay, MockSite
from pace import slowness
from receivers import SECRET, HookServer, hooks
from service_process import Running, wait_for, wirewatch

HOSTS = 6
EVERY_S = 10
SOON_S = 90.0  # a request that was under way is given up after 30 s, and made again
REPORTED_S = 90.0  # by then two runs of every source have failed
WATCH = """sources:
{sources}
rules:
  - {{id: cranes, any: [crane], send: [file, hook]}}
health: {{send: [file, hook]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
  - {{id: hook, url: '{hook}', private: true, group: 0s, limit: 500/1h, secrets: [{secret}]}}
"""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def network(state: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


def publish(site: MockSite, numbers: range, delay_s: float = 0.0) -> None:
    """Have each host list `numbers.stop` articles, of which `numbers` are new."""
    for host in range(HOSTS):
        for n in numbers:
            path, text = f"/news/crane-{host}-{n}", article(f"crane {host} {n}")
            site.put(path, text, host=host, **({"behaviour": Delay(delay_s)} if delay_s else {}))
        urls = [site.url(f"/news/crane-{host}-{n}", host) for n in range(numbers.stop)]
        site.put("/feed.xml", feed(urls), host=host)


def rows_of(folder: Path) -> list[dict[str, str]]:
    path = folder / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def alerts_in_file(folder: Path) -> Counter[str]:
    rows = rows_of(folder)
    about_sources = [row for row in rows if row["rule"] != "cranes" and row["source"] != "this machine"]
    assert not about_sources, "no source is blamed"
    return Counter(row["id"] for row in rows if row["rule"] == "cranes")


def alerts_at_hook(folder: Path, hook: HookServer) -> Counter[str]:
    """By alert, in how many messages it came. A message that is repeated, as its answer was lost, has the same id."""
    notices = {row["id"] for row in rows_of(folder)} - alerts_in_file(folder).keys()
    messages = {one.id: one.alerts for one in hook.got}.values()
    return Counter(alert for alerts in messages for alert in alerts if alert not in notices)


def nothing_is_blamed(folder: Path) -> None:
    found = json.loads(wirewatch(folder, "sources", "health", "--json"))
    assert not [one for one in found if one["problems"]], found


def polled(site: MockSite, after: int) -> bool:
    """Whether each host was polled since there were `after` requests."""
    return {one.host for one in site.requests[after:] if one.path == "/feed.xml"} == set(range(HOSTS))


@contextmanager
def logged(service: Running) -> Iterator[None]:
    """Print the service's log if the block fails."""
    try:
        yield
    except BaseException:
        say(service.printed())
        raise


def scenario(folder: Path, site: MockSite, hook: HookServer, seconds: float) -> None:
    publish(site, range(2))
    with Running(folder) as service, logged(service):
        wait_for(lambda: alerts_at_hook(folder, hook).total() == alerts_in_file(folder).total() == 2 * HOSTS)
        publish(site, range(2, 4))
        wait_for(lambda: alerts_in_file(folder).total() == 4 * HOSTS)
        publish(site, range(4, 8), delay_s=1.0)  # and so are pages
        wait_for(lambda: bool(site.asked("/news/crane-0-4")))
        network("down")
        publish(site, range(8, 10))
        gone = len(site.requests)
        time.sleep(seconds)
        if seconds > REPORTED_S:
            service.until("is this machine online?")
        nothing_is_blamed(folder)
        assert len(site.requests) == gone, "the network is away"
        network("up")
        waited_s = wait_for(lambda: polled(site, gone))
        say(f"away for {seconds:g} s; every source polled {waited_s:.1f} s after the return")
        assert waited_s < SOON_S * max(slowness(), slowness(time.monotonic)), waited_s
        everything = {10 * HOSTS}
        took_s = wait_for(lambda: {len(alerts_in_file(folder)), len(alerts_at_hook(folder, hook))} == everything)
        say(f"all articles and alerts after another {took_s:.1f} s")
        time.sleep(EVERY_S + 2.0)
        nothing_is_blamed(folder)
    assert max(alerts_in_file(folder).values()) == max(alerts_at_hook(folder, hook).values()) == 1, "nothing came twice"
    rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--format", "json"))
    assert len(rows) == len({row["canonical_url"] for row in rows}) == 10 * HOSTS
    notices = [row["title"] for row in rows_of(folder) if row["rule"] != "cranes"]
    say(f"notices: {notices}")
    assert len(notices) <= 1
    assert notices or seconds <= REPORTED_S
    say("everything is there once")


def main(folder: Path, seconds: float) -> None:
    network("up")
    with MockSite(HOSTS) as site, hooks(share=0.0) as hook:  # only the network makes messages fail
        assert len(site.hosts) == HOSTS
        line = "  - {{id: s{n}, feed: '{url}', every: {every}s, delay: 0s}}"
        sources = [line.format(n=n, url=site.url("/feed.xml", n), every=EVERY_S) for n in range(HOSTS)]
        watch = WATCH.format(sources="\n".join(sources), hook=hook.url("/hook"), secret=SECRET)
        (folder / "watch.yaml").write_text(watch)
        scenario(folder, site, hook, seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
