"""Years of other calendars used by newspapers: Buddhist, Solar Hijri, Minguo and the eras of Japan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_BUDDHIST: Final = range(2523, 2644)
_BUDDHIST_OFFSET: Final = 543
_SOLAR_HIJRI: Final = range(1359, 1473)
_LEAP_YEARS: Final = (1, 5, 9, 13, 17, 22, 26, 30)  # of the 33-year cycle, correct from 1244 to 1472 (Borkowski 1996)
_ANCHOR: Final = (1400, date(2021, 3, 21))
_LONG_MONTHS: Final = 6
SOLAR_HIJRI_LANGUAGES: Final = frozenset({"fa", "ps", "prs", "ckb", "lrc", "mzn", "glk", "uz"})
SOLAR_HIJRI_MONTHS: Final[dict[str, int]] = {
    "فروردين": 1, "ارديبهشت": 2, "خرداد": 3, "تير": 4, "مرداد": 5, "شهريور": 6, "مهر": 7, "ابان": 8, "اذر": 9, "دي": 10,
    "بهمن": 11, "اسفند": 12, "حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "ميزان": 7, "عقرب": 8,
    "قوس": 9, "جدي": 10, "دلو": 11, "حوت": 12,
}  # fmt: skip
ERAS: Final[dict[str, int]] = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "民國": 1911,
    "民国": 1911,
}  # the year before the first


def gregorian_year(year: int) -> int:
    """Convert a year of the Buddhist era to a Gregorian year; return others unchanged."""
    return year - _BUDDHIST_OFFSET if year in _BUDDHIST else year


def is_solar_hijri(year: int) -> bool:
    """Return whether a year is in the calendar of Iran and Afghanistan, in the range of its leap-year rule."""
    return year in _SOLAR_HIJRI


def of_solar_hijri(year: int, month: int, day: int) -> date | None:
    """Return the Gregorian date, None if the date does not exist in that calendar."""
    if not 1 <= month <= 12 or not 1 <= day <= _length(year, month):  # noqa: PLR2004
        return None
    first, anchor = _ANCHOR
    years = range(first, year) if year >= first else range(year, first)
    days = sum(365 + _is_leap(one) for one in years) * (1 if year >= first else -1)
    return anchor + timedelta(days + sum(_length(year, one) for one in range(1, month)) + day - 1)


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAP_YEARS


def _length(year: int, month: int) -> int:
    if month <= _LONG_MONTHS:
        return 31
    return 30 if month < 12 or _is_leap(year) else 29  # noqa: PLR2004
