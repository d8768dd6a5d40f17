"""The one password of an installation, kept as an argon2id hash, and how often it may be tried."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crawler.web.clients import client_of

MIN_CHARS = 8
MAX_CHARS = 1024
OWN = 5  # tries of one address at once
OWN_EVERY_S = 30.0  # and then one in so many seconds
ALL = 60  # tries of all addresses at once
ALL_EVERY_S = 2.0
REMEMBERED = 10_000  # addresses

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106, low-memory
_one_at_a_time = threading.Lock()  # each try takes 64 MB


def hashed(password: str) -> str:
    """The hash to keep. Raises ValueError for a password that is too short or too long."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise ValueError(f"a password of {MIN_CHARS} to {MAX_CHARS} characters, please")
    return _hasher.hash(password)


def is_hash(text: str) -> bool:
    """Whether a text is an argon2 hash and no password."""
    return text.startswith("$argon2")


def fits(password: str, hash_: str) -> bool:
    """Whether a password is the one that was hashed."""
    if len(password) > MAX_CHARS:
        return False
    with _one_at_a_time:
        try:
            return _hasher.verify(hash_, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Tries:
    """Token buckets for tries at the password: one for each address and one for all. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(ALL, clock())
        self._turn = threading.Lock()

    def wait_s(self, address: str) -> float:
        """Take one try for an address: 0.0 when it may be made, else the seconds until the next one."""
        with self._turn:
            now, key = self._clock(), client_of(address)
            own = self._own.setdefault(key, _Bucket(OWN, now))
            self._own.move_to_end(key)
            while len(self._own) > REMEMBERED:
                self._own.popitem(last=False)
            wait = max(_wait(own, OWN, OWN_EVERY_S, now), _wait(self._all, ALL, ALL_EVERY_S, now))
            if wait <= 0:
                own.left -= 1
                self._all.left -= 1
            return max(0.0, wait)

    def forgive(self, address: str) -> None:
        """Forget the tries of an address: it knew the password."""
        with self._turn:
            self._own.pop(client_of(address), None)


def _wait(bucket: _Bucket, most: int, every_s: float, now: float) -> float:
    bucket.left = min(float(most), bucket.left + (now - bucket.at) / every_s)
    bucket.at = now
    return (1 - bucket.left) * every_s if bucket.left < 1 else 0.0
