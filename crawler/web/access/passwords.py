"""The password of an installation, stored as an argon2id hash, and the rate limit of sign-in attempts."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crawler.web.server.clients import client_of

MIN_CHARS = 8
MAX_CHARS = 1024
CLIENT_BURST = 5  # attempts of one client in a row
CLIENT_INTERVAL_S = 30.0  # between further attempts
TOTAL_BURST = 60  # attempts of all clients in a row
TOTAL_INTERVAL_S = 2.0
MAX_WAIT_S = 20.0  # that an attempt waits for the total limit
REMEMBERED = 10_000  # clients

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106, low-memory


def hashed(password: str, salt: bytes | None = None) -> str:
    """Return the hash to store, with a random salt or the given one.

    Raises ValueError for a password that is too short or too long.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise ValueError(f"the password must have {MIN_CHARS} to {MAX_CHARS} characters")
    return _hasher.hash(password, salt=salt)


def is_hash(text: str) -> bool:
    """Return whether a text is an argon2 hash rather than a password."""
    return text.startswith("$argon2")


def verify(password: str, hash_: str) -> bool:
    """Return whether a password matches a hash."""
    if len(password) > MAX_CHARS:
        return False
    try:
        return _hasher.verify(hash_, password)
    except (VerificationError, InvalidHashError):
        return False


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class SignInAttempts:
    """Token buckets for sign-in attempts: one per client and one for all. `clock` returns seconds.

    A client is an address, or a browser that has signed in before: such a browser is not slowed down by the attempts of
    others, whatever address they share (OWASP, "Slow down online guessing attacks with device cookies").
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(TOTAL_BURST, clock())
        self._lock = threading.Lock()
        self._hashing = asyncio.Lock()  # a hash takes 64 MB and all cores

    async def take(self, address: str, browser: str = "") -> float:
        """Take one attempt for an address, or for a `browser` that signed in before, and wait for the total limit.

        Return 0.0, or the seconds until the next attempt if the client has used up its own or waited for MAX_WAIT_S.
        """
        end = self._clock() + MAX_WAIT_S
        wait = self.wait_s(address, browser)
        while 0 < wait <= min(TOTAL_INTERVAL_S, end - self._clock()):
            await asyncio.sleep(wait)
            wait = self.wait_s(address, browser)
        return wait

    async def verify(self, password: str, hash_: str) -> bool:
        """Return whether a password matches a hash, computed in a thread, one at a time."""
        async with self._hashing:
            return await asyncio.to_thread(verify, password, hash_)

    def wait_s(self, address: str, browser: str = "") -> float:
        """Take one attempt. Return 0.0 if it is allowed, otherwise the seconds until the next one."""
        with self._lock:
            now, key = self._clock(), browser or client_of(address)
            bucket = self._clients.setdefault(key, _Bucket(CLIENT_BURST, now))
            self._clients.move_to_end(key)
            while len(self._clients) > REMEMBERED:
                self._clients.popitem(last=False)
            wait = _wait(bucket, CLIENT_BURST, CLIENT_INTERVAL_S, now)
            wait = wait if browser else max(wait, _wait(self._all, TOTAL_BURST, TOTAL_INTERVAL_S, now))
            if wait <= 0:
                bucket.left -= 1
                self._all.left -= 0 if browser else 1
            return max(0.0, wait)

    def reset(self, address: str, browser: str = "") -> None:
        """Reset the attempts of a client that signed in."""
        with self._lock:
            self._clients.pop(browser or client_of(address), None)


def _wait(bucket: _Bucket, most: int, every_s: float, now: float) -> float:
    bucket.left = min(float(most), bucket.left + (now - bucket.at) / every_s)
    bucket.at = now
    return (1 - bucket.left) * every_s if bucket.left < 1 else 0.0
