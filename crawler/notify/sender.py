"""The interface of all senders."""

from __future__ import annotations

from typing import Protocol

from crawler.notify.message import Dispatch


class Sender(Protocol):
    """A sender for one channel. A contract test runs against every implementation.

    A message may be sent again with the same id, after a crash or a falsely reported failure.
    """

    @property
    def label(self) -> str:
        """The channel's id and its address without secrets, for logs and people."""
        ...

    @property
    def host(self) -> str:
        """The host that the channel's address names; "" if it names none."""
        ...

    async def send(self, dispatch: Dispatch) -> None:
        """Deliver one message; return when the receiver has accepted it. Raises NotifyError."""
        ...

    async def close(self) -> None:
        """Release what the sender holds. May be called twice."""
        ...
