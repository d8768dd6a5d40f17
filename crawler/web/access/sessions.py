"""Sessions: signed cookies, with or without a password, and their form tokens.

A session is `KIND.ISSUED.NONCE.MAC`. The key of the MAC is derived from the installation's secret and the password, so
that a new password ends all sessions. Tokens (OWASP: signed double submit) have a new mask for each page, so that
compression does not reveal them (BREACH).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

LIFETIME = timedelta(days=14)
_NONCE_CHARS = 32
_SKEW_S = 60  # tolerance if the clock was set back


@dataclass(frozen=True, slots=True)
class Session:
    """The session of one browser. `fresh`: created for this request, so that the response must set the cookie."""

    nonce: str
    issued: int  # seconds since 1970
    signed_in: bool = False
    fresh: bool = False

    @property
    def until(self) -> datetime:
        """The time when the session expires."""
        return datetime.fromtimestamp(self.issued, UTC) + LIFETIME


class Sessions:
    """Creates and reads sessions. The archive stores those that were signed out before they expired."""

    def __init__(self, secret: bytes, password: str, now: Callable[[], datetime]) -> None:
        self._key = hmac.digest(secret, b"web session\x00" + password.encode(), "sha256")
        self._now = now
        self.cookie = f"wirewatch-{hmac.digest(secret, b'cookie', 'sha256').hex()[:8]}"  # ports share their cookies
        self.browser_cookie = f"{self.cookie}-browser"

    def new(self, *, signed_in: bool = False) -> Session:
        """Return a new session."""
        issued = int(self._now().timestamp())
        return Session(secrets.token_hex(_NONCE_CHARS // 2), issued, signed_in, fresh=True)

    def write(self, session: Session) -> str:
        """Return the value of the session cookie."""
        body = f"{'in' if session.signed_in else 'out'}.{session.issued}.{session.nonce}"
        return f"{body}.{self._mac(body)}"

    def read(self, value: str) -> Session | None:
        """Return the session of a cookie; None if the cookie is not ours or has expired."""
        body, _, mac = value.rpartition(".")
        if not hmac.compare_digest(self._mac(body).encode(), mac.encode("utf-8", "replace")):
            return None
        kind, issued, nonce = body.split(".")  # verified above, so it has three parts
        age = self._now().timestamp() - int(issued)
        if not -_SKEW_S <= age <= LIFETIME.total_seconds():
            return None
        return Session(nonce, int(issued), kind == "in")

    def new_browser(self) -> str:
        """Return the cookie of a browser that signed in. It gives no access; its sign-in attempts count separately."""
        nonce = secrets.token_hex(_NONCE_CHARS // 2)
        return f"{nonce}.{self._mac(f'browser {nonce}')}"

    def browser(self, value: str) -> str:
        """Return the id of a browser that signed in before, from its cookie; "" for any other value."""
        nonce, _, mac = value.partition(".")
        good = hmac.compare_digest(self._mac(f"browser {nonce}").encode(), mac.encode("utf-8", "replace"))
        return f"browser {nonce}" if good else ""

    def token(self, session: Session) -> str:
        """Return a token for the forms of one page."""
        mask = secrets.token_hex(8)
        return f"{mask}.{self._mac(f'form {session.nonce} {mask}')}"

    def accepts(self, session: Session, token: str) -> bool:
        """Return whether a form token belongs to this session."""
        mask, _, mac = token.partition(".")
        return hmac.compare_digest(self._mac(f"form {session.nonce} {mask}").encode(), mac.encode("utf-8", "replace"))

    def _mac(self, body: str) -> str:
        return hmac.new(self._key, body.encode("utf-8", "replace"), sha256).hexdigest()
