"""Connection limits, so that no client can block the page by being slow or by opening many connections.

uvicorn limits idle connections only (https://github.com/Kludex/uvicorn/issues/157); see
docs/decisions/070-web-limits.md. The head and the body of a request must arrive in time, and the response must be read
in time. If a client opens too many connections, its oldest one on which it still has to send data is closed, so that a
new connection, such as a health probe, is always answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from crawler.web.server.clients import Proxies, client_of

KEEP_ALIVE_S = 5
HEAD_S = 15.0  # from the opening of a connection, or from the previous response; KEEP_ALIVE_S of it may be idle
BODY_S = 30.0  # from the end of the head
RESPONSE_S = 60.0  # for a full send buffer to empty
MAX_PER_CLIENT = 100  # connections
MAX_TOTAL = 500


class Connection(H11Protocol):
    """One connection. `proxies`: peers that are not limited as one client; their clients are limited per request."""

    proxies = Proxies()
    peer = ""
    opened = 0.0  # by the event loop's clock
    _phase: object = None  # h11's state of the client
    _request_due: asyncio.TimerHandle | None = None
    _answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start waiting for a request, and close another connection if there are too many."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.peer = client_of(self.client[0]) if self.client else ""
        self.opened = self.loop.time()
        self._watch()
        closable = self._closable()
        if closable:
            min(closable, key=lambda one: one.opened).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel all timers."""
        super().connection_lost(exc)
        _stop(self._request_due)
        _stop(self._answer_due)

    def handle_events(self) -> None:
        """Handle received data, and start the timer for the data that must follow."""
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        """Start the timer for unsent data."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._expect_reading()

    def pause_writing(self) -> None:
        """Start the timer because the send buffer is full."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """Cancel the timer because the client reads."""
        super().resume_writing()
        _stop(self._answer_due)

    @property
    def idle(self) -> bool:
        """Whether the client has to send data first: a request, or the rest of one."""
        return self.conn.their_state in {h11.IDLE, h11.SEND_BODY} and not self.transport.is_closing()

    def _closable(self) -> list[Connection]:
        """Return the connections of which one must be closed; none within the limits."""
        known = [one for one in self.connections if isinstance(one, Connection) and not one.transport.is_closing()]
        counts = Counter(one.peer for one in known)
        address = self.client[0] if self.client else ""
        if counts[self.peer] > MAX_PER_CLIENT and address not in self.proxies:
            return [one for one in known if one.peer == self.peer and one.idle]
        if len(known) > MAX_TOTAL:
            idle = [one for one in known if one.idle]
            most = max(counts[one.peer] for one in idle)
            return [one for one in idle if counts[one.peer] == most]
        return []

    def _watch(self) -> None:
        phase: object = self.conn.their_state
        if phase is self._phase:
            return
        self._phase = phase
        _stop(self._request_due)
        limit_s = {h11.IDLE: HEAD_S, h11.SEND_BODY: BODY_S}.get(self.conn.their_state)
        if limit_s is not None:
            self._request_due = self.loop.call_later(limit_s, self.transport.abort)

    def _expect_reading(self) -> None:
        _stop(self._answer_due)
        self._answer_due = self.loop.call_later(RESPONSE_S, self._give_up_sending)

    def _give_up_sending(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def connection_class(proxies: Proxies) -> type[Connection]:
    """Return the connection class for these proxies."""
    return type("Connection", (Connection,), {"proxies": proxies})


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
