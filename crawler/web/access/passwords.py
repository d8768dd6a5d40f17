"""The one password of an installation, kept as an argon2id hash, and how often it may be tried."""

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
OWN = 5  # tries of one client at once
OWN_EVERY_S = 30.0  # and then one in so many seconds
ALL = 60  # tries of all clients at once
ALL_EVERY_S = 2.0
HELD_S = 20.0  # that a try waits for the limit of all
REMEMBERED = 10_000  # clients

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106, low-memory


def hashed(password: str, salt: bytes | None = None) -> str:
    """Return the hash to keep, with a random salt or the one given.

    Raises ValueError for a password that is too short or too long.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise ValueError(f"the password must have {MIN_CHARS} to {MAX_CHARS} characters")
    return _hasher.hash(password, salt=salt)


def is_hash(text: str) -> bool:
    """Whether a text is an argon2 hash and no password."""
    return text.startswith("$argon2")


def fits(password: str, hash_: str) -> bool:
    """Whether a password is the one that was hashed."""
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


class Tries:
    """Token buckets for tries at the password: one for each client and one for all. `clock` gives seconds.

    A client is an address, or a browser that has signed in before: such a browser is not held up by the guesses of
    others, whatever address they share (OWASP, "Slow down online guessing attacks with device cookies").
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(ALL, clock())
        self._turn = threading.Lock()
        self._hashing = asyncio.Lock()  # each takes 64 MB and all cores

    async def take(self, address: str, browser: str = "") -> float:
        """Take one try for an address, or for a `browser` that signed in before, and wait for the limit of all.

        Return 0.0, or the seconds until the next try where the client has used up its own, or waited for HELD_S.
        """
        end = self._clock() + HELD_S
        wait = self.wait_s(address, browser)
        while 0 < wait <= min(ALL_EVERY_S, end - self._clock()):
            await asyncio.sleep(wait)
            wait = self.wait_s(address, browser)
        return wait

    async def fits(self, password: str, hash_: str) -> bool:
        """Whether a password is the one that was hashed; one after the other, in a thread."""
        async with self._hashing:
            return await asyncio.to_thread(fits, password, hash_)

    def wait_s(self, address: str, browser: str = "") -> float:
        """Take one try: 0.0 when it may be made, else the seconds until the next one."""
        with self._turn:
            now, key = self._clock(), browser or client_of(address)
            own = self._own.setdefault(key, _Bucket(OWN, now))
            self._own.move_to_end(key)
            while len(self._own) > REMEMBERED:
                self._own.popitem(last=False)
            wait = _wait(own, OWN, OWN_EVERY_S, now)
            wait = wait if browser else max(wait, _wait(self._all, ALL, ALL_EVERY_S, now))
            if wait <= 0:
                own.left -= 1
                self._all.left -= 0 if browser else 1
            return max(0.0, wait)

    def forgive(self, address: str, browser: str = "") -> None:
        """Forget the tries of a client: it knew the password."""
        with self._turn:
            self._own.pop(browser or client_of(address), None)


def _wait(bucket: _Bucket, most: int, every_s: float, now: float) -> float:
    bucket.left = min(float(most), bucket.left + (now - bucket.at) / every_s)
    bucket.at = now
    return (1 - bucket.left) * every_s if bucket.left < 1 else 0.0
