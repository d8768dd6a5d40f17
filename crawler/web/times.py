"""The times that forms offer; crawler/usecases/times.py reads them."""

from __future__ import annotations

SINCE = (
    ("1h", "last hour"),
    ("24h", "last 24 hours"),
    ("3d", "last 3 days"),
    ("7d", "last 7 days"),
    ("30d", "last 30 days"),
)
SILENT_FOR = (
    ("1h", "for an hour"),
    ("8h", "for 8 hours"),
    ("1d", "for a day"),
    ("3d", "for 3 days"),
    ("1w", "for a week"),
)
