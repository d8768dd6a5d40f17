"""Times of day as people write them: 7:15, 7.15 Uhr, 7h15, 7 pm, 오후 3:20, 下午3点20分."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from crawler.dates.iso import clock_time
from crawler.dates.names import Hours
from crawler.dates.stamp import ImpossibleError
from crawler.dates.text import Token

_COLON = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:]\d{1,9})?)?(?![\d:])")
_H = re.compile(r"(?<![\d:.])(\d{1,2})\s?h\s?(\d{2})(?:\s?(?:min|mn|m))?(?:\s?(\d{2})\s?s)?(?![^\W_])")
_BARE_H = re.compile(r"(?<![\d:.])(\d{1,2})()()\s?h(?![^\W_])")
_CJK = re.compile(r"(?<![\d:.])(\d{1,2})\s?[時时点點시]\s?(?:(\d{1,2})\s?[分분]?)?(?:\s?(\d{1,2})\s?[秒초])?(?![\d:])")
_UHR = re.compile(r"(?<![\d:.])(\d{1,2})()()\s?uhr\b")
_DOT = re.compile(r"(?<![\d:.,/-])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d:/-]|[.,]\d)")
_FORMS: Final = (_COLON, _H, _CJK, _UHR)
_NO_BARE_H: Final = frozenset({"", "en"})  # languages in which "7h" means hours ago
_NOON: Final = 12
_BEFORE_NOON: Final = (0, _NOON)
_HALF_DAYS: Final[dict[str, Hours]] = {"a": (_BEFORE_NOON,), "p": ((_NOON, 24),)}
_NOON_ITSELF: Final[tuple[Hours, ...]] = (((_NOON, _NOON + 1),), ((0, 1),))  # 12 noon, 12 midnight
_SHORT_PERIODS: Final = frozenset({"", "en"})
_SHORT_PERIOD = re.compile(r"[ap](?![^\W_]|\.)")  # 9:30p
_BESIDE = re.compile(r"[\s.,()\u200a-]{0,3}(?:(?:hrs?|h|uhr|uur|น)\b\.?\s?)?[\s(]{0,2}")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in a text, from `start` to `end`."""

    hour: int
    minute: int
    second: int
    start: int
    end: int
    sure: bool = True  # its form has no other meaning
    impossible: bool = False

    def since_midnight(self) -> timedelta:
        """Return the time since midnight. Raises ImpossibleError for 25:00."""
        if self.impossible:
            raise ImpossibleError(f"{self.hour}:{self.minute}")
        return clock_time(self.hour, self.minute, self.second)


@dataclass(frozen=True, slots=True)
class Period:
    """A part of the day in a text, from `start` to `end`."""

    hours: Hours
    start: int
    end: int
    letters: int


def find(
    text: str, tokens: list[Token], periods: list[Period], taken: list[tuple[int, int]], language: str
) -> list[Clock]:
    """Return all times of day in a lower-case text, in order; `taken`: spans of numeric dates, which are skipped."""
    found: list[Clock] = []
    forms = _FORMS if language in _NO_BARE_H else (*_FORMS, _BARE_H)
    for form in (*forms, _DOT):
        for match in form.finditer(text):
            if not _overlaps(match.span(), taken) and not _overlaps(match.span(), [(c.start, c.end) for c in found]):
                hour, minute, second = (int(part or 0) for part in match.groups())
                clock = Clock(hour, minute, second, match.start(), match.end(), sure=form is not _DOT)
                if clock.sure or (hour < 24 and minute < 60 and second < 60):  # noqa: PLR2004
                    found.append(clock)
    found = [_with_period(clock, text, periods, language) for clock in found]
    found += _bare(tokens, text, periods, [*taken, *((c.start, c.end) for c in found)])
    return sorted(found, key=lambda clock: clock.start)


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _with_period(clock: Clock, text: str, periods: list[Period], language: str) -> Clock:
    """Return the clock with the part of the day beside it, preferably after it."""
    short = _SHORT_PERIOD.match(text, clock.end) if language in _SHORT_PERIODS else None
    if short:
        return replace(_in_period(clock, _HALF_DAYS[short[0]], language), end=short.end())
    for period in periods:
        behind = period.start - clock.end >= 0 and _BESIDE.fullmatch(text, clock.end, period.start)
        if behind and not (language == "de" and _is_german_am(text, period)):
            return replace(_in_period(clock, period.hours, language), end=period.end)
    for period in periods:
        before = clock.start - period.end >= 0 and not text[period.end : clock.start].strip(" .:(")
        if before and period.letters > 1 and language != "de":
            return replace(_in_period(clock, period.hours, language), start=period.start)
    return clock


def _is_german_am(text: str, period: Period) -> bool:
    """Return whether "am" is German ("um 7:15 am Montag"), not "7:15 AM"."""
    return text[period.start : period.end] == "am" and bool(text[period.end :].strip(" .,)|-"))


def _in_period(clock: Clock, hours: Hours, language: str) -> Clock:
    hour = clock.hour
    if hour > _NOON:
        before_noon = hours == (_BEFORE_NOON,) and language in ("", "en")
        return replace(clock, impossible=before_noon)
    fitting = [h for h in (hour % _NOON, hour % _NOON + _NOON) if any(first <= h < last for first, last in hours)]
    if not fitting and all(first >= _NOON for first, _ in hours):  # 3:20 in what the language calls the evening
        fitting = [hour % _NOON + _NOON]
    return replace(clock, hour=fitting[0]) if len(fitting) == 1 else clock


def _bare(tokens: list[Token], text: str, periods: list[Period], taken: list[tuple[int, int]]) -> Iterator[Clock]:
    """Yield whole hours with am or pm: "7 p.m."."""
    for word, start, end in tokens:
        if not word.isdigit() or len(word) > 2 or not 1 <= int(word) <= _NOON or _overlaps((start, end), taken):  # noqa: PLR2004
            continue
        for period in periods:
            half = period.letters > 1 and any(hours[0] in period.hours for hours in _HALF_DAYS.values())
            half = half or (int(word) == _NOON and period.hours in _NOON_ITSELF)
            if half and 0 <= period.start - end <= 2 and not text[end : period.start].strip(" ."):  # noqa: PLR2004
                yield replace(_in_period(Clock(int(word), 0, 0, start, end), period.hours, "en"), end=period.end)
                break
