"""The figures of the overview of coverage, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive_samples import make_article
from sqlalchemy import insert, text

from crawler.archive import Archive, Entry
from crawler.archive.coverage.overview import MOST_ARTICLES, MOST_HITS, RuleHits
from crawler.archive.coverage.sightings import Named, SourceWeek
from crawler.archive.queries.sources import NamedSource
from crawler.archive.tables.rows import alert_values
from crawler.archive.tables.schema import alerts
from crawler.health.canary import CANARY
from crawler.health.recall import Recall, Unknown
from crawler.items import Alert, SiteListing

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)
SHARES = (
    Named(SiteListing("feed", "https://a.example/feed.xml"), 40),
    Named(SiteListing("home", "x", own=False), 9, 2),
)


def test_weeks_come_back_as_they_were_saved(database_url: str):
    with Archive.open(database_url) as archive:
        known = [
            SourceWeek("a", MONDAY - WEEK, Recall(40, 60, 60, 66), SHARES),
            SourceWeek("a", MONDAY, Recall(41, 60, 60, 66), SHARES),
            SourceWeek("a", MONDAY + WEEK, Recall(1, 1, 1, unknown=Unknown.TOO_FEW)),
            SourceWeek("b", MONDAY + WEEK, Recall(2, 2, 2, unknown=Unknown.NO_CHECK)),
            SourceWeek("c", MONDAY - WEEK, Recall(3, 3, 3, 3)),
        ]
        for one in known:
            archive.coverage.save_week(one)
        overview = archive.coverage_overview
        assert overview.latest(MONDAY) == {"a": SourceWeek("a", MONDAY, Recall(41, 60, 60, 66)), "b": known[3]}
        names = ["a", "b", "none"]
        assert overview.weeks(names, MONDAY) == {"a": known[1:3], "b": known[3:4], "none": []}
        assert overview.weeks([f"s{number}" for number in range(1_200)] + ["c"], MONDAY - WEEK)["c"] == known[4:]


def test_the_delay_is_that_of_the_newest_articles_with_a_certain_time(database_url: str):
    with Archive.open(database_url) as archive:
        archive.sources.note([NamedSource("a", "https://a.example/")], NOW - timedelta(days=2))
        entries = []
        for number in range(MOST_ARTICLES + 5):
            found = NOW - timedelta(minutes=number)
            took = timedelta(minutes=10) if number < MOST_ARTICLES else timedelta(hours=20)
            entries.append(Entry(make_article(number, source="a", found=found, published=found - took)))
        unsure = make_article(900, source="b", found=NOW, published=NOW - timedelta(hours=1), published_uncertain=True)
        older = make_article(901, source="a", found=NOW, published=NOW - timedelta(days=3))
        archive.store(
            [*entries, Entry(unsure), Entry(older), Entry(make_article(902, source="b", found=NOW, published=None))]
        )
        took_by = archive.coverage_overview.freshness(["a", "b", "none"], NOW - WEEK)
        assert (took_by["a"].count, took_by["a"].p50, took_by["a"].p99) == (MOST_ARTICLES - 1, 600, 600)
        assert took_by["b"].count == took_by["none"].count == 0


def test_hits_are_counted_up_to_a_limit_and_without_the_canary(database_url: str):
    def raised(number: int, rule: str, days: float, **fields: object) -> dict[str, object]:
        at = NOW - timedelta(days=days)
        one = Alert(f"{rule}{number}", rule, "1", "a", "https://a.example/", "T", at, story=f"{number}", **fields)
        return alert_values(one, None)

    with Archive.open(database_url) as archive:
        rows = [raised(number, "much", 1 + number / 10_000) for number in range(MOST_HITS + 10)]
        rows += [raised(1, "old", 90), raised(2, "old", 1, kind="headline"), raised(3, "old", 1, baseline=True)]
        rows += [raised(1, CANARY, 1), raised(1, "few", 1), raised(2, "few", 8)]
        archive.write(lambda connection: connection.execute(insert(alerts), rows))
        assert archive.coverage_overview.hits(["much", "old", "few", "none", CANARY], NOW - WEEK) == {
            "much": RuleHits(MOST_HITS, NOW - timedelta(days=1)),
            "old": RuleHits(0, NOW - timedelta(days=90)),
            "few": RuleHits(1, NOW - timedelta(days=1)),
            "none": RuleHits(),
            CANARY: RuleHits(),
        }


def test_sqlite_reads_them_by_an_index(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path}/a.db") as archive:

        def plan(query: str) -> str:
            return archive.write(lambda connection: str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()))

        assert "ix_source_weeks_week" in plan("SELECT named FROM source_weeks WHERE week = 1")
        assert "ix_alerts_rule_matched" in plan(
            "SELECT matched FROM (SELECT * FROM alerts WHERE rule <> '~canary') WHERE rule = 'a' AND kind = 'new' "
            "AND NOT baseline ORDER BY matched DESC LIMIT 1"
        )
