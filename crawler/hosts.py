"""What is known of a host, as values, and the two memories of hosts that requests pass: its gate and its robots.txt.

`crawler.state` keeps both in Redis, for all crawls and workers; a process without a Redis keeps them for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt as last fetched. `status` 0: the host was unreachable, and `body` is the reason."""

    status: int
    body: bytes = b""

    @property
    def unreachable(self) -> bool:
        """Whether server and network errors disallow everything until it is reachable again (RFC 9309 section 2.3.1.4).

        This includes 429: a server that is too busy for its robots.txt is too busy for crawls.
        """
        return self.status in {0, 429} or self.status >= 500  # noqa: PLR2004  HTTP status codes

    @property
    def why(self) -> str:
        """The reason why it could not be fetched, in one line."""
        return f"status {self.status}" if self.status else self.body.decode("utf-8", "replace") or "no response"


class Answer(NamedTuple):
    """The gate's answer: with a `wait_s` of 0.0 the request starts now. `errors`: the host's failures in a row."""

    wait_s: float
    errors: int


class Start(NamedTuple):
    """A start whose end will be reported, or none.

    `name`: a unique name, passed to `ask`. `gap_s`: as requested; `slack_s` is the part of it that allows for a request
    leaving later than its start.
    """

    name: str = ""
    gap_s: float = 0.0
    slack_s: float = 0.0


NO_START = Start()


class Gate(Protocol):
    """Start times for requests, by host: the contract is that of `crawler.state.HostGate`."""

    async def ask(self, host: str, gap_s: float, name: str = "", *, shut_s: float = 0.0) -> Answer:
        """Ask to start a request to `host` now."""
        ...

    async def hold(self, host: str, pause_s: float, start: Start = NO_START) -> float:
        """Keep `host` closed for at least `pause_s` from now."""
        ...

    async def failed(self, host: str, gap_s: float, start: Start = NO_START, *, answered: bool = True) -> float:
        """Count a failure of `host`."""
        ...

    async def answered(self, host: str, start: Start = NO_START) -> float:
        """Forget the failures of `host`."""
        ...


class RobotsMemory(Protocol):
    """robots.txt files, by host (scheme://host:port): the contract is that of `crawler.state.HttpMemory`."""

    async def robots(self, host: str) -> Robots | None:
        """Return the robots.txt of `host` if it is known."""
        ...

    async def save_robots(self, host: str, robots: Robots) -> None:
        """Remember `robots`."""
        ...
