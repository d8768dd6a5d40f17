"""The table of names is what CLDR has, and no weekday in it is ever read as a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from babel import Locale, localedata
from babel.dates import format_date

from crawler.dates import generate, read
from crawler.dates.names import everywhere, of_language, primary

LANGUAGES = sorted({name.partition("_")[0] for name in localedata.locale_identifiers()})
CONFUSED = ("af", "co", "da", "dav", "en", "es", "fr", "gl", "it", "mfe", "pt", "ro", "saq", "sq", "sw", "tok")
PRESS = (
    "ar", "bn", "cs", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl", "pl",
    "pt", "ru", "sv", "sw", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
FIRST = date(2027, 1, 13)


@pytest.mark.slow
def test_the_table_is_what_cldr_has():
    assert generate.TARGET.read_text(encoding="utf-8") == generate.render(), "run python -m crawler.dates.generate"


def written(language: str, days: list[date]) -> Iterator[tuple[str, date]]:
    """Each day as weekday, day, month and year in every width, and in the language's own formats."""
    localedata._cache.clear()
    locale = Locale.parse(language)
    for day in days:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                weekday, month = locale.days[context][width][day.weekday()], locale.months[context][width][day.month]
                yield f"{weekday} {day.day} {month} {day.year}", day
                yield f"{weekday}, {month} {day.day}, {day.year}", day
        for width in ("full", "long", "medium"):
            yield format_date(day, width, locale=locale), day


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_date_of_any_language_is_misread(language: str):
    """One weekday a month; the benchmark reads all of them."""
    days = [FIRST + timedelta(30.5 * month) for month in range(12)]
    for text, day in written(language, days):
        found = read(text, language)
        assert found is None or found.value.date() == day, text


@pytest.mark.slow
@pytest.mark.parametrize("language", CONFUSED)
def test_no_weekday_is_a_month_where_they_look_alike(language: str):
    days = [FIRST + timedelta(30.5 * month + weekday) for month in range(12) for weekday in range(7)]
    for text, day in written(language, days):
        found = read(text, language)
        assert found is None or found.value.date() == day, text


@pytest.mark.parametrize("language", PRESS)
def test_every_date_of_the_languages_of_the_press_is_read(language: str):
    for text, day in written(language, [FIRST + timedelta(30.5 * month) for month in range(12)]):
        found = read(text, language)
        assert found is not None, text
        assert found.value.date() == day, text


def test_a_name_that_means_two_months_is_none():
    assert read("13 Su 2027", "dyo") is None  # June or July in Jola


def test_tags_and_old_codes_are_understood():
    assert [primary(tag) for tag in ("de-AT", "zh_Hant", "no", "iw", "TL", "xx", "")] == [
        "de", "zh", "nb", "he", "fil", "", ""]  # fmt: skip


def test_short_words_of_one_language_are_no_names_in_all():
    assert "de" not in everywhere().months
    assert "em" not in everywhere().periods
    assert "mar" not in {name for name, number in of_language("pt").weekdays.items() if number == 1}
