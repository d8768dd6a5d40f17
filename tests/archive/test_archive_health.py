"""How sources fare, in both databases: runs with what they met, illnesses, alerts of no article."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from archive_samples import NOW, make_article, make_entry

from crawler.archive import Archive
from crawler.archive.maintenance.retention import prune
from crawler.archive.queries.dashboard import AlertFilter
from crawler.archive.queries.health import SourceProblem
from crawler.config.archive import ArchiveRetention
from crawler.health import SOURCE_HEALTH, Condition
from crawler.items import Alert, Observed, Outcome, Run

HOUR = timedelta(hours=1)
SOON = NOW + HOUR
SEEN = Observed(
    listing="0123456789abcdef",
    newest=datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
    reasons=(("consent", 2), ("too-short", 1)),
    paywalled=1,
    words=412,
    signals=(("moved", "https://new.example/feed"),),
)


def make_run(name: str, source: str = "a", minute: int = 0, **fields: object) -> Run:
    started = NOW + timedelta(minutes=minute)
    return Run(name, source, started, started + timedelta(seconds=3), **fields)


def make_alert(name: str, kind: str = "unhealthy", source: str = "a") -> Alert:
    return Alert(
        name, SOURCE_HEALTH, "", source, "https://a.example/feed", "a: frozen", NOW, excerpts=("x",), kind=kind
    )


def test_a_run_comes_back_with_what_it_met(archive: Archive):
    runs = [make_run("r1", observed=SEEN, pages=4), make_run("r2", minute=1), make_run("r3", minute=2, pages=1)]
    for run in runs:
        archive.save_run(run)
    assert archive.health.runs("a", 10, until=SOON) == runs
    assert archive.health.runs("a", 2, until=SOON) == runs[1:]
    assert archive.health.runs_with_pages("a", NOW, 10, until=SOON) == [runs[0], runs[2]]
    assert archive.health.runs_with_pages("a", NOW + timedelta(minutes=1), 10, until=SOON) == [runs[2]]
    assert archive.runs("a") == runs[::-1]


def test_only_abnormal_runs_are_found_again(archive: Archive):
    archive.save_run(make_run("r1", "moved", observed=SEEN))
    archive.save_run(make_run("r2", "failed", 1, outcome=Outcome.FAILED, error="status 500"))
    archive.save_run(make_run("r3", "well", 2, pages=3, observed=Observed(listing="x", words=400)))
    archive.save_run(make_run("r4", "moved", 3, observed=SEEN))
    assert archive.health.abnormal(NOW, until=SOON) == {
        "moved": NOW + timedelta(minutes=3),
        "failed": NOW + timedelta(minutes=1),
    }
    assert archive.health.abnormal(NOW + timedelta(minutes=4), until=SOON) == {}
    assert archive.health.last_runs(["well", "moved", "nobody"], until=SOON) == {
        "well": NOW + timedelta(minutes=2),
        "moved": NOW + timedelta(minutes=3),
    }
    assert archive.health.failed(NOW, until=SOON) == [("failed", NOW + timedelta(minutes=1), "status 500")]
    at = [NOW + timedelta(minutes=n) for n in range(4)]
    assert sorted(archive.health.answered(NOW, until=SOON)) == [("moved", at[0], at[3]), ("well", at[2], at[2])]
    archive.save_run(make_run("r4", "moved", 3))
    assert archive.health.abnormal(NOW + timedelta(minutes=2), until=SOON) == {}, "what is saved again is judged again"


def test_a_problem_is_reported_once_and_its_end_once(archive: Archive):
    health = archive.health
    one = SourceProblem("a", Condition.FROZEN, NOW - HOUR, NOW, "nothing\x00 new")
    assert health.begin(one, make_alert("unhealthy-1"), ["desk", "night"])
    assert not health.begin(one, make_alert("unhealthy-2"), ["desk"]), "it is known"
    assert health.begin(SourceProblem("a", Condition.MOVED, NOW, NOW), make_alert("unhealthy-3"), [])
    [frozen, moved] = health.open_problems()
    assert (frozen.condition, frozen.since, frozen.detected, frozen.recovered) == (
        Condition.FROZEN,
        NOW - HOUR,
        NOW,
        None,
    )
    assert frozen.detail == "nothing\ufffd new"
    assert moved.condition is Condition.MOVED
    assert health.open_problems(["b"]) == []
    assert {one.channel for one in archive.outbox.waiting()} == {"desk", "night"}
    assert health.end("a", Condition.FROZEN, NOW + HOUR, make_alert("recovered-1", "recovered"), ["desk"])
    assert not health.end("a", Condition.FROZEN, NOW + HOUR, make_alert("recovered-2", "recovered"), ["desk"])
    assert [one.condition for one in health.open_problems()] == [Condition.MOVED]
    assert [(one.condition, one.recovered) for one in health.past_problems("a")] == [(Condition.FROZEN, NOW + HOUR)]
    assert health.begin(SourceProblem("a", Condition.FROZEN, NOW, NOW), make_alert("unhealthy-4"), []), "again"


def test_two_schedulers_report_it_once(archive: Archive):
    one = SourceProblem("a", Condition.GONE, NOW, NOW)
    with ThreadPoolExecutor(4) as threads:
        begun = list(threads.map(lambda n: archive.health.begin(one, make_alert(f"ill-{n}"), ["desk"]), range(8)))
    assert sorted(begun) == [False] * 7 + [True]
    assert len(archive.outbox.waiting()) == 1


def test_alerts_of_sources_stand_beside_those_of_articles(archive: Archive):
    archive.store([make_entry(make_article(1), "embassy")])
    archive.health.begin(SourceProblem("a", Condition.FROZEN, NOW, NOW), make_alert("unhealthy-1"), ["desk"])
    found = {alert.kind: alert for alert in archive.dashboard.alerts(AlertFilter(), 10)}
    assert (found["unhealthy"].article_id, found["unhealthy"].rule, found["unhealthy"].outlets) == (0, SOURCE_HEALTH, 1)
    assert found["new"].article_id == 1
    assert archive.alert("unhealthy-1") == found["unhealthy"]
    assert [delivery.alert.kind for delivery in archive.outbox.deliveries(alert_id="unhealthy-1")] == ["unhealthy"]
    [queued] = [one for one in archive.outbox.waiting() if one.rule == SOURCE_HEALTH]
    assert queued.source == "a"


def test_a_removed_source_is_not_unhealthy_any_more(archive: Archive):
    for source in ("a", "b"):
        archive.health.begin(
            SourceProblem(source, Condition.GONE, NOW, NOW), make_alert(f"unhealthy-{source}", source=source), []
        )
    archive.health.forget(["b"], NOW + HOUR)
    assert [one.source for one in archive.health.open_problems()] == ["b"]
    assert archive.health.past_problems("a")[0].recovered == NOW + HOUR


def test_retention_takes_what_is_long_over(archive: Archive):
    health, year = archive.health, timedelta(days=365)
    for number, (source, condition) in enumerate((("a", Condition.GONE), ("b", Condition.GONE))):
        health.begin(SourceProblem(source, condition, NOW, NOW), make_alert(f"ill-{number}", source=source), [])
    health.end("a", Condition.GONE, NOW + HOUR, make_alert("recovered", "recovered"), ["desk"])
    prune(archive, ArchiveRetention(keep="300d"), NOW + year)
    assert health.past_problems("a") == []
    assert [one.source for one in health.open_problems()] == ["b"], "what is ill now stays"
    kinds = [alert.id for alert in archive.dashboard.alerts(AlertFilter(), 10)]
    assert kinds == ["recovered"], "an alert that was not delivered stays"
