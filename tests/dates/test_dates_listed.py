from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import read_instant

SEVEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T07:00:00Z",
        "2026-11-23T09:00:00+02:00",
        "2026-11-23T09:00+0200",
        "2026-11-23T07:00:00.1234567Z"[:19],  # without zone: UTC
        "2026-11-23 02:00:00 EST",
        "2026-11-23T07:00:00 +00:00",
        "20261123T070000Z",
        "2026/11/23 07:00",
        "2026.11.23 16:00 KST",
        "2026年11月23日 16時00 JST",
        "2026년 11월 23일 07:00",
        "Mon, 23 Nov 2026 07:00:00 GMT",
        "Mon, 23 Nov 2026 10:00:00 +0300",
        "Mon,  23 Nov 2026\n 07:00:00 UT",
        "23 Nov 26 03:00 EDT",
        "Mon, 23 Nov 2026 09:00:00 GMT+2",
        "Mon, 23 Nov 2026 07:00:00 Nowhere",
        "Mon Nov 23 07:00:00 2026",
        "Mon Nov 23 09:00:00 +0200 2026",
        "Mon Nov 23 02:00:00 EST 2026",
        "23-Nov-2026 07:00:00",
        "Monday, November 23, 2026 - 07:00",
        "November 23rd, 2026 2:00 am EST",
        "Nov. 23, 2026 12:00 PM +0500",
        "23/11/2026 07:00",
        "11/23/2026 07:00",
        "23.11.2026 07:00 Uhr",
        "lun., 23 nov. 2026 08:00:00 +0100",
        "lunes, 23 de noviembre de 2026 07:00",
        "Mo, 23. November 2026 08:00 MEZ",
        "segunda-feira, 23 nov 2026 04:00:00 -0300",
        "Пн, 23 ноя 2026 10:00:00 +0300",
        "23 ноября 2026, 10:00 MSK",
        "23 listopada 2026 07:00",
        "23 Kasım 2026 10:00 TRT",
        "٢٣ نوفمبر 2026 07:00",
        "1795417200",
        "1795417200000",
    ],
)
def test_seven_o_clock_in_many_forms(text: str):
    assert read_instant(text) == SEVEN


@pytest.mark.parametrize("text", ["2026-11-23", "20261123", "23 Nov 2026", "Mon, 23 Nov 2026", "23.11.2026"])
def test_a_day_is_its_midnight_in_utc(text: str):
    assert read_instant(text) == MIDNIGHT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 18 Mai 2026 07:00:00 CEST", datetime(2026, 5, 18, 5, tzinfo=UTC)),
        ("3 août 2026", datetime(2026, 8, 3, tzinfo=UTC)),
        ("1 März 2026", datetime(2026, 3, 1, tzinfo=UTC)),
        ("1 juillet 2026", datetime(2026, 7, 1, tzinfo=UTC)),
        ("1 juin 2026", datetime(2026, 6, 1, tzinfo=UTC)),
        ("1 gennaio 2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("1 мая 2026", datetime(2026, 5, 1, tzinfo=UTC)),
        ("1 Sept 2026", datetime(2026, 9, 1, tzinfo=UTC)),
        ("23 Nov 99 07:00 GMT", datetime(1999, 11, 23, 7, tzinfo=UTC)),
        ("2026-11-23T24:00:00Z", datetime(2026, 11, 24, tzinfo=UTC)),
        ("Tue, 30 Jun 2026 23:59:60 GMT", datetime(2026, 7, 1, tzinfo=UTC)),
        ("November 23, 2026 12:30 a.m.", datetime(2026, 11, 23, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_hard_ones(text: str, expected: datetime):
    assert read_instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "yesterday",
        "May",
        "5",
        "2026",
        "2026-11",
        "32 Nov 2026",
        "2026-02-30",
        "23 Foo 2026",
        "23 Nov 2026 25:00",
        "23 Nov 2026 07:99",
        "0000-00-00 00:00:00",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "31 Dec 1899",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "99999999999",
        "Mon, 23 Nov 2026 07:00:00 +9900",
        "2026-11-23" + "x" * 200,
    ],
)
def test_no_date_is_none(text: str):
    assert read_instant(text) is None


@given(st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 -- the zone is added in the text
def test_what_python_writes_is_read_back(moment: datetime):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_instant(moment.isoformat()) == moment
    assert read_instant(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
    assert read_instant(moment.strftime("%d.%m.%Y %H:%M:%S")) == moment


@given(st.text(alphabet="0123456789 :-/.,TZGMapmNov年月ä+", max_size=60))
def test_any_text_gives_an_aware_date_or_none(text: str):
    moment = read_instant(text)
    assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year < 2100)
