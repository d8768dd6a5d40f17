"""What a page says about the article that stood there, and when it is looked at again: tables and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article, Extraction
from crawler.schedule.revisit_plan import (
    LIVE_EVERY,
    PLAN,
    RevisitResponse,
    Verdict,
    changes,
    confirm_after,
    decide,
    entries,
    is_layout_change,
    next_visit,
    retry_visit,
    version,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://example.org/news/ferry-collides-with-tanker"
TEXT = """The ferry collided with a tanker in the fog on Tuesday, and 312 people were taken off in boats.

Nobody was hurt, the coast guard said, but eleven cars slid into the sea when the deck tilted.

Investigators look at a late turn that the captain says he never ordered."""
OLD = Article(
    URL, "Ferry collides with tanker", TEXT, authors=("Ann Lee",), published=NOW - HOUR, modified=NOW - HOUR, found=NOW
)


def page(
    status: int = 200, url: str = URL, reason: str = "", article: Article | None = None, **changed: object
) -> RevisitResponse:
    found = None if reason else article or replace(OLD, **changed)
    return RevisitResponse(status, url, Extraction(found, reason))


CASES = {
    "the same": (page(), Verdict.SAME, (), False),
    "not modified": (RevisitResponse(304, URL), Verdict.SAME, (), False),
    "quotes and spaces": (page(title="FERRY  collides with tanker"), Verdict.SAME, (), False),
    "a counter": (page(text=f"{TEXT}\n\n12 comments"), Verdict.SAME, (), False),
    "a link": (page(text=f"{TEXT}\n\nMuseum says mask is genuine"), Verdict.SAME, (), False),
    "only the stamp": (page(modified=NOW), Verdict.SAME, (), False),
    "a number": (page(text=TEXT.replace("eleven", "twelve")), Verdict.CHANGED, ("text",), False),
    "admitted": (page(text=TEXT.replace("eleven", "12"), modified=NOW), Verdict.CHANGED, ("text",), True),
    "a headline": (page(title="Ferry and tanker collide"), Verdict.CHANGED, ("title",), False),
    "an author": (page(authors=("Ann Lee", "Bo Ek")), Verdict.CHANGED, ("authors",), False),
    "no author any more": (page(authors=()), Verdict.SAME, (), False),
    "the date": (page(published=NOW), Verdict.CHANGED, ("published",), False),
    "an uncertain date": (page(published=NOW, published_uncertain=True), Verdict.SAME, (), False),
    "a paywall": (page(text=TEXT[:100], paywalled=True), Verdict.UNREADABLE, (), False),
    "a teaser without a word of it": (page(text=TEXT[:90]), Verdict.UNREADABLE, (), False),
    "a consent page": (page(reason="consent"), Verdict.UNREADABLE, (), False),
    "a bot wall": (page(reason="bot-wall"), Verdict.UNREADABLE, (), False),
    "another page": (
        page(title="Cookies", text="We and our partners use cookies here."),
        Verdict.UNREADABLE,
        (),
        False,
    ),
    "an error": (RevisitResponse(503, URL), Verdict.UNREADABLE, (), False),
    "forbidden": (RevisitResponse(403, URL), Verdict.UNREADABLE, (), False),
    "to another site": (page(url="https://consent.example.com/ask", reason="consent"), Verdict.UNREADABLE, (), False),
    "missing": (RevisitResponse(404, URL), Verdict.MISSING, (), False),
    "gone": (RevisitResponse(410, URL), Verdict.MISSING, (), False),
    "home": (page(url="https://example.org/", reason="index-page"), Verdict.MISSING, (), False),
    "home, not modified": (RevisitResponse(304, "https://example.org/"), Verdict.MISSING, (), False),
    "a section": (page(url="https://example.org/news/", reason="index-page"), Verdict.MISSING, (), False),
    "a page that says so": (page(reason="soft-404"), Verdict.MISSING, (), False),
    "moved": (page(url="https://example.org/world/ferry-collides-with-tanker-2"), Verdict.SAME, (), False),
}


@pytest.mark.parametrize(("seen", "verdict", "changed", "admitted"), CASES.values(), ids=CASES)
def test_what_a_page_says(seen: RevisitResponse, verdict: Verdict, changed: tuple[str, ...], admitted: bool):
    decision = decide(OLD, seen, None, NOW)
    assert (decision.verdict, decision.changed, decision.admitted) == (verdict, changed, admitted)


@pytest.mark.parametrize(
    ("ago", "verdict"), [(HOUR / 2, Verdict.MISSING), (HOUR, Verdict.REMOVED), (-HOUR, Verdict.MISSING)]
)
def test_a_removal_takes_an_hour(ago: timedelta, verdict: Verdict):
    assert decide(OLD, RevisitResponse(404, URL), NOW - ago, NOW).verdict is verdict


@given(
    st.builds(
        replace,
        st.just(OLD),
        title=st.sampled_from(["Ferry collides", "ferry  COLLIDES", "Tanker sinks", ""]),
        text=st.sampled_from([TEXT, TEXT + "\n\n3 comments", TEXT.replace("eleven", "nine"), ""]),
        authors=st.sampled_from([("Ann Lee",), ("ann lee",), ("Bo Ek", "Ann Lee"), ()]),
        published=st.sampled_from([NOW, NOW - HOUR, None]),
    )
)
def test_what_did_not_change_has_the_same_version(new: Article):
    if version(new) == version(OLD):
        assert changes(OLD, new) == ()
    assert changes(new, new) == ()
    if changes(OLD, new):
        assert version(new) != version(OLD)


@given(
    st.lists(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=3)), min_size=20, max_size=60),
    st.booleans(),
)
def test_never_more_visits_than_the_plan_has(waits: list[timedelta], changed: bool):
    step, now, visited = 0, NOW, 0
    due = next_visit(NOW, 0, NOW)
    for wait in waits:
        now += wait
        if due is None or now < due:
            continue
        visited += 1
        step = max(step + 1, next((n for n, age in enumerate(PLAN) if NOW + age > now), len(PLAN)))
        due = next_visit(NOW, step, now, changed=changed)
        assert due is None or due > now
    assert visited <= len(PLAN)


def test_when_to_look_again():
    assert next_visit(NOW, 0, NOW) == NOW + HOUR
    assert next_visit(NOW, 1, NOW + HOUR) == NOW + 3 * HOUR
    assert next_visit(NOW, 1, NOW + HOUR, changed=True) == NOW + 2 * HOUR, "sooner after a change"
    assert next_visit(NOW, 1, NOW + 20 * HOUR) == NOW + 48 * HOUR, "what was missed is made up by one visit"
    assert next_visit(NOW, 5, NOW + 7 * 24 * HOUR) is None
    assert next_visit(NOW, 0, NOW, ()) is None
    assert next_visit(NOW, 0, NOW, (), live=True) is None
    assert next_visit(NOW, 2, NOW + HOUR, live=True) == NOW + HOUR + LIVE_EVERY
    assert next_visit(NOW, 5, NOW + 30 * HOUR, live=True) is None, "after a day it is a live page no more"
    assert confirm_after(PLAN) == HOUR
    assert confirm_after((timedelta(seconds=20),)) == timedelta(seconds=20)
    assert confirm_after(()) == HOUR


def test_a_storm_begins_late_and_ends_late():
    assert not is_layout_change([True] * 9, ongoing=False)
    assert is_layout_change([True] * 10, ongoing=False)
    assert not is_layout_change([True, False] * 6, ongoing=False)
    assert is_layout_change([True, False] * 6, ongoing=True)
    assert not is_layout_change([True] * 5 + [False] * 7, ongoing=True)


def test_entries_of_a_live_blog():
    markdown = "An introduction.\n\n### 08:15 Boats leave\n\nThey left.\n\nAll of them.\n\n### 08:00\n\nFog."
    live = replace(OLD, live=True, markdown=markdown)
    assert entries(live) == (("08:15 Boats leave", "They left.\n\nAll of them."), ("08:00", "Fog."))
    assert entries(replace(live, live=False)) == ()
    assert entries(replace(live, markdown="No headings.")) == ()


def test_a_visit_that_reached_no_host_is_repeated():
    minute = timedelta(minutes=1)
    assert retry_visit(NOW, 0, NOW + HOUR) == NOW + HOUR + minute
    assert retry_visit(NOW, 0, NOW + HOUR + 20 * minute) == NOW + HOUR + 30 * minute, "ever later"
    assert retry_visit(NOW, 0, NOW + 20 * HOUR) == NOW + 21 * HOUR
    assert retry_visit(NOW, 0, NOW + 26 * HOUR) is None, "the plan goes on"
    assert retry_visit(NOW, 5, NOW + 7 * 24 * HOUR) == NOW + 7 * 24 * HOUR + minute, "of a live blog"
