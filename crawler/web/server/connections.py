"""Connections with limits, so that no client can hold the page by being slow or by opening many.

uvicorn has a time limit for idle connections only (https://github.com/Kludex/uvicorn/issues/157); see
docs/decisions/070-web-limits.md. A request's head and its body must arrive in time, and an answer must be read in time.
A client that opens too many connections loses the oldest of its own on which the client has yet to send something, so
that a new connection, a health probe for example, is always answered.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from crawler.web.server.clients import Proxies, client_of

KEEP_ALIVE_S = 5
HEAD_S = 15.0  # from the moment a connection opens, or from the answer before: KEEP_ALIVE_S of it may be idle
BODY_S = 30.0  # from the end of the head
ANSWER_S = 60.0  # that a full send buffer may take to empty
OWN = 100  # connections of one client
ALL = 500


class Connection(H11Protocol):
    """One connection. `proxies` are the peers that are not limited as one client; their clients are, by request."""

    proxies = Proxies()
    peer = ""
    opened = 0.0  # by the event loop's clock
    _phase: object = None  # h11's state of the client
    _request_due: asyncio.TimerHandle | None = None
    _answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, and make room for this connection."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.peer = client_of(self.client[0]) if self.client else ""
        self.opened = self.loop.time()
        self._watch()
        crowd = self._crowd()
        if crowd:
            min(crowd, key=lambda one: one.opened).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        super().connection_lost(exc)
        _stop(self._request_due)
        _stop(self._answer_due)

    def handle_events(self) -> None:
        """Handle what arrived, and expect what has to arrive next."""
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        """Expect the client to read what is still to be sent."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._expect_reading()

    def pause_writing(self) -> None:
        """Expect the client to read: the send buffer is full."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        _stop(self._answer_due)

    @property
    def idle(self) -> bool:
        """Whether the client has to send something first: a request, or the rest of one."""
        return self.conn.their_state in {h11.IDLE, h11.SEND_BODY} and not self.transport.is_closing()

    def _crowd(self) -> list[Connection]:
        """Return the connections of which one has to go; none where there is room."""
        known = [one for one in self.connections if isinstance(one, Connection) and not one.transport.is_closing()]
        counts = Counter(one.peer for one in known)
        address = self.client[0] if self.client else ""
        if counts[self.peer] > OWN and address not in self.proxies:
            return [one for one in known if one.peer == self.peer and one.idle]
        if len(known) > ALL:
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
        self._answer_due = self.loop.call_later(ANSWER_S, self._give_up_sending)

    def _give_up_sending(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def connection_class(proxies: Proxies) -> type[Connection]:
    """Return the class of connections behind these proxies."""
    return type("Connection", (Connection,), {"proxies": proxies})


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
