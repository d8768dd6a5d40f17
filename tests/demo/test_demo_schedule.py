"""The schedule is a pure function of the start, the pace and the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.demo.calendar import happenings
from crawler.demo.edition import edition
from crawler.demo.schedule import LISTED, Pace, Version, find, live_entries, new_story, queue, recent

START = datetime(2026, 11, 23, 8, 0, 0, 700_000, tzinfo=UTC)
PACE = Pace(START)
FLOOD = "luro-river-floods-cut-off-delta-villages"
MEASLES = "measles-campaign-reaches-hill-districts"
BATHS = "council-confirms-swimming-baths-will-close"
MASK = "museum-says-golden-mask-is-genuine"
LIVE = "storm-hanna-live-updates"
TRAIN = "night-train-to-the-south-returns-after-fourteen-years"
BASES = ("http://a", "http://b", "http://c")


def after(seconds: float) -> datetime:
    return PACE.origin + timedelta(seconds=seconds)


def at(slug: str, seconds: float, pace: Pace = PACE) -> Version:
    found = find(slug, pace, after(seconds))
    assert found is not None
    return found


def test_an_edit_changes_headline_text_and_date():
    before, later = at(FLOOD, 59), at(FLOOD, 60)
    assert before.title != later.title
    assert "Eleven villages" in before.blocks[0]
    assert "Fourteen villages" in later.blocks[0]
    assert len(later.blocks) == len(before.blocks) + 1
    assert before.modified == before.published == later.published
    assert later.modified == later.changed == after(60)


def test_a_stealth_edit_leaves_the_date():
    before, later = at(MEASLES, 74), at(MEASLES, 75)
    assert before.blocks != later.blocks
    assert before.title == later.title
    assert later.modified == before.modified == before.published
    assert later.changed == after(75)


@pytest.mark.parametrize(("slug", "seconds", "status"), [(BATHS, 90, 410), (MASK, 180, 404)])
def test_withdrawals(slug: str, seconds: float, status: int):
    assert at(slug, seconds - 1).gone == 0
    assert at(slug, seconds).gone == status
    listed = [v.story.slug for v in edition(BASES, PACE, after(seconds - 1)).listed]
    assert slug in listed
    assert slug not in [v.story.slug for v in edition(BASES, PACE, after(seconds)).listed]
    assert edition(BASES, PACE, after(seconds)).changed(at(slug, 0).story.outlet) >= after(seconds)


def test_the_live_blog_grows_at_the_top():
    counts = [len(live_entries(at(LIVE, s).blocks)[1]) for s in (0, 59, 60, 120, 180, 9999)]
    assert counts == [3, 3, 4, 5, 6, 6]
    assert at(LIVE, 9999).blocks == at(LIVE, 0).story.blocks
    assert at(LIVE, 60).blocks[-6:] == at(LIVE, 0).blocks[-6:]
    assert at(LIVE, 60).modified == after(60)


@pytest.mark.parametrize(("seconds", "new"), [(0, 0), (19.9, 0), (20, 1), (39, 1), (40, 2), (1000, 50)])
def test_a_new_article_every_twenty_seconds(seconds: float, new: int):
    assert PACE.count(after(seconds)) == new
    slugs = {v.story.slug for v in recent(PACE, after(seconds))}
    assert slugs >= {new_story(n).slug for n in range(new)}
    assert new_story(new).slug not in slugs


def test_new_articles_come_from_the_queue_first_and_its_edits_count_from_their_appearance():
    assert [new_story(n) for n in range(len(queue()))] == list(queue())
    appears = 20 * (queue().index(at(TRAIN, 9999).story) + 1)
    assert find(TRAIN, PACE, after(appears - 1)) is None
    assert "18 April" in at(TRAIN, appears + 59).blocks[0]
    assert "21 March" in at(TRAIN, appears + 60).blocks[0]


def test_the_clock_may_stand_before_the_start():
    early = START - timedelta(hours=1)
    assert PACE.count(early) == 0
    assert find(FLOOD, PACE, early) is not None


@pytest.mark.parametrize("slug", ["", "nothing", "nothing-1001", "x-99999999999999999999", "x-٣", "-1"])
def test_unknown_slugs(slug: str):
    assert find(slug, PACE, after(500)) is None


@given(seconds=st.floats(-100, 200_000), every=st.sampled_from([0.5, 3, 20, 600]))
def test_everything_listed_can_be_found_and_stands_in_order(seconds: float, every: float):
    pace = Pace(START, every)
    now = after(seconds)
    listed = recent(pace, now)
    assert 0 < len(listed) <= LISTED
    assert [v.listed for v in listed] == sorted((v.listed for v in listed), reverse=True)
    assert len({v.path for v in listed}) == len(listed)
    assert all(find(v.story.slug, pace, now) == v for v in listed)
    assert all(v.listed <= max(now, pace.origin) for v in listed)


@given(first=st.floats(0, 5000), wait=st.floats(0, 500))
def test_time_only_adds(first: float, wait: float):
    before = {v.story.slug: v for v in recent(PACE, after(first))}
    for slug, version in before.items():
        later = at(slug, first + wait)
        assert later.published == version.published
        assert later.path == version.path
        assert later.modified >= version.modified
        assert later.changed >= version.changed
        assert (later.title, later.blocks) == (version.title, version.blocks) or later.changed > version.changed


def test_the_calendar_tells_all_of_it():
    events = happenings(PACE)
    assert list(events) == sorted(events)
    text = "\n".join(line for _, line in events)
    for part in ("Edited: Luro", "dateModified stays: Measles", "(410): Council", "(404): Museum", "live blog grows"):
        assert part in text
    assert {line: when for when, line in events}["Edited: " + at(FLOOD, 0).title] == after(60)


def test_an_edition_needs_an_address_for_each_outlet():
    with pytest.raises(ValueError, match="3 bases"):
        edition(("http://a",), PACE, START)
