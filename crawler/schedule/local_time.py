"""Conversion of local times to UTC, and quiet hours, correct across changes of the clock.

A local time that occurs twice (autumn) means its first occurrence; a skipped one (spring) means the time at which the
clock jumps. Quiet hours follow the displayed local time, in both passes of a repeated hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Return the UTC time at which the clocks of `zone` first show the naive time `local`, or jump over it."""
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    low, high = late, early  # skipped: the jump is between the two
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def is_quiet(when: datetime, hours: tuple[time, time], zone: tzinfo) -> bool:
    """Return whether the local time is from the start of `hours` to before their end, also across midnight."""
    start, end = hours
    local = when.astimezone(zone).time()
    return start <= local < end if start < end else not end <= local < start


def quiet_until(when: datetime, hours: tuple[time, time], zone: tzinfo) -> datetime:
    """Return the first time from `when` on that is not quiet."""
    while is_quiet(when, hours, zone):
        today = when.astimezone(zone).date()
        ends = [to_utc(datetime.combine(today + timedelta(days=n), hours[1]), zone) for n in (0, 1)]
        second_ends = [end.astimezone(zone).replace(tzinfo=zone, fold=1).astimezone(UTC) for end in ends]
        when = min(end for end in (*ends, *second_ends) if end > when)
    return when
