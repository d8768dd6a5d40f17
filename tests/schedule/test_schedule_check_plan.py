"""Which other listings of a site are read when, and what part of the site a source covers."""

from __future__ import annotations

import pytest

from crawler.schedule.check_plan import MAX_FAILURES, MOST_LISTINGS, CheckPlan, scope_of

DAY_S = 86_400.0


def urls(path: str, count: int = 10, host: str = "example.org") -> list[str]:
    return [f"https://{host}{path}{n}-some-headline" for n in range(count)]


@pytest.mark.parametrize(
    ("named", "scope"),
    [
        (urls("/"), "https://example.org/"),
        (urls("/world/"), "https://example.org/world/"),
        (urls("/world/") + urls("/sport/"), "https://example.org/"),
        (urls("/2026/11/"), "https://example.org/"),
        (urls("/world/", 4), ""),
        (urls("/world/") + urls("/", 10, "other.net"), ""),
    ],
)
def test_the_scope_of_a_listing(named: list[str], scope: str):
    assert scope_of(named) == scope


def test_a_wider_listing_widens_the_scope():
    plan = CheckPlan().scoped(urls("/world/"))
    assert plan.covers("https://www.example.org/world/9-x")
    assert not plan.covers("https://example.org/sport/9-x")
    assert plan.scoped(urls("/sport/")).covers("https://example.org/sport/9-x")
    assert not CheckPlan().covers("https://example.org/sport/9-x")


def test_listings_are_read_in_turn_and_failing_ones_once_a_month():
    plan = CheckPlan().scoped(urls("/")).discover("feed", ["https://example.org/rss"])
    assert [one.kind for one in plan.listings] == ["home", "feed"]
    first = plan.due(DAY_S)
    assert first is not None
    plan = plan.read(first.url, DAY_S, failed=False)
    second = plan.due(DAY_S)
    assert second is not None
    assert second.url != first.url
    for _ in range(MAX_FAILURES):
        plan = plan.read(second.url, DAY_S, failed=True)
    assert plan.due(DAY_S) is None
    assert plan.due(2 * DAY_S) == plan.listings[0]
    assert plan.read(first.url, 32 * DAY_S, failed=False).due(32 * DAY_S) == plan.listings[1]


def test_what_the_source_polls_is_no_check_and_there_is_a_limit():
    plan = CheckPlan().scoped(urls("/")).discover("feed", [f"https://example.org/rss{n}" for n in range(20)])
    assert len(plan.listings) == MOST_LISTINGS
    assert len(plan.without(["https://example.org/rss0"]).listings) == MOST_LISTINGS - 1
