"""Time zones in dates: offsets, abbreviations, North American times by season, IANA names.

Abbreviations: RFC 822 section 5.1 and the IANA time zone database. An ambiguous one is read by the page's country or
language; if these do not decide, the most usual meaning is taken and is not certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.dates.stamp import ImpossibleError

# Minutes east of Greenwich, of those with only one meaning in the press.
_FIXED: Final[dict[str, int]] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "MET": 60, "MEZ": 60, "WAT": 60, "CEST": 120,
    "MEST": 120, "MESZ": 120, "EET": 120, "SAST": 120, "CAT": 120, "EEST": 180, "MSK": 180, "МСК": 180, "EAT": 180,
    "TRT": 180, "IRST": 210, "AFT": 270, "PKT": 300, "UZT": 300, "NPT": 345, "MMT": 390, "ICT": 420, "WIB": 420,
    "HKT": 480, "SGT": 480, "MYT": 480, "PHT": 480, "AWST": 480, "WITA": 480, "JST": 540, "KST": 540, "WIT": 540,
    "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "BRT": -180, "ART": -180, "UYT": -180,
    "CLT": -240, "CLST": -180, "BOT": -240, "VET": -240, "PYT": -180, "COT": -300, "PET": -300, "NST": -210,
    "NDT": -150, "EDT": -240, "EST": -300, "CDT": -300, "CST": -360, "MDT": -360, "MST": -420, "PDT": -420,
    "PST": -480, "AKDT": -480, "AKST": -540, "HST": -600, "HDT": -540, "CHST": 600, "IDT": 180,
}  # fmt: skip
_BY_SEASON: Final = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AKT": "America/Anchorage", "EASTERN": "America/New_York", "CENTRAL": "America/Chicago",
    "MOUNTAIN": "America/Denver", "PACIFIC": "America/Los_Angeles",
}  # fmt: skip
# Countries and languages with their offset.
_BY_PLACE: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "IST": (("IN LK hi ta te kn ml mr gu pa or as", 330), ("IL he", 120), ("IE ga", 60)),
    "BST": (("GB", 60), ("BD bn", 360)),
    "AST": (("CA PR DO BB TT", -240), ("SA IQ KW QA BH YE ar", 180)),
    "ADT": (("CA", -180), ("IQ", 240)),
    "GST": (("AE OM ar", 240), ("GU", 600)),
    "BDT": (("BD bn", 360), ("BN", 480)),
    "SST": (("AS WS", -660), ("SG", 480)),
    "CST": (("CN TW zh", 480), ("CU", -300)),
    "PST": (("PH fil", 480),),
    "MST": (("MY ms", 480), ("MM my", 390)),
    "EST": (("AU", 600),),
    "EDT": (("AU", 660),),
}
_MINUTES_A_DAY: Final = range(-12 * 60, 14 * 60 + 1)
_REACH: Final = 48  # characters after a time in which its zone may appear
_WORDS: Final = 4

_OFFSET = re.compile(r"\s{0,2}[(\[]?(?:(?:GMT|UTC|UT)\s?)?([+-])(\d{2}):?(\d{2})(?!\d)", re.IGNORECASE)
_HOURS = re.compile(
    r"\s{0,2}[(\[]?(?:(?:GMT|UTC|UT)\s?([+-])\s?(\d{1,2})(?::?(\d{2}))?|([+-])(\d{2}))(?![\d:.])", re.IGNORECASE
)
_IANA = re.compile(r"\b(?:[A-Z][A-Za-z_]{1,20}/){1,2}[A-Z][A-Za-z_+-]{1,30}\d{0,2}")
_AMERICAN = re.compile(r"\b(EASTERN|CENTRAL|MOUNTAIN|PACIFIC)(?:\s(STANDARD|DAYLIGHT))?\sTIME\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """The origin of a text: the ISO 639 code of its language and the ISO 3166 code of its country, or ""."""

    language: str = ""
    country: str = ""


def offset(sign: str, hours: str, minutes: str | None) -> timezone:
    """Return the offset; raises ImpossibleError for one that no place on Earth has."""
    total = int(hours) * 60 + int(minutes or 0)
    total = -total if sign == "-" else total
    if int(minutes or 0) >= 60 or total not in _MINUTES_A_DAY:  # noqa: PLR2004
        raise ImpossibleError(f"the offset {sign}{hours}:{minutes}")
    return timezone(timedelta(minutes=total)) if total else UTC


def iana(name: str) -> tzinfo | None:
    """Return the zone with that name in the IANA database, None if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def find_zone(rest: str, local: datetime, place: Place) -> tuple[tzinfo, bool] | None:
    """Return the zone named in `rest`, the text after a time of day, and whether it is certain; None without one.

    `local` is the date and time that were read. Raises ImpossibleError for an offset that does not exist.
    """
    rest = rest[:_REACH]
    found = _OFFSET.match(rest)
    if found:
        return offset(found[1], found[2], found[3]), True
    found = _HOURS.match(rest)
    if found:
        return offset(found[1] or found[4], found[2] or found[5], found[3]), True
    named = _IANA.search(rest)
    zone = iana(named[0]) if named else None
    if zone is not None:
        return _fixed(zone, local), True
    return _american(rest, local) or _abbreviated(rest, local, place)


def _american(rest: str, local: datetime) -> tuple[tzinfo, bool] | None:
    """Return the zone in "Eastern Time", "Pacific Standard Time"."""
    found = _AMERICAN.search(rest)
    if not found:
        return None
    if found[2]:
        minutes = _FIXED[f"{found[1][0]}{found[2][0]}T".upper()]
        return timezone(timedelta(minutes=minutes)), True
    return _fixed(ZoneInfo(_BY_SEASON[found[1].upper()]), local), True


def _abbreviated(rest: str, local: datetime, place: Place) -> tuple[tzinfo, bool] | None:
    """Return the zone of an upper-case abbreviation among the next words, or of a lower-case last word of the text."""
    words = list(_WORD.finditer(rest))
    for at, match in enumerate(words[:_WORDS]):
        last = at == len(words) - 1 and not rest[match.end() :].strip(" .)]")
        name = match[0].upper() if last and at == 0 else match[0]
        if name in _BY_PLACE:
            minutes, certain = _of_place(name, local, place)
            return timezone(timedelta(minutes=minutes)), certain
        if name in _BY_SEASON and name.isupper() and len(name) < 4:  # noqa: PLR2004
            return _fixed(ZoneInfo(_BY_SEASON[name]), local), True
        if name in _FIXED:
            return timezone(timedelta(minutes=_FIXED[name])) if _FIXED[name] else UTC, True
    return None


def _of_place(name: str, local: datetime, place: Place) -> tuple[int, bool]:
    known = _BY_PLACE[name]
    for key in filter(None, (place.country, place.language)):
        for places, minutes in known:
            if key in places.split():
                return minutes, True
    if name in _FIXED:
        return _FIXED[name], True
    british = name == "BST" and ZoneInfo("Europe/London").utcoffset(local) == timedelta(hours=1)
    return known[0][1], british


def _fixed(zone: tzinfo, local: datetime) -> tzinfo:
    """Return the offset of a zone at a local time: an instant does not need the zone's rules."""
    shift = local.replace(tzinfo=zone).utcoffset()
    return timezone(shift) if shift else UTC
