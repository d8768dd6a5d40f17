"""The course of canaries: random times, deadlines that count working time only, and the stage that stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from crawler.config.hidden import HIDDEN_RULE
from crawler.extract import extract
from crawler.health.canary import BROKEN, CANARY, TIMING, Canary, Course, Stage, page, sentences, stopped_at
from crawler.rules import Matcher, compile_rule

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
STAGES = list(Stage)
TICK = timedelta(seconds=5)


def passed(count: int) -> dict[Stage, datetime]:
    return dict.fromkeys(STAGES[:count], START)


@pytest.mark.parametrize("count", range(len(STAGES)))
def test_the_first_stage_that_was_not_passed_is_where_it_stopped(count: int):
    assert stopped_at(passed(count)) is STAGES[count]


def test_a_lost_record_of_an_earlier_stage_says_nothing():
    assert stopped_at({Stage.PUBLISHED: START, Stage.STORED: START}) is Stage.PLANNED
    assert stopped_at({Stage.RECEIVED: START}) is None


def test_every_stage_has_a_sentence_and_a_hint():
    assert set(BROKEN) == set(Stage)
    assert len(STAGES) == 12
    assert all(one.sentence.endswith(".") and one.hint.endswith(".") for one in BROKEN.values())


@pytest.mark.parametrize("count", range(len(STAGES)))
def test_a_broken_stage_is_known_within_eleven_minutes_of_publication(count: int):
    course, now, published = Course(TIMING, Random(count)), START, None
    while not course.is_late():
        course.look(now)
        if course.is_due(now):
            published = course.publish(now).published
        now += TICK
    assert published is not None
    assert stopped_at(passed(count)) is STAGES[count]
    assert now - published <= timedelta(minutes=11)


def published_times(seed: int, hours: int) -> list[datetime]:
    course, now, found = Course(TIMING, Random(seed)), START, []
    while now < START + timedelta(hours=hours):
        course.look(now)
        if course.is_due(now):
            found.append(course.publish(now).published)
            course.end()
        now += TICK
    return found


def test_canaries_are_published_once_an_hour_at_random_times():
    times = published_times(1, 48)
    assert 46 <= len(times) <= 48
    minutes = {time.minute // 15 for time in times}
    assert minutes == {0, 1, 2, 3}
    assert times != published_times(2, 48)


class Chain:
    """A chain that works, but slowly: each stage takes seconds to a minute of working time, and a restart delays it."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._token = ""
        self._stage, self._left_s = 0, 0.0

    def work(self, canary: Canary, seconds: float) -> bool:
        """Work on a canary; return whether it has come out."""
        if canary.token != self._token:
            self._token, self._stage, self._left_s = canary.token, 0, self._rng.uniform(0, 40)
        self._left_s -= seconds
        while self._stage < len(STAGES) and self._left_s <= 0:
            self._stage += 1
            self._left_s += self._rng.uniform(0, 40)
        return self._stage >= len(STAGES)

    def interrupt(self) -> None:
        """Lose the work of the running crawl: it begins again."""
        self._stage = min(self._stage, 3)


@pytest.mark.parametrize("seed", range(20))
def test_forty_eight_hours_with_restarts_and_sleeps_give_no_false_alarm(seed: int):
    rng = Random(seed)
    course, chain, now, out = Course(TIMING, rng), Chain(rng), START, 0
    while now < START + timedelta(hours=48):
        course.look(now)
        assert not course.is_late()
        if course.is_due(now):
            course.publish(now)
        step = TICK * rng.uniform(0.8, 3)
        if course.current is not None and chain.work(course.current, step.total_seconds()):
            course.end()
            out += 1
        event = rng.random()
        if event < 0.0005:  # the machine sleeps for up to eight hours
            now += timedelta(minutes=rng.uniform(2, 480))
            chain.interrupt()
        elif event < 0.001:  # the service restarts, after a downtime
            now += timedelta(seconds=rng.uniform(1, 3600))
            before, course = course.current, Course(TIMING, rng)
            if before is not None:
                course.resume(before)
            chain.interrupt()
        elif event < 0.0013:  # the clock is set
            now += timedelta(seconds=rng.uniform(-3600, 3600))
        else:
            now += step
    assert out


def test_time_in_which_the_machine_slept_does_not_count():
    course = Course(TIMING, Random(1))
    course.look(START)
    course.publish(START)
    course.look(START + timedelta(hours=8))
    assert not course.is_late()
    now = START + timedelta(hours=8)
    for _ in range(int(TIMING.deadline / TICK) + 1):
        now += TICK
        course.look(now)
    assert course.is_late()


def test_a_canary_that_does_not_come_out_is_crawled_again():
    course, now, crawls = Course(TIMING, Random(1)), START, 0
    course.look(now)
    course.publish(now)
    while not course.is_late():
        crawls += course.is_crawl_due()
        now += TICK
        course.look(now)
    assert crawls == 4


def test_the_page_is_an_article_that_only_the_hidden_rule_finds_and_only_from_its_source():
    canary = Canary("0123456789abcdef", START)
    url = f"http://127.0.0.1:4000/news/{canary.token}"
    article = extract(page(canary).encode(), url)
    assert article is not None
    assert article.title == f"Wirewatch canary {canary.token}"
    matcher = Matcher([compile_rule(HIDDEN_RULE)])
    assert [hit.rule for hit in matcher.match(replace(article, source=CANARY))] == [CANARY]
    assert not matcher.match(replace(article, source="bbc-world"))


def test_two_canaries_share_no_sentence():
    assert not set(sentences("00" * 8)) & set(sentences("01" * 8))
    assert sentences("00" * 8) == sentences("00" * 8)
