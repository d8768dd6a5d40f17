"""What every way of delivery has in common."""

from __future__ import annotations

from typing import Protocol

from crawler.notify.message import Dispatch


class Sender(Protocol):
    """Delivers to one channel. A contract test runs against every implementation.

    A message may come again with the same id: after a crash, or after a failure that was none.
    """

    @property
    def label(self) -> str:
        """The channel's id and its address without secrets, for logs and people."""
        ...

    async def send(self, dispatch: Dispatch) -> None:
        """Deliver one message; returns when the other side has taken it. Raises NotifyError."""
        ...

    async def close(self) -> None:
        """Release what the sender holds. May be called twice."""
        ...
