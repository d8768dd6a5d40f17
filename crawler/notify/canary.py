"""The hidden channel of the canary: it renders the message, as every channel does, and receives it itself."""

from __future__ import annotations

from crawler.errors import NotifyError
from crawler.health.canary import CANARY, title, token_of
from crawler.notify.digest import compose
from crawler.notify.message import Dispatch


class CanarySender:
    """A sender that accepts a message in which the canary can be recognized."""

    label = CANARY
    host = ""  # it connects to none

    async def send(self, dispatch: Dispatch) -> None:
        """Receive a message. Raises NotifyError if the canary is not in it."""
        message = compose(dispatch)
        for alert in dispatch.alerts:
            if title(token_of(alert.url)) not in f"{message.title}\n{message.text}":
                raise NotifyError("the canary is not in its message", retryable=True, subject=self.label)

    async def close(self) -> None:
        """Do nothing: no resources are held."""
