"""The hierarchy of all errors that Wirewatch raises.

::

    WirewatchError            has .subject: the URL, source, rule, file or server concerned
    ├── ConfigError           an invalid watch file or environment variable; has .problems, all at once
    ├── RuleError             an invalid rule; has .column (1-based) and .fix
    ├── FetchError            a page or feed that could not be fetched
    ├── ParseError            content of an unexpected or broken format
    │   ├── FeedError         not a feed, or a feed too broken to read
    │   ├── SitemapError      not a sitemap
    │   └── ExtractError      a page that could not be extracted
    │       ├── NotAttemptedError    extraction was not attempted, for reasons other than the page
    │       ├── ExtractorCrashError  the page crashed its extraction process, hung it or exceeded its memory
    │       └── QuarantinedError     the page did so too often and is quarantined
    ├── StateError            Redis: unreachable, refusing, or full
    ├── ArchiveError          the SQL archive: unreachable, locked, full, or of another schema; has .transient
    ├── NotifyError           a delivery that failed; has .retryable
    └── BusyError             ./var belongs to another running Wirewatch

Expected outcomes (a duplicate, a 304, a page without an article) are values, not errors.
"""

from __future__ import annotations

from dataclasses import dataclass


class WirewatchError(Exception):
    """Base class. `str()` returns one line for the user: the subject, then the message."""

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}" if self.subject else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword-only arguments when pickled: errors cross process boundaries."""
        return (_rebuild, (type(self), self.__dict__ | {"args": self.args}))


def _rebuild(cls: type[WirewatchError], state: dict[str, object]) -> WirewatchError:
    error = cls.__new__(cls)
    error.args = state.pop("args")  # type: ignore[assignment]
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in a file. `line` and `column` count from 1; 0 if the problem has no position."""

    line: int
    column: int
    found: str
    fix: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.found}: {self.fix}" if self.fix else f"{place}{self.found}"


class ConfigError(WirewatchError):
    """An invalid watch file or environment; `problems` lists all of its problems."""

    def __init__(self, problems: tuple[Problem, ...], *, subject: str) -> None:
        super().__init__("; ".join(map(str, problems)), subject=subject)
        self.problems = problems


class RuleError(WirewatchError):
    """An invalid rule. `column` counts from 1, `fix` is the corrected query or "".

    `readings`: the possible meanings of an ambiguous rule, each as (its text in the message, the whole corrected rule).
    `compile_rule` suggests only corrections that it accepts.
    """

    def __init__(
        self, message: str, *, column: int, fix: str = "", subject: str = "", readings: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message, subject=subject)
        self.column = column
        self.fix = fix
        self.readings = readings


class FetchError(WirewatchError):
    """A page or feed that could not be fetched."""


class ParseError(WirewatchError):
    """Content of an unexpected or broken format."""


class FeedError(ParseError):
    """Not a feed, or a feed too broken to read."""


class SitemapError(ParseError):
    """Not a sitemap."""


class ExtractError(ParseError):
    """A page that could not be extracted."""


class NotAttemptedError(ExtractError):
    """A page whose extraction was not attempted, for reasons other than the page."""


class ExtractorCrashError(ExtractError):
    """A page that crashed its extraction process, hung it or exceeded its memory."""


class QuarantinedError(ExtractError):
    """A page that crashed extraction too often and is quarantined."""


class StateError(WirewatchError):
    """A failure of Redis: unreachable, refusing, or full."""


class ArchiveError(WirewatchError):
    """A failure of the archive: unreachable, locked, full, or of another schema. `transient`: a retry may succeed."""

    def __init__(self, message: str, *, subject: str = "", transient: bool = False) -> None:
        super().__init__(message, subject=subject)
        self.transient = transient


class NotifyError(WirewatchError):
    """A failed delivery. `retryable`: whether a later attempt may succeed.

    `retry_after_s`: the wait that the service requested. `gone`: it requested no further deliveries (410).
    `misconfigured`: the channel itself is at fault, so the delivery waits until the channel is corrected.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        subject: str = "",
        retry_after_s: float = 0.0,
        gone: bool = False,
        misconfigured: bool = False,
    ) -> None:
        super().__init__(message, subject=subject)
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.gone = gone
        self.misconfigured = misconfigured


class BusyError(WirewatchError):
    """The state folder belongs to another running Wirewatch."""
