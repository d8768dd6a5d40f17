"""The generator of `data/names.json` from CLDR: `python -m crawler.dates.generate`. Needs Babel, a development tool.

For each language: months, weekdays and day periods in every width and region, the words that its date formats put
between day, month and year, and the order of its numeric dates. If a name means two months in two regions of one
language, the meaning in the language without a region counts; otherwise it is unclear.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from babel import Locale, localedata

from crawler.dates.text import phrase

TARGET: Final = Path(__file__).parent / "data" / "names.json"
_PLACEHOLDER = re.compile(r"M\d\d|\d{1,2}")  # CLDR's value for a language without data
_ERA = re.compile(r"G+")
_JOINED_MONTH = re.compile(r"((\b[^\W\d_a-zA-Z]+|'[^' ]+')?)(M{3,4})([^\W\d_a-zA-Z]+|'[^' ]+(?=[' ]))?")
_QUOTE: Final = "'"
_ABBREVIATED: Final = 3
_QUOTED = re.compile(r"'([^']+)'")
_PATTERN_LETTERS = re.compile(r"[A-Za-z]+")
_UNUSED_SCRIPTS: Final = ("Dsrt", "Shaw")  # no newspaper is printed in them
_SECONDS_AN_HOUR: Final = 3600
_HALF_DAYS: Final = {"am": (0, 12), "pm": (12, 24), "noon": (12, 13), "midnight": (0, 1)}

_Named: TypeAlias = tuple[str, int]
_Hours: TypeAlias = tuple[int, int]

# Forms used by the press that CLDR lacks.
_MORE_MONTHS: Final[dict[str, dict[str, int]]] = {
    "de": {"feber": 2, "maerz": 3},
    "hi": {phrase(name): number for name, number in (
        ("अक्तूबर", 10), ("सितम्बर", 9), ("नवम्बर", 11), ("दिसम्बर", 12))},
    "id": {"agt": 8, "agst": 8},
    "it": {"sett": 9},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reading:
    """The data of one locale."""

    name: str
    territory: str
    months: list[_Named]
    weekdays: list[_Named]
    periods: dict[str, set[_Hours]]
    between: set[str]
    order: str


def main() -> None:
    """Write the file."""
    TARGET.write_text(render(), encoding="utf-8")


def render() -> str:
    """Return the text of the file: JSON, one language per line, so that diffs are readable."""
    table = build()
    lines = [
        f"{json.dumps(key)}: {json.dumps(table[key], ensure_ascii=False, sort_keys=True, separators=(',', ':'))}"
        for key in sorted(table)
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def build() -> dict[str, Any]:
    """Return everything by language ("de"), and under "orders" the order of numeric dates by locale and by country."""
    readings: dict[str, list[_Reading]] = defaultdict(list)
    for name in sorted(localedata.locale_identifiers()):
        localedata._cache.clear()  # noqa: SLF001  inherited values would leak into the next locale
        locale = Locale.parse(name)
        if locale.script not in _UNUSED_SCRIPTS:
            readings[locale.language].append(_read(locale))
    table: dict[str, Any] = {
        language: {
            "months": months | _MORE_MONTHS.get(language, {}),
            "unclear": _unclear([one.months for one in family], months),
            "weekdays": _meanings(language, [(one.name, one.weekdays) for one in family]),
            "periods": _joined([one.periods for one in family]),
            "between": sorted({word for one in family for word in one.between}),
        }
        for language, family in readings.items()
        if (months := _meanings(language, [(one.name, one.months) for one in family]))
    }
    table["orders"] = _orders([one for family in readings.values() for one in family])
    return table


def _read(locale: Locale) -> _Reading:
    return _Reading(
        name=str(locale),
        territory=locale.territory or "",
        months=list(_months(locale)),
        weekdays=list(_named(locale.days, ("wide", "abbreviated", "short"))),
        periods=_periods(locale),
        between=set(_between(locale)),
        order=_order(locale),
    )


def _months(locale: Locale) -> Iterator[_Named]:
    """Yield months, also joined to words as in the date formats ("בנובמבר", "azaroaren")."""
    yield from _named(locale.months, ("wide", "abbreviated"))
    for width in ("full", "long", "medium"):
        pattern = _ERA.sub("", locale.date_formats[width].pattern).replace("''", "")
        for before, _, field, after in _JOINED_MONTH.findall(pattern.replace("LLL", "MMM")):
            names = locale.months["format"]["wide" if len(field) > _ABBREVIATED else "abbreviated"]
            for number, name in names.items():
                key = phrase(f"{before.strip(_QUOTE)}{name}{after.strip(_QUOTE)}")
                if _is_name(key):
                    yield key, number


def _is_name(key: str) -> bool:
    return any(char.isalpha() for char in key)


def _named(contexts: Mapping[str, Mapping[str, Mapping[int, str]]], widths: tuple[str, ...]) -> Iterator[_Named]:
    for context in ("format", "stand-alone"):
        for width in widths:
            for number, name in contexts[context].get(width, {}).items():
                key = phrase(name)
                if _is_name(key) and not _PLACEHOLDER.fullmatch(name):
                    yield key, number


def _meanings(language: str, found: list[tuple[str, list[_Named]]]) -> dict[str, int]:
    meanings: dict[str, set[int]] = defaultdict(set)
    own: dict[str, set[int]] = defaultdict(set)
    for locale, names in found:
        for key, number in names:
            meanings[key].add(number)
            if locale == language:
                own[key].add(number)
    chosen = {key: numbers if len(numbers) == 1 else own.get(key, set()) for key, numbers in meanings.items()}
    return {key: min(numbers) for key, numbers in chosen.items() if len(numbers) == 1}


def _unclear(found: list[list[_Named]], months: dict[str, int]) -> list[str]:
    """Return the names of months that mean several ("ghj." in Corsican), and that nothing decides."""
    return sorted({key for names in found for key, _ in names} - months.keys())


def _periods(locale: Locale) -> dict[str, set[_Hours]]:
    """Return the names of the parts of a day, each with its hours, the last one excluded."""
    found: dict[str, set[_Hours]] = defaultdict(set)
    for names in locale.day_periods.values():
        for width in ("wide", "abbreviated", "narrow"):
            for part, name in names.get(width, {}).items():
                key = phrase(name)
                if key and not (key.isascii() and (width == "narrow" or len(key) == 1)):  # "mi", "min", "p"
                    found[key].update(_hours(locale, part))
    return found


def _joined(found: list[dict[str, set[_Hours]]]) -> dict[str, list[_Hours]]:
    joined: dict[str, set[_Hours]] = defaultdict(set)
    for periods in found:
        for key, spans in periods.items():
            joined[key] |= spans
    return {key: sorted(spans) for key, spans in joined.items() if spans}


def _hours(locale: Locale, part: str) -> Iterator[_Hours]:
    if part in _HALF_DAYS:
        yield _HALF_DAYS[part]
        return
    for rules in locale.day_period_rules.values():
        for rule in rules.get(part, ()):
            first = rule.get("from", rule.get("at", 0)) // _SECONDS_AN_HOUR
            last = rule["before"] // _SECONDS_AN_HOUR if "before" in rule else first + 1
            yield from ((first, last),) if first < last else ((first, 24), (0, last))


def _between(locale: Locale) -> Iterator[str]:
    """Yield the words in the locale's own date formats."""
    for width in ("full", "long", "medium"):
        pattern = locale.date_formats[width].pattern
        for text in (*_QUOTED.findall(pattern), _PATTERN_LETTERS.sub(" ", _QUOTED.sub(" ", pattern))):
            yield from phrase(text).split()


def _orders(readings: list[_Reading]) -> dict[str, dict[str, str]]:
    """Return orders by locale, and by country if all its languages agree."""
    by_country: dict[str, set[str]] = defaultdict(set)
    by_locale: dict[str, str] = {}
    for one in readings:
        language = one.name.partition("_")[0]
        if one.territory:
            by_country[one.territory].add(one.order)
            key = f"{language}_{one.territory}"
            by_locale[key] = one.order if one.name == key else by_locale.get(key, one.order)
        elif one.name == language:
            by_locale[language] = one.order
    countries = {country: min(orders) for country, orders in by_country.items() if len(orders) == 1}
    return {"locales": by_locale, "countries": countries}


def _order(locale: Locale) -> str:
    pattern = _QUOTED.sub("", locale.date_formats["short"].pattern)
    return "".join(dict.fromkeys(letter for letter in pattern.lower().replace("l", "m") if letter in "dmy"))


if __name__ == "__main__":
    main()
