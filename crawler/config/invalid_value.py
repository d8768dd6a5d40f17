"""The error for an invalid value, before its position in the file is known."""

from __future__ import annotations


class InvalidValue(Exception):  # noqa: N818
    """An invalid value: what was found, the correction, and the column (from 1) within the value, 0 for the whole.

    In `crawler.config`, it becomes a `crawler.errors.Problem`.
    """

    def __init__(self, found: str, fix: str, *, column: int = 0) -> None:
        super().__init__(f"{found}: {fix}")
        self.found = found
        self.fix = fix
        self.column = column
