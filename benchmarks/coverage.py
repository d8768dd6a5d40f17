"""Estimates of what sources miss, on sites whose truth is known.

    python benchmarks/coverage.py [--sites 200] [--weeks 3] [--crawls 6] [--days 5]

Part 1, simulated: 200 sites by a clock of its own. The estimator, its tables and queries (SQLite), and the plan of
checks are the real ones. Crawls are simulated: what a listing names when it is polled or read goes into the archive as
a crawl's sightings. All polls of two hours are one crawl. Part 2, crawled: a few of these sites on loopback, crawled by
the real spiders, pipelines and state (Valkey) by a clock that moves an hour between crawls.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))
from coverage_crawls import crawl_farm
from coverage_farm import DEPENDENCE, EVERY, SHAPES, Site, grow
from sqlalchemy import Connection

from crawler.archive import Archive
from crawler.archive.coverage.sightings import Sightings, SourceWeek, record
from crawler.config import Source, parse_watch
from crawler.items import SiteListing
from crawler.schedule.check_plan import MOST_CREDIT, SHARE, CheckListing, CheckPlan
from crawler.schedule.publishing_pattern import HOURS_A_WEEK, PublishingPattern, next_poll
from crawler.service.scheduler.coverage import SETTLED, WINDOW, CoverageWatch

BEGIN: Final = datetime(2026, 8, 31, tzinfo=UTC)  # a Monday
STEP: Final = timedelta(hours=2)
CRAWLED_FROM: Final = datetime(2026, 8, 29, tzinfo=UTC)
DAY: Final = timedelta(days=1)
SEED: Final = 1
WARM_UP: Final = timedelta(days=7)  # each listing's first reading shows only what is old
PAST: Final = timedelta(days=8)  # articles before the first poll


@dataclass(slots=True)
class Result:
    """What became of one site. `found`: by article, when its first listing was read."""

    site: Site
    requests: int = 0  # without checks
    checks: int = 0
    found: dict[int, datetime] = field(default_factory=dict)
    weeks: list[SourceWeek] = field(default_factory=list)

    def published(self, week: SourceWeek) -> int:
        """Return how many articles were published in a week; those that were found count by the time when they were."""
        until = week.week + WINDOW
        return week.recall.seen + sum(number not in self.found for number in self.site.published(week.week, until))

    def in_time(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Return how many hidden articles some listing names, and how many of these were found within a day."""
        hidden = [number for number in self.site.published(since, until) if self.site.hidden(number)]
        late = datetime.max.replace(tzinfo=UTC)
        return len(hidden), sum(self.found.get(n, late) - self.site.articles[n].at <= DAY for n in hidden)


