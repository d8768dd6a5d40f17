"""What publishers ask for: headers and elements as tables, nonsense among them, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import parse_watch
from crawler.discover.feeds import read_feed
from crawler.discover.freshness import MAX_QUIET, FeedHints, fresh_s, quiet_until, skip_times
from crawler.items import OVERFLOW, Observed, Run
from crawler.schedule.due_time import History, Overflow, due_after, last_overflow
from crawler.schedule.publishing_pattern import HOURS_A_WEEK, PublishingPattern, next_poll
from crawler.service.scheduler.publishing_patterns import NO_HINT, hint_of
from crawler.state.poll_hints import Listing

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
BUSY = PublishingPattern((60.0,) * HOURS_A_WEEK)  # two minutes
WEEK_S = 7 * 86_400
DATE = "Mon, 02 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("cache_control", "expires", "age", "seconds"),
    [
        ("", "", "", 0),
        ("max-age=600", "", "", 600),
        ("public, MAX-AGE=600, must-revalidate", "", "", 600),
        ('max-age="600"', "", "", 600),
        ("max-age=600", "", "590", 10),
        ("max-age=600", "", "9999", 0),
        ("max-age=600, max-age=5", "", "", 600),
        ("max-age=60", "Mon, 02 Nov 2026 13:00:00 GMT", "", 60),
        ("s-maxage=600", "", "", 0),
        ("no-cache, max-age=600", "", "", 0),
        ("max-age=600, no-store", "", "", 0),
        ("max-age=-5", "", "", 0),
        ("max-age=NaN", "", "", 0),
        ("max-age=", "", "", 0),
        ("max-age=1e9", "", "", 0),
        ("max-age=٦٠٠", "", "", 0),
        ("max-age=99999999999999999999", "", "", WEEK_S),
        ("max-age=600", "", "-1", 600),
        (",=,,;=max-age", "", "", 0),
        ("", "Mon, 02 Nov 2026 12:10:00 GMT", "", 600),
        ("", "Mon, 02 Nov 2026 11:00:00 GMT", "", 0),
        ("", "0", "", 0),
        ("", "-1", "", 0),
        ("", "Mon, 02 Nov 9999 11:00:00 GMT", "", WEEK_S),
        ("", "Mon, 02 Nov 2026 12:10:00", "", 0),
    ],
)
def test_http_says_how_long_an_answer_stays_fresh(cache_control: str, expires: str, age: str, seconds: int):
    assert fresh_s(cache_control, expires, DATE, age) == seconds


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_whatever_headers_say_it_is_a_number_of_seconds_up_to_a_week(one: str, two: str, three: str, four: str):
    assert 0 <= fresh_s(f"max-age={one}", two, three, four) <= WEEK_S
    assert 0 <= fresh_s(one, two, three, four) <= WEEK_S


def rss(elements: str) -> bytes:
    return (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>N</title>'
        f"{elements}<item><title>One</title><link>https://a.example/1</link></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize(
    ("elements", "seconds"),
    [
        ("", None),
        ("<ttl>30</ttl>", 1800),
        ("<ttl> 30 </ttl>", 1800),
        ("<ttl>0</ttl>", None),
        ("<ttl>-30</ttl>", None),
        ("<ttl>NaN</ttl>", None),
        ("<ttl>99999999999</ttl>", WEEK_S),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>-4</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>999999999</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase>", 86_400),
        ("<sy:updatePeriod>sometimes</sy:updatePeriod>", None),
    ],
)
def test_a_feed_asks_for_a_pause(elements: str, seconds: int | None):
    assert read_feed(rss(elements), "https://a.example/feed").ttl_s == seconds


def hours(*numbers: object) -> str:
    return f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in numbers)}</skipHours>"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ("", ((), ())),
        (hours(0, 1, 23), ((0, 1, 23), ())),
        (hours(24, " 5 "), ((0, 5), ())),
        (hours(-1, 25, 99, "x", "", 3.5), ((), ())),
        (hours(*range(24)), ((), ())),
        ("<skipDays><day>Sunday</day><day>SATURDAY</day><day>Doomsday</day></skipDays>", ((), (5, 6))),
        ("<skipHours><hour>3</hour>", ((), ())),
        ("<skipHours>" + " " * 5000 + "<hour>3</hour></skipHours>", ((), ())),
    ],
)
def test_a_feed_names_hours_and_days_without_news(elements: str, expected: tuple[tuple[int, ...], ...]):
    assert tuple(tuple(sorted(part)) for part in skip_times(rss(elements))) == expected


@given(st.binary(max_size=300))
def test_any_bytes_name_hours_of_a_day_and_days_of_a_week(body: bytes):
    found_hours, found_days = skip_times(b"<skipHours><hour>7</hour>" + body + b"</skipDays></skipHours>")
    assert found_hours <= set(range(24))
    assert found_days <= set(range(7))


@pytest.mark.parametrize(
    ("asks", "fresh_for", "until"),
    [
        (FeedHints(), timedelta(0), MONDAY),
        (FeedHints(pause_s=900), timedelta(0), MONDAY + timedelta(minutes=15)),
        (FeedHints(pause_s=900), timedelta(hours=1), MONDAY + timedelta(hours=1)),
        (FeedHints(skip_hours=frozenset({12, 13, 15})), timedelta(0), MONDAY + timedelta(hours=2)),
        (FeedHints(skip_days=frozenset({0, 1})), timedelta(0), datetime(2026, 11, 4, tzinfo=UTC)),
        (
            FeedHints(skip_days=frozenset({0}), skip_hours=frozenset({0})),
            timedelta(0),
            datetime(2026, 11, 3, 1, tzinfo=UTC),
        ),
        (FeedHints(skip_days=frozenset(range(7))), timedelta(0), MONDAY + MAX_QUIET),
        (FeedHints(pause_s=10**9), timedelta(0), MONDAY + MAX_QUIET),
    ],
)
def test_when_there_may_be_news_again(asks: FeedHints, fresh_for: timedelta, until: datetime):
    assert quiet_until(asks, MONDAY + fresh_for, MONDAY) == until


def test_of_several_listings_the_first_that_may_have_news_counts():
    slow, quick = Listing(1, pause_s=86_400), Listing(2, fresh_until=(MONDAY + timedelta(minutes=9)).timestamp())
    assert hint_of([slow, quick], MONDAY) == timedelta(minutes=9)
    assert hint_of([slow, Listing(3)], MONDAY) == NO_HINT
    assert hint_of([], MONDAY) == NO_HINT
    assert next_poll(BUSY, MONDAY, hint=hint_of([quick], MONDAY)) - MONDAY == timedelta(minutes=9)
    assert next_poll(BUSY, MONDAY, hint=hint_of([slow], MONDAY)) - MONDAY == timedelta(hours=1), (
        "believed up to an hour"
    )


def test_a_feed_that_was_too_short_is_polled_twice_as_often_for_a_week_whatever_it_asks_for():
    (source,) = parse_watch("sources: [{id: a, feed: 'https://a.example/f'}]", {}, subject="watch.yaml").sources
    seen, minute = Observed(signals=((OVERFLOW, "all 20 entries were new"),)), timedelta(minutes=1)
    first, second = Run("1", "a", MONDAY), Run("2", "a", MONDAY + 40 * minute, observed=seen)
    overflow = last_overflow([first, second])
    assert overflow == Overflow(second.started, 40 * minute)
    history = History((first, second), hint=timedelta(hours=1), overflow=overflow)
    assert due_after(source, history, second.started) == second.started + 20 * minute
    assert due_after(source, history, MONDAY + timedelta(days=8)) == MONDAY + timedelta(days=8, hours=1)
    third = Run("3", "a", second.started + 90 * minute, observed=seen)  # late
    assert last_overflow([second, third], overflow) == Overflow(third.started, 40 * minute)
    assert last_overflow([first, second], overflow) == overflow
    assert last_overflow([first, Run("2", "a", second.started)]) is None
