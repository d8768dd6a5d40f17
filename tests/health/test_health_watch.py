"""The one who watches over sources: outages of our own, what is expected, restarts, and what a reader is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive import Archive, Entry, Visited
from crawler.config import Watch, parse_watch
from crawler.health import Condition
from crawler.items import Alert, Article, Observed, Outcome, Run
from crawler.notify import Dispatch, Form
from crawler.notify.message import render
from crawler.service.delivery.planning import plan_all
from crawler.service.scheduler.connection import SPREAD
from crawler.service.scheduler.health import HealthWatch, next_silence_check, silence_of
from crawler.usecases.source_status import source_statuses

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path}/wirewatch.db") as opened:
        yield opened


def watch_of(count: int, extra: str = "", after: str = "") -> Watch:
    lines = "".join(f'  - {{id: s{n}, feed: "https://s{n}.example/feed"{extra}}}\n' for n in range(count))
    told = 'health: {send: [desk]}\nchannels:\n  - {id: desk, url: "https://hook.example/x"}\n'
    return parse_watch(f"sources:\n{lines}{told}{after}", {}, subject="watch.yaml")


def save(archive: Archive, source: str, minute: int, **fields: object) -> None:
    started = NOW + minute * MINUTE
    archive.save_run(Run(f"{source}-{minute}", source, started, started + timedelta(seconds=2), **fields))


def fails(archive: Archive, source: str, minute: int) -> None:
    save(archive, source, minute, outcome=Outcome.FAILED, error="https://x: no answer within 30 s", failed=1)


def moved(archive: Archive, source: str, minute: int, where: str = "https://new.example/feed") -> None:
    save(archive, source, minute, found=3, unchanged=3, observed=Observed(signals=(("moved", where),)))


def test_when_most_sources_fail_no_source_is_blamed(archive: Archive):
    watcher, watch = HealthWatch(archive), watch_of(8)
    for minute in (0, 5):
        for number in range(6):
            fails(archive, f"s{number}", minute)
        for number in (6, 7):
            save(archive, f"s{number}", minute, unchanged=1)
    lines = watcher.check(watch, NOW + 6 * MINUTE)
    assert lines == ["most sources fail at the same time: is this machine online? No source is reported"]
    assert watcher.check(watch, NOW + 7 * MINUTE) == [], "it is said once"
    assert archive.health.open_problems() == []
    for minute in (20, 25, 40, 45):
        fails(archive, "s0", minute)
        for number in range(1, 8):
            save(archive, f"s{number}", minute, unchanged=1)
    again, line = watcher.check(watch, NOW + 46 * MINUTE)
    assert again.startswith("sources answer again; they did not since 08:00:00 UTC: 6 to poll again")
    assert line.startswith("s0: failing. ")


def test_two_of_three_that_fail_are_reported(archive: Archive):
    for minute in (0, 5):
        for number in range(2):
            fails(archive, f"s{number}", minute)
    watcher, watch = HealthWatch(archive), watch_of(3)
    assert watcher.check(watch, NOW + 6 * MINUTE) == [], "no other source was polled: our own network may be away"
    save(archive, "s2", 7, unchanged=1)
    lines = watcher.check(watch, NOW + 8 * MINUTE)
    assert [line.split(":")[0] for line in lines] == ["s0", "s1"]


def test_the_only_source_is_reported_after_a_while_and_once(archive: Archive):
    watcher, watch = HealthWatch(archive), watch_of(1)
    for minute in range(30):
        fails(archive, "s0", minute)
        lines = watcher.check(watch, NOW + minute * MINUTE)
        assert bool(lines) == (minute == 16), (minute, lines)


def test_a_status_is_an_answer(archive: Archive):
    for minute in (0, 5):
        for number in range(6):
            save(archive, f"s{number}", minute, outcome=Outcome.FAILED, error="https://x: status 503", failed=1)
    lines = HealthWatch(archive).check(watch_of(6), NOW + 6 * MINUTE)
    assert [line.split(":")[0] for line in lines] == [f"s{n}" for n in range(6)]


@pytest.mark.parametrize("count", [3, 4, 6, 12])
def test_an_outage_of_three_minutes_blames_no_source_and_is_notified_once(archive: Archive, count: int):
    watcher, watch = HealthWatch(archive), watch_of(count)
    told = []
    for minute in range(8):
        for number in range(count):
            if 4 <= minute < 7:
                fails(archive, f"s{number}", minute)
            else:
                save(archive, f"s{number}", minute, unchanged=1)
            told += watcher.check(watch, NOW + (minute + number / count) * MINUTE)
        again = watcher.connection.take_again()
        assert again == ({f"s{n}" for n in range(count)} if minute == 7 else set())
    assert [line.split(";")[0].split(":")[0] for line in told] == [
        "most sources fail at the same time",
        "sources answer again",
    ]
    assert archive.health.open_problems() == archive.health.past_problems("s0") == []
    [alert] = archive.alerts(limit=None)
    assert (alert.source, alert.kind, alert.article_id) == ("this machine", "recovered", 0)
    assert alert.title == "no source could be reached from 2026-11-23 08:04 UTC to 08:07 UTC"
    fails(archive, "s1", 20)
    assert watcher.check(watch, NOW + 21 * MINUTE) == [], "its failures in the outage are not its own"


def test_an_outage_that_lasts_is_notified_while_it_does(archive: Archive):
    watcher, watch = HealthWatch(archive), watch_of(4)
    for minute in range(0, 120, 5):
        for number in range(4):
            fails(archive, f"s{number}", minute)
        watcher.check(watch, NOW + (minute + 1) * MINUTE)
    [alert] = archive.alerts(limit=None)
    assert (alert.kind, alert.title) == ("unhealthy", "no source answers since 2026-11-23 08:00 UTC")
    assert archive.health.open_problems() == []


def test_after_an_outage_messages_that_reached_no_host_are_sent_again(archive: Archive):
    """The receiver that answered waits as it asked; attempts that the network failed do not count."""
    watcher, watch = HealthWatch(archive), watch_of(4)
    errors = {"a": "hook: network unreachable", "b": "hook: answered 503"}
    for name in errors:
        archive.health.notify(make_alert(name), ["desk"])
        plan_all(archive.outbox, watch, NOW)
    for one in archive.outbox.due(NOW):
        archive.outbox.mark_failed(one.channel, one.message, NOW + 60 * MINUTE, errors[one.message])
    for number in range(4):
        fails(archive, f"s{number}", 0)
    watcher.check(watch, NOW + MINUTE)
    save(archive, "s2", 2, unchanged=1)
    [line] = watcher.check(watch, NOW + 3 * MINUTE)
    assert line.endswith(": 4 to poll again, 1 message to send again")
    due = archive.outbox.due(NOW + 3 * MINUTE)
    assert [(one.message, one.attempts) for one in due if one.message in errors] == [("a", 0)]


def test_after_an_outage_everything_that_it_kept_away_is_due(archive: Archive):
    """A source whose pages alone failed is polled again, and a revisit of the plan that reached no host is repeated."""
    watcher, watch = HealthWatch(archive), watch_of(6)
    end, found = NOW + 3 * MINUTE, NOW - timedelta(hours=1)
    articles = [Article(f"https://s4.example/{n}", f"Title {n}", "Text.", source="s4", found=found) for n in range(3)]
    archive.store([Entry(one, revisit=NOW) for one in articles])
    late, missing, planned = (timedelta(hours=hours) for hours in (1, 1, 2))
    archive.visits.record(Visited(1, NOW, NOW + late, 0))
    archive.visits.record(Visited(2, NOW, NOW + missing, 0, missing=NOW))
    archive.visits.record(Visited(3, NOW, NOW + planned, 1))
    for number in (0, 1, 2, 3, 5):
        fails(archive, f"s{number}", 0)
    save(archive, "s4", 0, unchanged=1, outcome=Outcome.PARTIAL, failed=1, error="https://s4.example/x: no such host")
    watcher.check(watch, NOW + MINUTE)
    assert watcher.connection.take_over() is None
    save(archive, "s2", 2, unchanged=1)
    watcher.check(watch, end)
    assert watcher.connection.take_again() == {f"s{number}" for number in range(6)}
    assert watcher.connection.take_over() == 3 * MINUTE
    assert watcher.connection.take_over() is None, "once"
    dues = [archive.visits.of(n).due for n in (1, 2, 3)]
    assert end <= dues[0] <= end + SPREAD
    assert dues[1:] == [NOW + missing, NOW + planned]


def make_alert(name: str) -> Alert:
    return Alert(name, "cranes", "", "s0", "https://x/", name, NOW - 10 * MINUTE)


def test_what_is_expected_is_not_reported_and_ends_when_it_becomes_so(archive: Archive):
    watcher = HealthWatch(archive)
    for minute in (0, 10):
        moved(archive, "s0", minute)
    assert watcher.check(watch_of(1, ", expect: [moved]"), NOW + 11 * MINUTE) == []
    moved(archive, "s0", 20)
    assert len(watcher.check(watch_of(1), NOW + 21 * MINUTE)) == 1
    moved(archive, "s0", 30)
    [line] = watcher.check(watch_of(1, ", expect: [moved]"), NOW + 31 * MINUTE)
    assert line.startswith("s0 has recovered: it was moved")


def test_a_restart_reports_nothing_twice_and_a_paused_source_is_left_alone(archive: Archive):
    for minute in (0, 10):
        moved(archive, "s0", minute)
    assert HealthWatch(archive).check(watch_of(1, ", paused: true"), NOW + 11 * MINUTE) == []
    assert len(HealthWatch(archive).check(watch_of(1), NOW + 11 * MINUTE)) == 1
    assert HealthWatch(archive).check(watch_of(1), NOW + 12 * MINUTE) == []
    for minute in (20, 30):
        save(archive, "s0", minute, unchanged=3)
    assert len(HealthWatch(archive).check(watch_of(1), NOW + 31 * MINUTE)) == 1


def test_a_source_that_left_the_watch_file_is_forgotten_without_a_word(archive: Archive):
    for minute in (0, 10):
        moved(archive, "s1", minute)
    watcher = HealthWatch(archive)
    assert len(watcher.check(watch_of(2), NOW + 11 * MINUTE)) == 1
    assert watcher.check(watch_of(1), NOW + 12 * MINUTE) == []
    assert archive.health.open_problems() == []


def test_what_a_reader_is_sent(archive: Archive):
    watch = watch_of(1)
    for minute in (0, 10):
        moved(archive, "s0", minute, "https://new.example/feed")
    HealthWatch(archive).check(watch, NOW + 11 * MINUTE)
    plan_all(archive.outbox, watch, NOW + 12 * MINUTE)
    [due] = archive.outbox.due(NOW + 12 * MINUTE)
    letter = archive.outbox.message(due.channel, due.message)
    assert letter is not None
    assert letter.form == "alert", "it is no baseline, though its first crawl has just ended"
    message = render(Dispatch(letter.id, Form(letter.form), letter.alerts, letter.created).alerts[0])
    assert message.title == "source health: s0: moved"
    assert message.text.splitlines()[:2] == [
        "Its address has moved permanently: https://new.example/feed.",
        "Change the address in the watch file; the old one may stop working at any time.",
    ]


def test_silences_are_reported_after_runs_that_went_well(archive: Archive):
    """Two weeks with an article every half hour; then nothing, first while nobody looked, then while crawls went on."""
    moments = [NOW - n * 30 * MINUTE for n in range(14 * 48)]
    archive.store([Entry(Article(f"https://x/{n}", "T", "t", source="s0", found=at)) for n, at in enumerate(moments)])
    watch, watcher = watch_of(1), HealthWatch(archive)
    heard = silence_of(archive, watch.sources[0], NOW)
    assert heard is not None
    assert heard.alarm is not None
    alarm = int((heard.alarm - NOW) / MINUTE) + 1
    assert 120 < alarm < 24 * 60
    assert watcher.check(watch, NOW + 600 * MINUTE) == [], "nobody has looked since: that is no silence of the source"
    watcher = HealthWatch(archive)
    save(archive, "s0", alarm + 600, unchanged=1)
    assert watcher.check(watch, NOW + (alarm + 600) * MINUTE) == [], "one look is not enough"
    [status] = source_statuses(archive, watch.sources, NOW + (alarm + 601) * MINUTE)
    assert (status.state, status.healthy) == ("quiet", True)
    assert "are usual" in status.description
    watcher = HealthWatch(archive)
    save(archive, "s0", alarm + 610, unchanged=1)
    [line] = watcher.check(watch, NOW + (alarm + 610) * MINUTE)
    assert line.startswith("s0: frozen. It has published nothing for much longer")
    assert archive.health.open_problems()[0].since == NOW
    [status] = source_statuses(archive, watch.sources, NOW + (alarm + 611) * MINUTE)
    assert (status.state, status.healthy) == (Condition.FROZEN.value, False)


def test_a_long_silence_is_looked_at_ever_less_often():
    looks, now, alarm = [], NOW, NOW - MINUTE
    for _ in range(40):
        looks.append(next_silence_check(alarm, now) - now)
        now += looks[-1]
    assert looks[0] == MINUTE
    assert looks == sorted(looks)
    assert looks[-1] == timedelta(hours=6)
    assert next_silence_check(NOW + MINUTE, NOW) == NOW + MINUTE
    assert next_silence_check(None, NOW) == NOW + timedelta(hours=6)


DAYS_AHEAD = 300 * 24 * 60


def test_runs_of_a_clock_that_was_set_back_keep_no_source_from_being_judged(archive: Archive):
    save(archive, "s0", DAYS_AHEAD, unchanged=1)
    for minute in (0, 5):
        fails(archive, "s0", minute)
    [line] = HealthWatch(archive).check(watch_of(1), NOW + 21 * MINUTE)
    assert line.startswith("s0: failing. ")


def test_a_watch_starts_again_when_the_clock_is_set_back(archive: Archive):
    watcher, ahead = HealthWatch(archive), NOW + DAYS_AHEAD * MINUTE
    for minute in (DAYS_AHEAD, DAYS_AHEAD + 5):
        moved(archive, "s0", minute)
    [line] = watcher.check(watch_of(1), ahead + 6 * MINUTE)
    assert line.startswith("s0: moved. ")
    for minute in (0, 5):
        save(archive, "s0", minute, unchanged=3)
    [line] = watcher.check(watch_of(1), NOW + 6 * MINUTE)
    assert line.startswith("s0 has recovered: it was moved")


def test_articles_of_a_clock_that_was_set_back_break_no_silence(archive: Archive):
    [source] = watch_of(1).sources
    moments = [NOW - n * 30 * MINUTE for n in range(14 * 48)] + [NOW + DAYS_AHEAD * MINUTE]
    archive.store([Entry(Article(f"https://x/{n}", "T", "t", source="s0", found=at)) for n, at in enumerate(moments)])
    heard = silence_of(archive, source, NOW + 30 * MINUTE)
    assert heard is not None
    assert heard.last == NOW