class Simulation:
    """One site, polled as its publishing pattern requires and checked by the plan."""

    def __init__(self, archive: Archive, site: Site, source: Source) -> None:
        self.archive, self.source, self.result = archive, source, Result(site)
        self.listings = [SiteListing(one.kind, self.address(one.path), own=one.own) for one in site.listings]
        self.plan = CheckPlan(self.address("/")).discover("", ())
        for one in self.listings:
            if not one.own:
                self.plan = self.plan.discover(one.kind, [one.address])
        self.credit = 0.0
        self.seen: set[int] = set()
        self.first: dict[int, set[int]] = {}  # by listing: what its first reading named, as long as it does
        self.counts: list[int] | None = None

    def address(self, path: str) -> str:
        """Return the address of a path."""
        return f"https://{self.result.site.name}.example{path}"

    def own(self) -> list[int]:
        """Return the positions of the listings that are polled."""
        return [position for position, one in enumerate(self.listings) if one.own]

    def run(self, until: datetime) -> Result:
        """Poll until then, and judge each whole week a day after its end."""
        site, watch, now, pending = self.result.site, CoverageWatch(self.archive), BEGIN, []
        pattern = PublishingPattern((site.rate / 24,) * HOURS_A_WEEK)
        judged, polls = BEGIN + WINDOW + SETTLED, round(STEP / (site.every or next_poll(pattern, BEGIN) - BEGIN))
        while now < until:
            if now >= judged:
                self.write(pending)
                watch.judge(self.source, judged)
                self.promote()
                judged += WINDOW
            seen = self.poll(now, polls)
            if seen is not None:
                pending.append((seen, now))
            now += STEP
        self.write(pending)
        watch.judge(self.source, judged)
        self.result.weeks = self.archive.coverage.weeks(BEGIN + WARM_UP, site.name)
        return self.result

    def write(self, pending: list[tuple[Sightings, datetime]]) -> None:
        """Write what crawls named, as `Archive.save_run` does, many crawls in one transaction."""

        def all_at_once(connection: Connection) -> None:
            for seen, now in pending:
                record(connection, self.source.id, seen, now)

        self.archive.write(all_at_once)
        pending.clear()

    def promote(self) -> None:
        """Poll what the watch has promoted."""
        promoted = {one.address for one in self.archive.coverage.promoted(self.source.id)}
        self.listings = [
            SiteListing(one.kind, one.address, one.own or one.address in promoted) for one in self.listings
        ]
        self.plan = self.plan.without(promoted)

    def poll(self, now: datetime, polls: int) -> Sightings | None:
        """Crawl, which takes so many polls; None if there was nothing new."""
        site, own = self.result.site, self.own()
        counts, before = [site.appeared(position, now) for position in own], self.counts
        self.counts, requests, checks, seen = counts, polls * len(own), 0, Sightings()
        if counts != before:
            named = {position: set(site.visible(position, now)) for position in own}
            new = set().union(*named.values()) - self.seen
            requests += len(new)
            if before is not None:
                self.note(seen, named, new, now)
            self.seen |= new
        if self.credit >= 1 and (due := self.plan.due(now.timestamp())) is not None:
            checks, new = self.check(due, seen, now)
            requests += new
        self.credit += (SHARE * requests if self.credit < MOST_CREDIT else 0.0) - checks
        self.result.requests += requests
        self.result.checks += checks
        return seen if seen.named else None

    def check(self, due: CheckListing, seen: Sightings, now: datetime) -> tuple[int, int]:
        """Read a listing as a check; return the requests for it, and for new articles."""
        position = next(n for n, one in enumerate(self.listings) if one.address == due.url)
        visible = set(self.result.site.visible(position, now))
        is_first = position not in self.first
        first = self.first[position] = visible if is_first else visible & self.first[position]
        named = visible - first
        new = named - self.seen
        if not is_first:
            self.note(seen, {position: named}, new, now)
        self.seen |= new
        self.plan = self.plan.read(due.url, now.timestamp(), failed=not visible)
        return 2 if due.url.endswith("sitemap.xml") else 1, len(new)  # an index and its newest child

    def note(self, seen: Sightings, named: dict[int, set[int]], new: set[int], now: datetime) -> None:
        """Record what listings named in a crawl, and the new articles as stored."""
        for position, numbers in named.items():
            seen.named[self.listings[position]] = {self.key(number) for number in numbers}
        seen.new.update(self.key(number) for number in new)
        seen.stored.update((self.key(number), frozenset({self.key(number)})) for number in new)
        self.result.found.update(dict.fromkeys(new, now))

    @staticmethod
    def key(number: int) -> int:
        """Return the URL key of an article."""
        return number + 1


def verdicts(results: list[Result], shape: str, dependence: str) -> Counter[str]:
    """Count the source-weeks of one kind of site by what became of their estimates."""
    counts: Counter[str] = Counter()
    for one in results:
        if shape in {"", one.site.shape} and dependence in {"", one.site.dependence}:
            for week in one.weeks:
                truth, found = one.published(week), week.recall
                if found.most is None:
                    counts[f"unknown: {found.unknown}"] += 1
                else:
                    counts["right" if found.least <= truth <= found.most else "wrong"] += 1
                counts["limit wrong"] += found.least > truth
    return counts


