"""Validation of cron lines: five fields with one unambiguous meaning.

Programs interpret cron differently. What they disagree on is rejected, with a correction:

- weekday numbers: 0 is Sunday in cron (POSIX crontab(1)), Monday in APScheduler 3, and 1 is Sunday in Quartz. Names are
  required.
- a day of the month together with a weekday: either suffices in cron, both must match in APScheduler.
- `L`, `W`, `#` and `?`, which only some support.

Ranges past the end and steps after names (`fri-mon`, `mon-fri/2`) are expanded. `crawler.schedule.cron` computes the
due times of valid lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.config.invalid_value import InvalidValue
from crawler.schedule.cron import MONTHS, WEEKDAYS

DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SHORTCUTS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
EXAMPLE = "*/15 6-22 * * mon-fri"


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its name, its range of numbers, and their names (from `low` on)."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """Parse a number or a name; the first name means `low`."""
        if text in self.names:
            return self.names.index(text) + self.low
        if not (text.isascii() and text.isdigit() and len(text) <= 2):  # noqa: PLR2004
            names = f"{', '.join(self.names)} or " if self.names else ""
            raise InvalidValue(f"`{text}` is not a valid {self.name}", f"write {names}{self.low} to {self.high}")
        value = int(text)
        if not self.low <= value <= self.high:
            raise InvalidValue(f"{self.name} {value}", f"write {self.low} to {self.high}")
        return value

    def show(self, value: int) -> str:
        """Format a number so that all programs agree on it."""
        return self.names[value - self.low] if self.names else str(value)


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("weekday", 0, 6, WEEKDAYS),
)


def read_cron(text: str) -> str:
    """Return `text` in a form that all programs interpret alike, in lower case.

    Raises `InvalidValue` with the column (from 1, within `text`) of the invalid part.
    """
    line = SHORTCUTS.get(text.strip().lower(), text.lower())
    parts = list(_words(line))
    if len(parts) != len(FIELDS):
        found = f"{len(parts)} field{'s' * (len(parts) != 1)} instead of 5 (minute hour day month weekday)"
        raise InvalidValue(found, f'write for example "{EXAMPLE}"')
    fields = [_read_field(field, part, column) for field, (column, part) in zip(FIELDS, parts, strict=True)]
    days, months, weekdays = (values for _, values in fields[2:])
    if len(days) < 31 and len(weekdays) < 7:  # noqa: PLR2004
        raise InvalidValue(
            "both a day of the month and a weekday", "keep one and write * for the other: cron versions disagree"
        )
    if all(min(days) > DAYS_IN_MONTH[month - 1] for month in months):
        raise InvalidValue(f"day {min(days)} does not exist in that month", "write an earlier day", column=parts[2][0])
    return " ".join(shown for shown, _ in fields)


def _words(line: str) -> Iterator[tuple[int, str]]:
    column = 0
    for word in line.split():
        column = line.index(word, column)
        yield column + 1, word
        column += len(word)


def _read_field(field: Field, text: str, column: int) -> tuple[str, frozenset[int]]:
    """Return the normalized field and its values."""
    shown, values = [], set[int]()
    for part in text.split(","):
        try:
            piece, numbers = _read_part(field, part)
        except InvalidValue as error:
            raise InvalidValue(error.found, error.fix, column=column) from None
        column += len(part) + 1
        shown.append(piece)
        values.update(numbers)
    return ",".join(shown), frozenset(values)


def _read_part(field: Field, part: str) -> tuple[str, list[int]]:
    span, slash, step_text = part.partition("/")
    if field.names is WEEKDAYS and any(char.isdigit() for char in span):
        raise InvalidValue(
            f"weekday number (`{span}`)", f"write {_weekday_names(span)}: 0 is Sunday in cron but Monday elsewhere"
        )
    first, last = _bounds(field, span, stepped=bool(slash))
    if field.names is WEEKDAYS and slash and first == last:
        raise InvalidValue(f"a step after a single weekday (`{part}`)", "name the days: mon,wed,fri")
    count = field.high - field.low + 1
    size = (last - first) % count if field.names else last - first
    if size < 0:
        raise InvalidValue(f"`{span}` runs backwards", f"write {first}-{field.high},{field.low}-{last}")
    step = _step(step_text, size) if slash else 1
    numbers = [(first + n - field.low) % count + field.low for n in range(0, size + 1, step)]
    return _shown(field, part, numbers), numbers


def _shown(field: Field, part: str, numbers: list[int]) -> str:
    """Return the part unchanged if all programs agree on it, else expanded."""
    if part == "*" or (not field.names and len(numbers) > 1):
        return part
    first, last = numbers[0], numbers[-1]
    plain = "/" not in part and first < last and not (field.names is WEEKDAYS and first == 0)
    return f"{field.show(first)}-{field.show(last)}" if plain else ",".join(map(field.show, numbers))


def _bounds(field: Field, span: str, *, stepped: bool) -> tuple[int, int]:
    if span == "*":
        return field.low, field.high
    first, dash, last = span.partition("-")
    start = field.number(first)
    if dash:
        return start, field.number(last)
    return start, field.high if stepped and field.names is not WEEKDAYS else start


def _step(text: str, size: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= max(size, 1)):  # noqa: PLR2004
        raise InvalidValue(f"invalid step /{text}", f"write /1 to /{max(size, 1)}, or a plain number")
    return int(text)


def _weekday_names(span: str) -> str:
    """Return cron's weekday numbers as names (7 is also Sunday), for the correction."""
    first, dash, last = span.partition("-")
    names = [WEEKDAYS[int(part) % 7] for part in (first, last) if part.isascii() and part.isdigit() and len(part) < 3]  # noqa: PLR2004
    return dash.join(names) if names else "mon, tue, wed, thu, fri, sat, sun"
