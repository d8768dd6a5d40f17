r"""The watch file's allow and deny patterns, and its limit on age.

A pattern is an RE2 regular expression (https://github.com/google/re2/wiki/Syntax) that is searched anywhere in the URL,
as Scrapy's link extractors do: "/sport/" is every URL that contains it, "^https://a\.example/\d{4}/" is anchored.
RE2 runs in linear time whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import re2

from crawler.items import Candidate

_TOLERANCE: Final = timedelta(days=1)  # clocks and zones of publishers are off by hours, not by days


def check_pattern(pattern: str) -> str:
    """Return what is wrong with `pattern`, "" when nothing is."""
    try:
        _compiled(pattern)
    except re2.error as error:
        detail = error.args[0] if error.args else "no regular expression"
        return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    return "" if pattern else "an empty pattern matches everything"


def allowed(url: str, allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Tell whether one of `allow` is found in `url` (or there are none) and none of `deny` is.

    Raises re2.error for a broken pattern; `check_pattern` tells before.
    """
    if any(_compiled(pattern).search(url) for pattern in deny):
        return False
    return not allow or any(_compiled(pattern).search(url) for pattern in allow)


def fresh(candidate: Candidate, now: datetime, max_age: timedelta) -> bool:
    """Tell whether the candidate is at most `max_age` old by its publication, else by its change.

    Undated ones are fresh, and so is what is dated more than a day ahead: such a date is wrong, the page may be new.
    """
    moment = candidate.published or candidate.modified
    if moment is None or moment > now + _TOLERANCE:
        return True
    return now - moment <= max_age


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
