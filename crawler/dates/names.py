"""Names of months, weekdays and parts of the day by language, from CLDR (`data/names.json`, see `generate`).

`everywhere` is for texts in an unknown language: a name then has its meaning in the languages of the press, and is
doubtful if these disagree; other languages add names that do not contradict them. Prefixes of at least three letters
count as abbreviations if they fit one month and no weekday.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

Hours: TypeAlias = tuple[tuple[int, int], ...]

_MIN_PREFIX: Final = 3
_UNSPACED_FROM: Final = 0x3000  # Chinese, Japanese, Korean: "11月"
_ALIASES: Final = {"no": "nb", "iw": "he", "in": "id", "tl": "fil", "sh": "sr", "mo": "ro", "ji": "yi", "jw": "jv"}
UNCLEAR: Final = 0
_ENGLISH: Final = "en"
_PRESS: Final = (  # most read first
    "en", "es", "fr", "de", "pt", "it", "ru", "ar", "nl", "pl", "tr", "id", "sv", "da", "nb", "fi", "cs",
    "el", "ro", "hu", "uk", "bg", "fa", "he", "hi", "bn", "ur", "ta", "th", "vi", "ms", "fil", "sw", "sr",
    "hr", "sk", "sl", "lt", "lv", "et", "is", "ca", "af", "zu", "am", "so", "ha", "ja", "ko", "zh",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one language, as phrases (`text.phrase`).

    `months` count from 1 (0: ambiguous), `weekdays` from Monday 0; `periods` are the hours of a part of the day.
    `between` are words that may separate day, month and year. `longest`: the number of tokens of the longest name that
    starts with a token. `doubtful`: months about which languages of the press disagree.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    periods: Mapping[str, Hours]
    between: frozenset[str]
    longest: Mapping[str, int]
    doubtful: frozenset[str] = frozenset()


def primary(tag: str) -> str:
    """Return the language of a BCP 47 tag as named in the table, "" if the table lacks it."""
    code = tag.lower().replace("_", "-").partition("-")[0]
    code = _ALIASES.get(code, code)
    return code if code in _table() and code != "orders" else ""


@cache
def of_language(language: str) -> Names:
    """Return the names of one language of the table, with English ones that do not contradict it."""
    table, english = _table()[language], _table()[_ENGLISH]
    unclear = dict.fromkeys(table["unclear"], UNCLEAR)
    months = _with_prefixes(table["months"], table["weekdays"]) | unclear
    weekdays = dict(table["weekdays"])
    periods = {key: _spans(value) for key, value in table["periods"].items()}
    for name, number in _with_prefixes(english["months"], english["weekdays"]).items():
        if name not in weekdays:
            months.setdefault(name, number)
    for name, number in english["weekdays"].items():
        if name not in months:
            weekdays.setdefault(name, number)
    for name in ("am", "pm", "a m", "p m"):
        periods.setdefault(name, _spans(english["periods"][name]))
    return _names(months, weekdays, periods, table["between"])


@cache
def everywhere() -> Names:
    """Return the names of all languages together."""
    table = {code: names for code, names in _table().items() if code != "orders"}
    press, english = [table[code] for code in _PRESS], table[_ENGLISH]
    months, doubtful = _by_press([names["months"] for names in press])
    weekdays, _ = _by_press([names["weekdays"] for names in press])
    own = _with_prefixes(english["months"], english["weekdays"])
    months = _agreed(names["months"] for names in table.values()) | own | months
    weekdays = _agreed(names["weekdays"] for names in table.values()) | weekdays
    between = {word for names in table.values() for word in names["between"]}
    halves = (dict(_halves(names["periods"])) for names in table.values())
    periods = {key: _HALVES[half] for key, half in _agreed(halves).items() if key not in between and _is_period(key)}
    periods |= {key: _spans(value) for key, value in english["periods"].items()}
    months = {name: number for name, number in months.items() if name not in between and _is_long(name)}
    weekdays = {name: number for name, number in weekdays.items() if _is_long(name)}
    return _names(months, weekdays, periods, between, doubtful - english["months"].keys())


def _is_long(name: str) -> bool:
    """Return whether a name counts in an unknown language: "de" is December in Jola, "11 kh" a Sunday in Luri."""
    if name.isascii():
        return len(name) >= _MIN_PREFIX and name[0].isalpha()
    return name[0].isalpha() or ord(name[-1]) >= _UNSPACED_FROM


def _is_period(name: str) -> bool:
    """Return whether a part of the day counts in an unknown language: "em" is PM in Swedish, "on" in Portuguese."""
    return not name.isascii() or len(name) > _MIN_PREFIX


def _by_press(tables: list[Mapping[str, int]]) -> tuple[dict[str, int], frozenset[str]]:
    """Return the meanings in the first language that has each name, and the names read differently by another."""
    first: dict[str, int] = {}
    doubtful = set()
    for table in tables:
        for name, number in table.items():
            if first.setdefault(name, number) != number:
                doubtful.add(name)
    return first, frozenset(doubtful)


@cache
def orders() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the order of numeric dates ("dmy") by locale ("en_GB", "de") and by country."""
    table = _table()["orders"]
    return table["locales"], table["countries"]


_HALVES: Final[tuple[Hours, Hours]] = (((0, 12),), ((12, 24),))


def _halves(periods: Mapping[str, list[list[int]]]) -> Iterator[tuple[str, int]]:
    """Yield names of the half day before noon (0) and after it (1); finer parts are only known in their language."""
    for name, spans in periods.items():
        for half, whole in enumerate(_HALVES):
            if whole[0] in _spans(spans):
                yield name, half


def _agreed(tables: Iterator[Mapping[str, int]]) -> dict[str, int]:
    meanings: dict[str, set[int]] = defaultdict(set)
    for table in tables:
        for name, number in table.items():
            meanings[name].add(number)
    return {name: min(numbers) for name, numbers in meanings.items() if len(numbers) == 1}


def _with_prefixes(months: Mapping[str, int], weekdays: Mapping[str, int]) -> dict[str, int]:
    prefixes: dict[str, set[int]] = defaultdict(set)
    for name, number in months.items():
        if " " not in name:
            for length in range(_MIN_PREFIX, len(name)):
                prefixes[name[:length]].add(number)
    taken = {name[:length] for name in weekdays for length in range(_MIN_PREFIX, len(name) + 1)}
    clear = {name: min(numbers) for name, numbers in prefixes.items() if len(numbers) == 1 and name not in taken}
    return clear | dict(months)


def _spans(value: list[list[int]]) -> Hours:
    return tuple((first, last) for first, last in value)


def _names(
    months: dict[str, int],
    weekdays: dict[str, int],
    periods: dict[str, Hours],
    between: Collection[str],
    doubtful: frozenset[str] = frozenset(),
) -> Names:
    periods |= {name.replace(" ", ""): spans for name, spans in periods.items() if _is_initials(name)}
    longest: dict[str, int] = {}
    for name in (*months, *weekdays, *periods):
        parts = name.split()
        longest[parts[0]] = max(longest.get(parts[0], 0), len(parts))
    return Names(months, weekdays, periods, frozenset(between), longest, doubtful)


def _is_initials(name: str) -> bool:
    """Return whether `name` is initials ("p m", "μ μ"), which are also written without a space."""
    return " " in name and all(len(part) == 1 for part in name.split())


@cache
def _table() -> dict[str, Any]:
    text = resources.files("crawler.dates").joinpath("data/names.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