def print_table(results: list[Result]) -> None:
    """Print a line for each shape and dependence."""
    print(f"{'shape':28}{'dependence':13}{'weeks':>6}{'estimates':>11}{'right':>8}{'of these':>9}{'cannot tell':>13}")
    for shape in (*SHAPES, ""):
        for dependence in DEPENDENCE:
            counts = verdicts(results, shape, dependence)
            right, wrong = counts["right"], counts["wrong"]
            weeks = counts.total() - counts["limit wrong"]
            if weeks:
                share = f"{right / (right + wrong):9.0%}" if right + wrong else f"{'-':>9}"
                unknown = (weeks - right - wrong) / weeks
                print(f"{shape or 'all':28}{dependence:13}{weeks:6}{right + wrong:11}{right:8}{share}{unknown:13.0%}")


def print_rest(results: list[Result], since: datetime, until: datetime) -> None:
    """Print why there is no estimate, what checks cost, and what they found."""
    for dependence in DEPENDENCE:
        why = [(text, n) for text, n in verdicts(results, "", dependence).items() if text.startswith("unknown")]
        print(f"cannot tell, {dependence}: " + "; ".join(f"{n}x {text[9:]}" for text, n in sorted(why)))
    above = sum(verdicts(results, "", one)["limit wrong"] for one in DEPENDENCE)
    print(f"weeks whose lower limit is above the truth: {above}")
    requests, checks = sum(one.requests for one in results), sum(one.checks for one in results)
    worst = max(one.checks / one.requests for one in results)
    print(f"requests for checks: {checks / requests:.2%} of {requests:,} others, at most {worst:.2%} of one source's")
    print("hidden articles that some listing names, found within a day:")
    for every, name in ((None, "by pattern"), (EVERY, "every 30 minutes")):
        for low, high in ((0, 15), (15, 30), (30, 100)):
            some = [one for one in results if low <= one.site.rate < high and one.site.every == every]
            pairs = [one.in_time(since, until) for one in some]
            hidden, soon = sum(all_ for all_, _ in pairs), sum(found for _, found in pairs)
            share = f"{soon / hidden:.1%} of {hidden:,}" if hidden else "none"
            print(f"  polled {name}, {low} to {high} articles a day: {share}")


def simulate(count: int, weeks: int) -> None:
    """Part 1."""
    until = BEGIN + weeks * WINDOW + SETTLED
    sites = [grow(number, SEED, BEGIN - PAST, until) for number in range(count)]
    kinds = {site.name: "site" if site.shape == "sections" else "feed" for site in sites}
    text = "".join(f"  - {{id: {name}, {kind}: 'https://{name}.example/'}}\n" for name, kind in kinds.items())
    watch, results = parse_watch(f"sources:\n{text}", {}, subject="farm"), []
    with tempfile.TemporaryDirectory() as folder, Archive.open(f"sqlite:///{folder}/farm.db") as archive:
        for site, source in zip(sites, watch.sources, strict=True):
            results.append(Simulation(archive, site, source).run(until))
    print(f"Part 1, simulated crawls: {count} sites, {weeks} weeks, the first not counted")
    print_table(results)
    print_rest(results, BEGIN + WARM_UP, until - DAY - DAY)


def crawl(count: int, days: int) -> None:
    """Part 2."""
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(crawl_farm(Path(folder), count, CRAWLED_FROM, days))
    print(f"Part 2, crawled: {count} sites, {days} days, every hour, listings independent")
    for one in results:
        cost = f"{one.checks} checks for {one.requests} requests ({one.checks / one.requests:.1%})"
        print(f"{one.site.shape}: {cost}; {one.found} of {one.hidden} hidden articles found within a day")
        for week, truth in one.weeks:
            found = week.recall
            estimate = f"{found.least} to {found.most}" if found.most is not None else f"cannot tell: {found.unknown}"
            print(f"  week of {week.week:%Y-%m-%d}: {estimate}; published: {truth}, named: {found.named}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sites", type=int, default=200)
    options.add_argument("--weeks", type=int, default=3)
    options.add_argument("--crawls", type=int, default=6, help="sites that are crawled")
    options.add_argument("--days", type=int, default=5, help="that they are crawled")
    chosen = options.parse_args()
    if chosen.sites:
        simulate(chosen.sites, chosen.weeks)
    if chosen.crawls:
        crawl(chosen.crawls, chosen.days)


if __name__ == "__main__":
    main()
