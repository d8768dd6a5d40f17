"""Counts since 1970: seconds, milli-, micro- and nanoseconds, as JSON numbers or text; fractions are dropped."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from crawler.dates.stamp import YEARS, Stamp

# Only these lengths: 11 or 12 digits are not a time, and ten digits start in September 2001.
_UNITS: Final = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
_NUMBER = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d{1,9})?")
_MICROSOFT = re.compile(r"\\?/Date\((\d{10,13})([+-]\d{4})?\)\\?/", re.IGNORECASE)
_EXPONENT = re.compile(r"\d(?:\.\d{1,18})?e\+?(?:9|1[0-8])", re.IGNORECASE)


def read_epoch(text: str) -> Stamp | None:
    """Return the instant of a count of ten, 13, 16 or 19 digits, None for anything else."""
    wrapped = _MICROSOFT.fullmatch(text)
    if _EXPONENT.fullmatch(text):
        text = str(int(float(text)))
    found = _NUMBER.fullmatch(wrapped[1] if wrapped else text)
    if found is None:
        return None
    value = datetime.fromtimestamp(int(found[1]) // _UNITS[len(found[1])], UTC)
    return Stamp(value, timed=True, zoned=True) if value.year in YEARS else None
