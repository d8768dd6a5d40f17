"""What a listing knows and its page does not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import Article, Candidate
from crawler.spiders.metadata import complete

PAGE, FEED = datetime(2027, 3, 4, tzinfo=UTC), datetime(2027, 4, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "page_doubts", "feed_doubts", "expected", "doubts"),
    [
        (PAGE, False, False, PAGE, True),  # days apart
        (FEED - timedelta(hours=30), False, False, FEED - timedelta(hours=30), False),
        (PAGE, False, True, PAGE, False),
        (PAGE, True, False, FEED, False),
        (PAGE, True, True, PAGE, True),
        (None, False, True, FEED, True),
        (None, False, False, FEED, False),
    ],
)
def test_a_certain_date_goes_before_an_uncertain_one_and_two_that_differ_are_uncertain(
    page: datetime | None, expected: datetime, *, page_doubts: bool, feed_doubts: bool, doubts: bool
):
    article = Article("https://a.example/1", "A title", "A text.", published=page, published_uncertain=page_doubts)
    candidate = Candidate("https://a.example/1", published=FEED, published_uncertain=feed_doubts)
    found = complete(article, candidate, None)
    assert (found.published, found.published_uncertain) == (expected, doubts)
