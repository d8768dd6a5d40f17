"""Checks whether any date in CLDR's formats is misread, and measures the time to read one.

    python benchmarks/dates.py [LANGUAGE ...]

Reads, for every locale of CLDR (or those named), all combinations of its weekdays and months, wide and abbreviated,
alone and within dates, as "weekday day month year" and in the locale's own formats. A date may be refused, never
misread: the bar is no wrong one. Needs the developers' Babel.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from babel import Locale, localedata
from babel.dates import format_date

from crawler.dates import read

YEAR = 2027
UNUSED_SCRIPTS = ("Dsrt", "Shaw")
SAMPLES = (
    ("ISO 8601", "2027-03-09T08:05:00+01:00", ""),
    ("RFC 822", "Tue, 09 Mar 2027 08:05:00 +0100", ""),
    ("epoch", "1804579500", ""),
    ("English", "Tuesday, March 9, 2027, 8:05 a.m. ET", "en"),
    ("German", "Dienstag, 9. März 2027, 08:05 Uhr", "de"),
    ("no language", "martes 9 de marzo de 2027", ""),
)


def days() -> Iterator[date]:
    """Return a day for each weekday of each month, after the twelfth, so that day and month are unambiguous."""
    for month in range(1, 13):
        yield from (date(YEAR, month, 13) + timedelta(weekday) for weekday in range(7))


def written(locale: Locale) -> Iterator[tuple[str, str, date]]:
    for day in days():
        for context in ("format", "stand-alone"):
            for wide in ("wide", "abbreviated"):
                for width in ("wide", "abbreviated"):
                    weekday, month = locale.days[context][wide][day.weekday()], locale.months[context][width][day.month]
                    yield "names", f"{weekday} {day.day} {month} {day.year}", day
        for width in ("full", "long", "medium", "short"):
            yield f"{width} format", format_date(day, width, locale=locale), day


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*")
    names = parser.parse_args().languages or sorted(localedata.locale_identifiers())
    outcomes: dict[str, Counter[str]] = {}
    wrong = []
    for name in names:
        localedata._cache.clear()  # noqa: SLF001  what one locale inherits leaks into the next
        locale = Locale.parse(name)
        if locale.script in UNUSED_SCRIPTS:
            continue
        for kind, text, day in dict.fromkeys(written(locale)):
            found = read(text, name.replace("_", "-"))
            outcome = "refused" if found is None else "right" if found.value.date() == day else "wrong"
            outcome = "uncertain" if outcome == "right" and found and not found.certain else outcome
            outcomes.setdefault(kind, Counter())[outcome] += 1
            if outcome == "wrong":
                wrong.append((name, text, found.value.date() if found else None))
    print(f"{'':14} {'dates':>8} {'right':>8} {'uncertain':>9} {'refused':>8} {'wrong':>6}")
    for kind, counts in outcomes.items():
        row = (counts["right"], counts["uncertain"], counts["refused"], counts["wrong"])
        print(f"{kind:14} {sum(row):8} {row[0]:8} {row[1]:9} {row[2]:8} {row[3]:6}")
    for name, text, got in wrong[:20]:
        print(f"wrong in {name}: {text!r} was read as {got}")
    for kind, text, language in SAMPLES:
        started = time.process_time()
        for _ in range(2_000):
            read(text, language)
        print(f"{kind:14} {(time.process_time() - started) * 500:6.1f} microseconds")


if __name__ == "__main__":
    main()
