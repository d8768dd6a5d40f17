"""Wall clocks: when a local time is, and when quiet hours end; right across changes of the clock.

A local time that comes twice (autumn) counts once, at its first coming; one that is left out (spring) is taken to be
the moment at which the clock jumps. Quiet hours are what the clock on the wall shows, both times.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which the clocks of `zone` first show the naive time `wall`, or jump over it."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    low, high = late, early  # left out: the jump lies between the two
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def is_quiet(moment: datetime, hours: tuple[time, time], zone: tzinfo) -> bool:
    """Say whether the wall clock shows a time from the start of `hours` to before its end, over midnight too."""
    start, end = hours
    wall = moment.astimezone(zone).time()
    return start <= wall < end if start < end else not end <= wall < start


def quiet_until(moment: datetime, hours: tuple[time, time], zone: tzinfo) -> datetime:
    """Return the first moment from `moment` on that is not quiet."""
    while is_quiet(moment, hours, zone):
        today = moment.astimezone(zone).date()
        ends = [instant(datetime.combine(today + timedelta(days=n), hours[1]), zone) for n in (0, 1)]
        again = [end.astimezone(zone).replace(tzinfo=zone, fold=1).astimezone(UTC) for end in ends]
        moment = min(end for end in (*ends, *again) if end > moment)
    return moment
