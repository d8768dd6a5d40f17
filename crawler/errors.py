"""Every failure that Wirewatch raises, as one tree.

::

    WirewatchError            has .subject: the URL, source, rule, file or server it is about
    ├── ConfigError           the watch file or an environment variable; has .problems, all at once
    ├── RuleError             a rule that cannot be read; has .column (1-based) and .fix
    ├── FetchError            a page or feed that could not be fetched
    ├── ParseError            bytes that are not what they should be
    │   ├── FeedError         not a feed, or a feed too broken to read
    │   ├── SitemapError      not a sitemap
    │   └── ExtractError      a page that could not be read
    │       ├── UnreadError   nobody got to read it, through no fault of its own
    │       ├── ReaderCrashError   it broke, hung, killed or outgrew the process that read it
    │       └── QuarantinedError    it did so too often, and was quarantined
    ├── StateError            Redis: unreachable, refused, or full
    ├── ArchiveError          the SQL archive: unreachable, locked, full, or of another schema; has .transient
    ├── NotifyError           a delivery that failed; has .retryable
    └── BusyError             ./var belongs to another running Wirewatch

What is expected (a duplicate, a 304, a page that is no article) is a value, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass


class WirewatchError(Exception):
    """Base of the tree. `str()` gives one line for a person: the subject, then what happened."""

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}" if self.subject else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Keyword-only arguments survive pickling (errors cross process borders)."""
        return (_rebuild, (type(self), self.__dict__ | {"args": self.args}))


def _rebuild(cls: type[WirewatchError], state: dict[str, object]) -> WirewatchError:
    error = cls.__new__(cls)
    error.args = state.pop("args")  # type: ignore[assignment]
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file. `line` and `column` count from 1; 0 where there is no place to name."""

    line: int
    column: int
    found: str
    fix: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.found}: {self.fix}" if self.fix else f"{place}{self.found}"


class ConfigError(WirewatchError):
    """The watch file or the environment is wrong; `problems` holds every mistake at once."""

    def __init__(self, problems: tuple[Problem, ...], *, subject: str) -> None:
        super().__init__("; ".join(map(str, problems)), subject=subject)
        self.problems = problems


class RuleError(WirewatchError):
    """A rule that cannot be read. `column` counts from 1, `fix` is the ready correction or empty.

    `readings`: where a rule can mean several things, each as the message writes it, and the whole rule with it. What
    `compile_rule` raises proposes only what it accepts.
    """

    def __init__(
        self, message: str, *, column: int, fix: str = "", subject: str = "", readings: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message, subject=subject)
        self.column = column
        self.fix = fix
        self.readings = readings


class FetchError(WirewatchError):
    """A page or feed could not be fetched."""


class ParseError(WirewatchError):
    """Bytes that are not what they should be."""


class FeedError(ParseError):
    """Not a feed, or one too broken to read."""


class SitemapError(ParseError):
    """Not a sitemap."""


class ExtractError(ParseError):
    """A page that could not be read."""


class UnreadError(ExtractError):
    """A page that nobody got to read, through no fault of its own."""


class ReaderCrashError(ExtractError):
    """A page that broke, hung, killed or outgrew the process that read it."""


class QuarantinedError(ExtractError):
    """A page that did so too often, and was quarantined."""


class StateError(WirewatchError):
    """Redis is unreachable, refuses, or is full."""


class ArchiveError(WirewatchError):
    """The archive is unreachable, locked, full, or has another schema. `transient`: waiting helps."""

    def __init__(self, message: str, *, subject: str = "", transient: bool = False) -> None:
        super().__init__(message, subject=subject)
        self.transient = transient


class NotifyError(WirewatchError):
    """A delivery failed. `retryable` says whether a later attempt may succeed.

    `retry_after_s`: what the service asked to wait for. `gone`: it asked never to be called again.
    """

    def __init__(
        self, message: str, *, retryable: bool, subject: str = "", retry_after_s: float = 0.0, gone: bool = False
    ) -> None:
        super().__init__(message, subject=subject)
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.gone = gone


class BusyError(WirewatchError):
    """The folder of state belongs to another running Wirewatch."""
