r"""The allow and deny patterns and the age limit of the watch file.

A pattern is an RE2 regular expression (https://github.com/google/re2/wiki/Syntax) that is searched anywhere in the URL,
as in Scrapy's link extractors: "/sport/" matches every URL that contains it, "^https://a\.example/\d{4}/" is anchored.
RE2 matches every pattern in linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import re2

from crawler.items import Candidate

_TOLERANCE: Final = timedelta(days=1)  # publishers' clocks and zones are wrong by hours, not by days


def is_allowed(url: str, allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Return whether a pattern of `allow` (if there are any) and no pattern of `deny` matches `url`.

    Raises re2.error for an invalid pattern.
    """
    if any(_compiled(pattern).search(url) for pattern in deny):
        return False
    return not allow or any(_compiled(pattern).search(url) for pattern in allow)


def is_fresh(candidate: Candidate, now: datetime, max_age: timedelta) -> bool:
    """Return whether the candidate is at most `max_age` old, by its publication or else its modification.

    Undated candidates count as fresh, and so do dates more than a day ahead, which are wrong.
    """
    date = candidate.published or candidate.modified
    if date is None or date > now + _TOLERANCE:
        return True
    return now - date <= max_age


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
