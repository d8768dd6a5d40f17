"""The canary in both databases: it goes through the outbox, leaves nothing behind, and no reader finds it."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from crawler.archive import Archive, Entry
from crawler.archive.coverage.canary import KEPT
from crawler.archive.queries.dashboard import AlertFilter
from crawler.archive.tables.columns import metadata
from crawler.config import Watch
from crawler.health.canary import CANARY, CanaryResult, Stage
from crawler.items import Alert, Article, Candidate, Outcome, ReadListing, Run, Waiting
from crawler.service.delivery.planning import plan_all

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TOKEN = "0123456789abcdef"
URL = f"http://127.0.0.1:4000/news/{TOKEN}"
CRAWLER = Path(__file__).parents[2] / "crawler"
WRITERS = {  # modules that use the tables with the canary: they send, write or delete rows, or find them by article
    "archive/coverage/canary.py",
    "archive/maintenance/retention.py",
    "archive/queries/alerts.py",
    "archive/queries/articles.py",
    "archive/queries/derived_alerts.py",
    "archive/queries/health.py",
    "archive/queries/outbox.py",
    "archive/queries/revisits.py",
    "archive/queries/store.py",
    "archive/tables/visible.py",
}


def canary_entry() -> Entry:
    article = Article(
        url=URL, canonical_url=URL, title=f"Wirewatch canary {TOKEN}", text="A canary.", source=CANARY, found=NOW
    )
    alert = Alert(f"a{TOKEN}", CANARY, "1:a", CANARY, URL, article.title, NOW)
    return Entry(article, (alert,), ((alert.id, CANARY),), story=TOKEN, revisit=NOW)


def send_canary(archive: Archive) -> None:
    """Write all that a crawl of the canary writes."""
    run = Run(f"crawl:{CANARY}:1", CANARY, NOW, NOW, Outcome.DONE, found=1, new=1)
    archive.listings.record(run, [ReadListing("feed", URL, NOW)], [Waiting(7, Candidate(URL))])
    archive.store([canary_entry()])
    archive.save_run(run)


def rows(archive: Archive) -> dict[str, int]:
    def counted(connection: Connection) -> dict[str, int]:
        return {one.name: connection.scalar(select(func.count()).select_from(one)) for one in metadata.sorted_tables}

    return archive.read(counted)


def result(**fields: object) -> CanaryResult:
    return replace(CanaryResult(TOKEN, NOW, NOW + timedelta(seconds=9), None), **fields)


@pytest.fixture
def sent(archive: Archive) -> Archive:
    send_canary(archive)
    return archive


def test_it_leaves_only_its_alert_and_its_delivery(archive: Archive):
    before = rows(archive)
    send_canary(archive)
    send_canary(archive)
    after = rows(archive)
    assert {name for name in after if after[name] != before[name]} == {"alerts", "deliveries"}
    assert (after["alerts"], after["deliveries"]) == (1, 1)


def test_it_goes_through_the_outbox(sent: Archive):
    canaries, outbox = sent.canaries, sent.outbox
    assert canaries.outgoing(TOKEN).stored == NOW
    assert canaries.outgoing("another") == type(canaries.outgoing("x"))()
    plan_all(outbox, Watch(), NOW)
    assert canaries.outgoing(TOKEN).planned == NOW
    (due,) = outbox.due(NOW)
    message = outbox.message(CANARY, due.message)
    assert message is not None
    assert [alert.url for alert in message.alerts] == [URL]
    outbox.mark_failed(CANARY, due.message, NOW, "no route")
    assert canaries.outgoing(TOKEN).error == "no route"
    outbox.mark_sent(CANARY, due.message, NOW)
    assert canaries.outgoing(TOKEN).received == NOW


def test_no_reader_finds_it(sent: Archive):
    plan_all(sent.outbox, Watch(), NOW)
    assert sent.alerts() == []
    assert sent.alert(f"a{TOKEN}") is None
    assert sent.outbox.deliveries() == []
    assert sent.outbox.delivery(1) is None
    assert sent.dashboard.alerts(AlertFilter(), 10) == []
    assert sent.dashboard.alerts_by_day([(NOW - timedelta(days=1), NOW + timedelta(days=1))]) == {}
    figures = sent.dashboard.figures(NOW)
    assert (figures.alerts_today, figures.waiting, figures.dead, figures.runs_today, figures.last_id) == (0,) * 5
    counts = sent.counts()
    assert (counts.articles, counts.runs, counts.alerts, counts.pending) == (0, 0, 0, 0)
    assert not any(stage.count for stage in sent.latency(NOW - timedelta(days=1)))
    assert list(sent.items()) == []
    assert sent.runs() == []


def test_a_dead_canary_is_not_replayed(sent: Archive):
    plan_all(sent.outbox, Watch(), NOW)
    (due,) = sent.outbox.due(NOW)
    sent.outbox.mark_dead(CANARY, due.message, NOW, "gone")
    assert sent.dashboard.dead() == {}
    assert sent.outbox.replay(NOW) == 0


def test_its_end_deletes_it_and_keeps_a_week_of_results(sent: Archive):
    sent.canaries.end(result(token="old", published=NOW - KEPT - timedelta(minutes=1)))
    sent.canaries.end(result(passed=((Stage.PUBLISHED, NOW), (Stage.RECEIVED, NOW + timedelta(seconds=4)))))
    (one,) = sent.canaries.history(NOW - 2 * KEPT)
    assert one == sent.canaries.last()
    assert one.took == timedelta(seconds=4)
    assert (rows(sent)["alerts"], rows(sent)["deliveries"]) == (0, 0)


def test_a_late_one_is_open_until_another_comes_out(sent: Archive):
    notice = Alert("notice", "source health", "", "", "", "late", NOW, kind="unhealthy")
    sent.canaries.end(result(stopped=Stage.MATCHED, detail="why"), notice, ["desk"])
    last = sent.canaries.last()
    assert last is not None
    assert (last.stopped, last.detail, last.recovered) == (Stage.MATCHED, "why", None)
    assert [alert.id for alert in sent.alerts()] == ["notice"]
    assert [one.channel for one in sent.outbox.deliveries()] == ["desk"]
    later = NOW + timedelta(hours=1)
    sent.canaries.end(result(token="next", published=later, judged=later))
    assert [one.recovered for one in sent.canaries.history(NOW)] == [None, later]


def test_what_lists_or_counts_alerts_reads_those_without_the_canary():
    found = set()
    for path in CRAWLER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "crawler.archive.tables.schema":
                names = {alias.name for alias in node.names}
                found |= {str(path.relative_to(CRAWLER))} if names & {"alerts", "deliveries"} else set()
    assert found == WRITERS
