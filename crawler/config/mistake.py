"""One mistake in one value, before it has a place in a file."""

from __future__ import annotations


class Mistake(Exception):  # noqa: N818
    """A value is wrong: what was found, what would be right, and the column (from 1) within the value, 0 for all of it.

    Never leaves `crawler.config`: it becomes a `crawler.errors.Problem` there.
    """

    def __init__(self, found: str, fix: str, *, column: int = 0) -> None:
        super().__init__(f"{found}: {fix}")
        self.found = found
        self.fix = fix
        self.column = column
