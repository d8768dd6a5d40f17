"""What people and machines write: (language, text, what it is)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import has_date, read

MACHINES = [
    ("2027-03-09T08:05:00−05:00", "2027-03-09T08:05:00-05:00"),
    ("2027-03-09T08:05:00[Europe/Paris]", "2027-03-09T08:05:00+01:00"),
    ("2027-07-09 08:05 America/New_York", "2027-07-09T08:05:00-04:00"),
    ("2027-W10-2", "2027-03-09T00:00:00"),
    ("2027W102", "2027-03-09T00:00:00"),
    ("2027-068", "2027-03-09T00:00:00"),
    ("2027-068T08:05:00Z", "2027-03-09T08:05:00+00:00"),
    ("20270309T080500+0300", "2027-03-09T08:05:00+03:00"),
    ("20270309080500", "2027-03-09T08:05:00"),
    ("2027-03-09T08", "2027-03-09T08:00:00"),
    ("Tue Mar  9 08:05:00 2027", "2027-03-09T08:05:00"),
    ("Tue Mar 9 08:05:00 CET 2027", "2027-03-09T08:05:00+01:00"),
    ("Tue Mar 09 2027 08:05:00 GMT+0300 (East Africa Time)", "2027-03-09T08:05:00+03:00"),
    ("Tuesday, 09-Mar-27 08:05:00 GMT", "2027-03-09T08:05:00+00:00"),
    ("Tue, 9 Mar 2027 08:05:00 -0000", "2027-03-09T08:05:00+00:00"),
    ("Tue, 9 Mar 2027 08:05 AKST", "2027-03-09T08:05:00-09:00"),
    ("9 Mar 2027 08:05 A", "2027-03-09T08:05:00"),
    ("2027-03-09 24:00", "2027-03-10T00:00:00"),
]


@pytest.mark.parametrize("language", ["", "fr", "es", "sq", "ja"])
@pytest.mark.parametrize(("text", "iso"), MACHINES)
def test_what_machines_write_means_the_same_in_every_language(text: str, iso: str, language: str):
    found = read(text, language)
    assert found is not None
    assert found.value.isoformat() == iso


@pytest.mark.parametrize(
    "value",
    [1_804_579_500, 1_804_579_500.25, "1804579500", "1804579500.5", 1_804_579_500_000, "1804579500000000",
     "1804579500000000000", "1.8045795e9", "/Date(1804579500000)/", "/Date(1804579500000+0200)/"],
)  # fmt: skip
def test_counts_since_1970(value: object):
    found = read(value)
    assert found is not None
    assert found.value == datetime(2027, 3, 9, 8, 5, tzinfo=UTC)
    assert found.exact


@pytest.mark.parametrize(
    "value", [True, None, [], 0, -1, 42, 18_045_795_000, "180457950012", float("nan"), float("inf"), 1e30]
)
def test_other_numbers_are_no_dates(value: object):
    assert read(value) is None


@pytest.mark.parametrize(
    ("language", "text", "iso"),
    [
        ("en", "Tue, March 9, 2027, 9:30 PM EST", "2027-03-09T21:30:00-05:00"),
        ("en", "2027-03-09 9:30 pm", "2027-03-09T21:30:00"),
        ("en", "9:30p ET Mar 9, 2027", "2027-03-09T21:30:00-05:00"),
        ("en", "Tuesday, March 9th, 2027, 9.30pm", "2027-03-09T21:30:00"),
        ("en", "12 noon, 9 March 2027", "2027-03-09T12:00:00"),
        ("en", "9 March 2027, 12:00 midnight", "2027-03-09T00:00:00"),
        ("ko", "2027.03.09 오후 3:20", "2027-03-09T15:20:00"),
        ("", "2027.03.09 오후 3:20", "2027-03-09T15:20:00"),
        ("ko", "2027년 3월 9일 화요일 오전 12:05", "2027-03-09T00:05:00"),
        ("zh", "2027年3月9日 下午3时20分", "2027-03-09T15:20:00"),
        ("zh", "2027年3月9日星期二 晚上9:30", "2027-03-09T21:30:00"),
        ("zh-TW", "2027/03/09 下午 03:20", "2027-03-09T15:20:00"),
        ("ja", "2027年3月9日(火) 午後3時20分", "2027-03-09T15:20:00"),
        ("ar", "9 مارس 2027 - 3:20 م", "2027-03-09T15:20:00"),
        ("ar", "الثلاثاء 9 مارس 2027م 3:20 صباحا", "2027-03-09T03:20:00"),
        ("ar", "الثلاثاء، ٩ آذار ٢٠٢٧ ٠٩:٣٠ مساءً", "2027-03-09T21:30:00"),
        ("el", "Τρίτη 9 Μαρτίου 2027, 3:20 μ.μ.", "2027-03-09T15:20:00"),
        ("el", "9/3/2027 12:20 π.μ.", "2027-03-09T00:20:00"),
        ("hi", "9 मार्च 2027, 3:20 अपराह्न", "2027-03-09T15:20:00"),
        ("ta", "9 மார்ச், 2027 பிற்பகல் 3:20", "2027-03-09T15:20:00"),
        ("vi", "9 tháng 3, 2027 3:20 CH", "2027-03-09T15:20:00"),
        ("ur", "9 مارچ 2027ء 7:20 شام", "2027-03-09T19:20:00"),
        ("es", "9 de marzo de 2027 a las 3:20 p. m.", "2027-03-09T15:20:00"),
        ("es", "martes 9 de marzo de 2027, 9:30 de la noche", "2027-03-09T21:30:00"),
        ("fr", "mardi 9 mars 2027 à 15h20", "2027-03-09T15:20:00"),
        ("fr", "le 1er mars 2027 à 7h", "2027-03-01T07:00:00"),
        ("pt", "9 de mar. de 2027 às 15h20min", "2027-03-09T15:20:00"),
        ("de", "Stand: 9.3.2027, 15.20 Uhr", "2027-03-09T15:20:00"),
        ("de", "7:15 am Dienstag, 9. März 2027", "2027-03-09T07:15:00"),
        ("de", "12:15 am Dienstag, 9. März 2027", "2027-03-09T12:15:00"),
        ("ru", "9 марта 2027 г., 15:20 МСК", "2027-03-09T15:20:00+03:00"),
        ("fi", "9.3.2027 klo 15.20", "2027-03-09T15:20:00"),
    ],
)
def test_times_of_day(language: str, text: str, iso: str):
    found = read(text, language)
    assert found is not None
    assert found.value.isoformat() == iso


@pytest.mark.parametrize(
    ("language", "text", "iso"),
    [
        ("en", "Sat 27 Mar 2027", "2027-03-27"),
        ("fr", "mar. 23 nov. 2027", "2027-11-23"),
        ("fr", "mar. 9 mars 2027", "2027-03-09"),
        ("es", "mar 23 nov 2027", "2027-11-23"),
        ("es", "mar 9 mar 2027", "2027-03-09"),
        ("ro", "mar, 23 noiembrie 2027", "2027-11-23"),
        ("it", "24 mar 2027", "2027-03-24"),
        ("gl", "mar. 23 nov. 2027", "2027-11-23"),
        ("sq", "sht 13 mar 2027", "2027-03-13"),
        ("da", "tirs. 9. mar. 2027", "2027-03-09"),
        ("hu", "2027. március 9., kedd", "2027-03-09"),
        ("lt", "2027 m. kovo 9 d.", "2027-03-09"),
        ("lv", "2027. gada 9. marts", "2027-03-09"),
        ("eu", "2027(e)ko martxoaren 9a, asteartea", "2027-03-09"),
        ("he", "9 במרץ 2027", "2027-03-09"),
        ("ca", "1 d’abril del 2027", "2027-04-01"),
        ("hr", "9. listopada 2027.", "2027-10-09"),
        ("pl", "9 listopada 2027", "2027-11-09"),
        ("tr", "9 KASIM 2027 Salı", "2027-11-09"),
        ("hi", "9 नवम्बर 2027", "2027-11-09"),
        ("th", "9 มี.ค. 2570", "2027-03-09"),
        ("th", "9 ม.ค. 2570", "2027-01-09"),
        ("th", "วันอังคารที่ 9 มีนาคม พ.ศ. 2570", "2027-03-09"),
        ("fa", "سه‌شنبه ۱۸ اسفند ۱۴۰۵", "2027-03-09"),
        ("fa", "۱۴۰۵/۱۲/۱۸", "2027-03-09"),
        ("fa", "۹ مارس ۲۰۲۷", "2027-03-09"),
        ("ja", "令和9年3月9日", "2027-03-09"),
        ("zh-TW", "民國116年3月9日", "2027-03-09"),
        ("en", "9 Machi 2027", "2027-03-09"),  # a language that the page does not declare
        ("en", "March 9, 20277:55 AM", "2027-03-09"),  # two elements without a space
        ("en", "Published 9 March 2027, updated 10 March 2027 09:00", "2027-03-09"),
    ],
)
def test_days(language: str, text: str, iso: str):
    found = read(text, language)
    assert found is not None
    assert found.value.date().isoformat() == iso


def test_a_time_belongs_to_the_date_beside_it():
    first = read("Published 9 March 2027, updated 10 March 2027 09:00", "en")
    assert first is not None
    assert not first.timed
    span = read("9 March 2027 07:00 - 08:30", "en")
    assert span is not None
    assert not span.zoned


@pytest.mark.parametrize(
    ("language", "text", "iso"),
    [
        ("en-GB", "03/04/2027", "2027-04-03"),
        ("en-KE", "03/04/2027", "2027-04-03"),
        ("en-US", "03/04/2027", "2027-03-04"),
        ("pt-BR", "03/04/2027", "2027-04-03"),
        ("fil", "03/04/2027", "2027-03-04"),
        ("vi", "3/4/2027", "2027-04-03"),
        ("en", "Sat 03/04/2027", "2027-04-03"),
        ("en", "Thursday 03/04/2027", "2027-03-04"),
        ("en", "13/04/2027", "2027-04-13"),
        ("en", "04/13/2027", "2027-04-13"),
        ("hu", "27.04.03.", "2027-04-03"),
        ("de", "03.04.27", "2027-04-03"),
        ("ja", "27/04/03", "2027-04-03"),
        ("", "03.04.2027", "2027-04-03"),
        ("ko", "2027. 4. 3.", "2027-04-03"),
    ],
)
def test_the_order_of_numbers(language: str, text: str, iso: str):
    found = read(text, language)
    assert found is not None
    assert found.value.date().isoformat() == iso


@pytest.mark.parametrize("language", ["", "en", "en-CA", "zu", "xx"])
@pytest.mark.parametrize("text", ["03/04/2027", "3-4-2027", "03/04/27"])
def test_an_order_that_nothing_decides_is_none(language: str, text: str):
    assert read(text, language) is None


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-30", "30.02.2027", "31 November 2027", "29 February 2027", "2027-03-09T25:00:00Z", "2027-W54-1",
        "2027-03-09T07:60:00Z", "2027-03-09T07:15:00+14:30", "2027-03-09T07:15:00-13:00", "9 Mar 2027 25:00",
        "2027-03-09 24:01", "2027-366", "2027-000", "9 Mar 2027 07:15:61", "9 March 2027 15:30 AM", "۳۰ اسفند ۱۴۰۵",
        "March 2027", "tomorrow at 7", "2027", "call 1-800-555 10 20", "version 10.0.12.7", "12/2027",
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(text: str):
    assert read(text, "en") is None
    assert read(text, "fa" if "۱" in text else "") is None


@pytest.mark.parametrize(
    ("language", "text", "minutes", "certain"),
    [
        ("en", "9 January 2027 07:15 ET", -300, True),
        ("en", "9 July 2027 07:15 ET", -240, True),
        ("en", "9 July 2027 07:15 PT", -420, True),
        ("en", "9 January 2027 07:15 CT", -360, True),
        ("en", "9 July 2027 07:15 Pacific Time", -420, True),
        ("en", "9 July 2027 07:15 Mountain Standard Time", -420, True),
        ("en", "9 July 2027 07:15 (GMT+7)", 420, True),
        ("en", "9 July 2027 07:15 UTC-3:30", -210, True),
        ("en-IN", "9 July 2027 07:15 IST", 330, True),
        ("he", "9 July 2027 07:15 IST", 120, True),
        ("en-IE", "9 July 2027 07:15 IST", 60, True),
        ("en", "9 July 2027 07:15 IST", 330, False),
        ("en", "9 July 2027 07:15 BST", 60, True),
        ("en", "9 January 2027 07:15 BST", 60, False),
        ("bn", "9 January 2027 07:15 BST", 360, True),
        ("zh", "Sat Jan 9 07:15:00 CST 2027", 480, True),
        ("en", "Sat Jan 9 07:15:00 CST 2027", -360, True),
        ("en", "9 July 2027 07:15 WITA", 480, True),
    ],
)
def test_zones(language: str, text: str, minutes: int, *, certain: bool):
    found = read(text, language)
    assert found is not None
    assert found.value.utcoffset() == timedelta(minutes=minutes)
    assert found.certain is certain


def test_words_are_no_zones():
    found = read("le 9 mars 2027 à 7h15 est une date", "fr")
    assert found is not None
    assert not found.zoned


@pytest.mark.parametrize(("text", "certain"), [("Tuesday, 9 March 2027", True), ("Monday, 9 March 2027", False)])
def test_a_weekday_that_does_not_fit_makes_a_date_uncertain(text: str, *, certain: bool):
    found = read(text, "en")
    assert found is not None
    assert found.certain is certain


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9 March 2027", True), ("03/04/2027", True), ("at 7:15", True), ("31 June 2027", True), ("10 de maio", False),
     ("nothing", False), ("room 12", False), ("a match that ended 25:70", False)],
)  # fmt: skip
def test_whether_a_line_holds_a_date(text: str, *, expected: bool):
    assert has_date(text) is expected


@given(st.dates(date(1980, 1, 1), date(2100, 12, 31)), st.sampled_from(["en-GB", "de", "fr", "es", "th", "vi"]))
def test_a_day_in_digits_is_read_back(day: date, language: str):
    found = read(f"{day:%d/%m/%Y}", language)
    assert found is not None
    assert found.value.date() == day


@given(
    st.text(alphabet="0123456789 :-/.,TZGMapmNovarée年月日下午م'+()|", max_size=80),
    st.sampled_from(["", "en", "fr", "ar", "zh", "th"]),
)
def test_any_text_gives_a_date_or_none(text: str, language: str):
    found = read(text, language)
    assert found is None or 1979 <= found.value.year <= 2101
    has_date(text, language)
