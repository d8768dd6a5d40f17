"""Cron lines mean the same to us and to cronsim (cron's own rules)."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config.cron import FIELDS, MONTHS, WEEKDAYS, Field, read_cron
from crawler.config.invalid_value import InvalidValue
from crawler.schedule.cron import CronSchedule

START = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def times(cron: str, count: int = 8) -> list[datetime]:
    slots, found, now = CronSchedule(cron, UTC), [], START
    while len(found) < count:
        now = slots.after(now)
        found.append(now)
    return found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("*/15 6-22 * * mon-fri", "*/15 6-22 * * mon-fri"),
        ("0 7 * * SUN", "0 7 * * sun"),
        ("  0   7 * *  sun ", "0 7 * * sun"),
        ("0 7 * * sun-thu", "0 7 * * sun,mon,tue,wed,thu"),
        ("0 7 * * fri-mon", "0 7 * * fri,sat,sun,mon"),
        ("0 7 * * mon-fri/2", "0 7 * * mon,wed,fri"),
        ("0 7 * * */3", "0 7 * * sun,wed,sat"),
        ("0 7 * nov-feb *", "0 7 * nov,dec,jan,feb *"),
        ("0 7 * 3-5 *", "0 7 * mar-may *"),
        ("0 7 1,15 * *", "0 7 1,15 * *"),
        ("0 7-7/1 * * *", "0 7 * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * sun"),
    ],
)
def test_what_all_read_alike_stays_and_the_rest_is_written_out(written: str, read: str):
    assert read_cron(written) == read
    assert read_cron(read) == read


@pytest.mark.parametrize(
    ("written", "found", "fix", "column"),
    [
        ("0 7 * * 1-5", "weekday number", "write mon-fri", 9),
        ("0 7 * * 0", "weekday number", "write sun", 9),
        ("0 7 * * 7", "weekday number", "write sun", 9),
        ("0 7 * * mon,2", "weekday number", "write tue", 13),
        ("0 7 * * 1#2", "weekday number", "mon, tue", 9),
        ("0 7 1 * mon", "a day of the month and a weekday", "keep one", 0),
        ("0 7 * *", "4 fields", "*/15 6-22 * * mon-fri", 0),
        ("", "0 fields", "*/15", 0),
        ("0 0 7 * * mon", "6 fields", "*/15", 0),
        ("60 * * * *", "minute 60", "0 to 59", 1),
        ("0  24 * * *", "hour 24", "0 to 23", 4),
        ("*/60 * * * *", "invalid step /60", "/1 to /59", 1),
        ("*/0 * * * *", "invalid step /0", "/1 to /59", 1),
        ("1-5/9 * * * *", "invalid step /9", "/1 to /4", 1),
        ("0 22-6 * * *", "runs backwards", "22-23,0-6", 3),
        ("0 0 31 2 *", "day 31 does not exist", "earlier", 5),
        ("0 0 30,31 feb *", "day 30 does not exist", "earlier", 5),
        ("0 0 * * mon/2", "a step after a single weekday", "mon,wed,fri", 9),
        ("0 0 * * moon", "`moon` is not a valid weekday", "sun, mon", 9),
        ("0 0 L * *", "`l` is not a valid day", "1 to 31", 5),
        ("0 0 ? * mon", "`?` is not a valid day", "1 to 31", 5),
        ("a * * * *", "`a` is not a valid minute", "0 to 59", 1),
        ("1,,2 * * * *", "`` is not a valid minute", "0 to 59", 3),
        ("٣ * * * *", "`٣` is not a valid minute", "0 to 59", 1),
    ],
)
def test_what_products_read_differently_or_not_at_all_is_refused_with_its_column(
    written: str, found: str, fix: str, column: int
):
    with pytest.raises(InvalidValue) as caught:
        read_cron(written)
    assert found in caught.value.found
    assert fix in caught.value.fix
    assert caught.value.column == column


@st.composite
def parts(draw: st.DrawFn, field: Field) -> str:
    low, high = sorted((draw(st.integers(field.low, field.high)), draw(st.integers(field.low, field.high))))
    show = field.show if field.names is WEEKDAYS or (field.names and draw(st.booleans())) else str
    step = draw(st.integers(1, max(1, high - low)))
    forms = ["*", f"*/{draw(st.integers(1, field.high - field.low))}", show(low), f"{show(low)}-{show(high)}"]
    if low < high:
        forms.append(f"{show(low)}-{show(high)}/{step}")
    return draw(st.sampled_from(forms))


@st.composite
def crons(draw: st.DrawFn) -> str:
    fields = [",".join(draw(st.lists(parts(field), min_size=1, max_size=3))) for field in FIELDS]
    fields[draw(st.sampled_from([2, 4]))] = "*"
    return " ".join(fields)


@settings(max_examples=150)
@given(crons())
def test_every_line_that_passes_fires_at_the_same_times_as_cron(line: str):
    try:
        read = read_cron(line)
    except InvalidValue as mistake:
        assert "never comes" in mistake.found  # noqa: PT017
        return
    assert times(read) == list(islice(CronSim(line, START), 8))


def test_names_are_in_crons_order():
    assert WEEKDAYS[0] == "sun"
    assert MONTHS[1] == "feb"
