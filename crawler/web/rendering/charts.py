"""Charts as numbers for SVG templates: positions of bars and cells, and text descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from math import ceil

from crawler.rules.backtest import Day

WIDTH, HEIGHT = 680, 180  # of a chart of days, in units of its view box
LEFT, BOTTOM, TOP = 34, 24, 10  # margins for the numbers, the days, and above
MAX_BAR = 40  # width of a bar
LABELS = 8  # days with a label
CELL = 24  # size of a heat map cell
LEVELS = 5  # shades of a heat map; the palest for no articles
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its position, its lower part, and its tooltip."""

    x: float
    y: float
    width: float
    height: float
    inner_y: float = 0.0
    inner_height: float = 0.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a position."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart with its scale. `lines`: horizontal lines as (height, number); `description`: for screen readers."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...] = ()
    lines: tuple[tuple[float, int], ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week. `level` from 0 to LEVELS - 1."""

    x: int
    y: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The number of events by hour of the week in local time."""

    width: int
    height: int
    cells: tuple[Cell, ...]
    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    total: int
    description: str


def top_of(most: int) -> int:
    """Return the end of a scale that fits `most` and halves into a whole number: 2, 4, 10, 20, 40, 100, ..."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if most <= step * size:
                return step * size
        size *= 10


def days_chart(days: Sequence[Day], step: int = 1) -> Chart:
    """Return a chart of the hits per day, with new stories drawn darker. `step` 7: one bar per week."""
    top = top_of(max((day.hits for day in days), default=0))
    space, slot = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT) / max(1, len(days))
    bars = []
    for at, day in enumerate(days):
        high, inner = space * day.hits / top, space * day.stories / top
        name = f"{day.first:%a} {day.first.day} {day.first:%b}" if step == 1 else f"from {day.first.day} {day.first:%b}"
        title = f"{name}: {day.hits:,} hits, {day.stories:,} new stories"
        wide = min(slot * 0.8, MAX_BAR)
        x = LEFT + at * slot + (slot - wide) / 2
        bars.append(_bar(x, wide, (high, inner), HEIGHT - BOTTOM, title))
    every = ceil(len(days) / LABELS) or 1
    middle = LEFT + slot / 2
    labels = [
        Label(round(middle + at * slot, 1), HEIGHT - 6, f"{day.first.day} {day.first:%b}")
        for at, day in enumerate(days)
        if at % every == 0
    ]
    lines = [(round(HEIGHT - BOTTOM - space * part, 1), int(top * part)) for part in (0, 0.5, 1)]
    return Chart(WIDTH, HEIGHT, tuple(bars), tuple(labels), tuple(lines), _describe_days(days, step))


def small_chart(counts: Sequence[int], width: int = 112, height: int = 24) -> Chart:
    """Return a small chart without a scale, for a row of a list; the last bar is today."""
    most, slot = max([*counts, 1]), width / max(1, len(counts))
    bars = tuple(
        _bar(at * slot, slot - 1.5, (max(1.5, height * count / most) if count else 0.75, 0), height, "")
        for at, count in enumerate(counts)
    )
    total, today = sum(counts), counts[-1] if counts else 0
    return Chart(width, height, bars, description=f"{total:,} in {len(counts)} days, {today:,} today")


def interval_chart(
    shares: Sequence[tuple[float, float] | None], description: str, width: int = 112, height: int = 24
) -> Chart:
    """Return a small chart of intervals between 0 and 1: a bar up to the lower limit, a paler one up to the upper one.

    None: nothing is known, which leaves a gap.
    """
    slot = width / max(1, len(shares))
    bars = tuple(
        _bar(at * slot, slot - 1.5, (max(0.75, height * one[1]), max(0.75, height * one[0])), height, "")
        for at, one in enumerate(shares)
        if one is not None
    )
    return Chart(width, height, bars, description=description)


def heat_map(times: Iterable[datetime], zone: tzinfo | None = None) -> HeatMap:
    """Return a heat map of times by hour of the week, in the local time of `zone`."""
    counts = [[0] * 24 for _ in WEEKDAYS]
    for time in times:
        local = time.astimezone(zone)
        counts[local.weekday()][local.hour] += 1
    most = max(map(max, counts))
    cells = tuple(
        Cell(44 + hour * CELL, 18 + day * CELL, _level(count, most), f"{WEEKDAYS[day]} {hour:02}:00: {count:,}")
        for day, row in enumerate(counts)
        for hour, count in enumerate(row)
    )
    rows = tuple(Label(0, 18 + day * CELL + CELL * 0.68, name[:3]) for day, name in enumerate(WEEKDAYS))
    columns = tuple(Label(44 + hour * CELL, 12, f"{hour:02}") for hour in range(0, 24, 3))
    total = sum(map(sum, counts))
    return HeatMap(44 + 24 * CELL, 18 + 7 * CELL, cells, rows, columns, total, _describe_hours(counts, total))


def local_days(now: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """Return the last `count` local days as (start, end), ending with today."""
    today = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    starts = [(today - timedelta(days=back)).astimezone() for back in range(count - 1, -2, -1)]
    return list(pairwise(starts))


def _bar(x: float, width: float, heights: tuple[float, float], floor: float, title: str) -> Bar:
    high, inner = (round(height, 1) for height in heights)
    return Bar(round(x, 1), round(floor - high, 1), round(width, 1), high, round(floor - inner, 1), inner, title)


def _level(count: int, most: int) -> int:
    return ceil((LEVELS - 1) * count / most) if count else 0


def _describe_days(days: Sequence[Day], step: int) -> str:
    if not any(day.hits for day in days):
        return "No hits."
    best = max(days, key=lambda day: day.hits)
    what = "day" if step == 1 else "week"
    none = sum(not day.hits for day in days)
    return (
        f"Hits by {what}: peak of {best.hits:,} on {best.first.day} {best.first:%B}; "
        f"no hits on {none} of {len(days)} {what}s."
    )


def _describe_hours(counts: list[list[int]], total: int) -> str:
    if not total:
        return "No articles in this period."
    by_hour = [sum(row[hour] for row in counts) for hour in range(24)]
    by_day = [sum(row) for row in counts]
    hour, day = by_hour.index(max(by_hour)), by_day.index(max(by_day))
    quiet = [hour for hour, count in enumerate(by_hour) if not count]
    rest = f" {len(quiet)} of the 24 hours have no articles." if quiet else ""
    return (
        f"{total:,} articles; the peak hour is {hour:02}:00 to {(hour + 1) % 24:02}:00 ({by_hour[hour]:,}) "
        f"and the peak day is {WEEKDAYS[day]} ({by_day[day]:,}).{rest}"
    )
