from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import re2
from pace import within

from crawler.discover.patterns import is_allowed, is_fresh
from crawler.items import Candidate

URL = "https://example.com/sport/2026/11/23/match"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("allow", "deny", "expected"),
    [
        ([], [], True),
        (["/sport/"], [], True),
        (["/politics/"], [], False),
        (["/politics/", "/sport/"], [], True),
        ([], ["/sport/"], False),
        (["/sport/"], ["match$"], False),
        ([r"^https://example\.com/[a-z]+/\d{4}/"], [], True),
        (["(?i)/SPORT/"], [], True),
        (["^/sport/"], [], False),
    ],
)
def test_allow_and_deny(allow: list[str], deny: list[str], expected: bool):
    assert is_allowed(URL, allow, deny) is expected


@pytest.mark.parametrize("pattern", ["(a", "[z-a]", "(?=a)", "a**", r"(a)\1"])
def test_a_broken_pattern_raises(pattern: str):
    with pytest.raises(re2.error):
        is_allowed(URL, [pattern], [])


def test_a_pattern_cannot_backtrack():
    with within(1):
        assert not is_allowed("https://example.com/" + "a" * 5000, ["(a+)+$x"], ["(a|aa)+b"])


@pytest.mark.parametrize(
    ("published", "modified", "expected"),
    [
        (None, None, True),
        (timedelta(hours=1), None, True),
        (timedelta(days=2), None, True),
        (timedelta(days=2, seconds=1), None, False),
        (None, timedelta(hours=1), True),
        (None, timedelta(days=9), False),
        (timedelta(days=9), timedelta(hours=1), False),
        (timedelta(hours=-5), None, True),
        (timedelta(days=-400), None, True),
    ],
)
def test_fresh(published: timedelta | None, modified: timedelta | None, expected: bool):
    dates = [None if age is None else NOW - age for age in (published, modified)]
    candidate = Candidate(URL, published=dates[0], modified=dates[1])
    assert is_fresh(candidate, NOW, timedelta(days=2)) is expected
