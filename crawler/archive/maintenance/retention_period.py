"""The period between two deletions by age: how old things are is judged by the clock at its begin, at its end.

A wrong clock can be set right during the period; then it begins again, and nothing was deleted by the wrong time. The
period is measured in time that the service has run, and stored, so that it may consist of many short runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, select

from crawler.archive.tables.rows import upsert
from crawler.archive.tables.schema import meta

LENGTH_S: Final = 3600.0
_KEY: Final = "retention"  # meta: the begin of the period in seconds since 1970, and the seconds run since


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """When the period began, by the clock of that time, and for how long the service has run since."""

    begun: datetime
    run_s: float = 0.0

    def after(self, run_s: float, now: datetime) -> RetentionPeriod:
        """Return the period after another `run_s` seconds of running; a new one if the clock was set back."""
        return RetentionPeriod(now) if now < self.begun else replace(self, run_s=self.run_s + run_s)

    @property
    def is_over(self) -> bool:
        """Whether what was too old at its begin may be deleted."""
        return self.run_s >= LENGTH_S


def continue_period(connection: Connection, run_s: float, now: datetime) -> RetentionPeriod:
    """Add `run_s` seconds to the stored period, or begin one; return it. The caller ends one that is over."""
    period = _stored(connection)
    period = period.after(run_s, now) if period is not None else RetentionPeriod(now)
    save_period(connection, period)
    return period


def save_period(connection: Connection, period: RetentionPeriod) -> None:
    """Store the period."""
    value = f"{period.begun.timestamp():.3f} {period.run_s:.1f}"
    upsert(connection, meta, {"key": _KEY, "value": value}, key="key")


def _stored(connection: Connection) -> RetentionPeriod | None:
    value = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    try:
        begun, run_s = map(float, (value or "").split())
        return RetentionPeriod(datetime.fromtimestamp(begun, UTC), run_s)
    except (ValueError, OverflowError, OSError):
        return None
