"""Masking of secrets in the log: passwords in URLs, tokens in queries and headers, and configured secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

MASK = "***"
SHORTEST = 6  # characters; shorter secrets would be masked inside of words
LONG = 16  # no plain word is as long

# user:password@ of any address (RFC 3986, 3.2.1). Bounded, so that no line takes long.
_LOGIN = re.compile(r"(?<=://)[^\s/?#\"'<>]{1,512}@")
# A value after a telling name: ?token=..., "api_key": "...", Authorization: Bearer ...
_NAMED = re.compile(
    r"(?i)(?<![a-z0-9])((?:access[_-]?)?token|api[_-]?key|apikey|secret|password|passwd|signature|authorization|x-api-key)"
    r"([\"']?\s{0,3}[=:]\s{0,3}[\"']?)((?:bearer|basic)\s{1,3})?[^\s&\"'<>,;]{1,512}"
)
_WORDS = re.compile(r"[._-]")
_PARTS = re.compile(r"[/?&=:@#;]+")


class Hidden:
    """The literal secrets of a process, and the masking of a text."""

    def __init__(self) -> None:
        self._known: re.Pattern[str] | None = None

    def hide(self, secrets: Iterable[str]) -> None:
        """Replace the masked secrets; of URLs, mask the parts."""
        words = {word for secret in secrets for word in (parts_of(secret) if "://" in secret else (secret,))}
        forms = {form for word in words for form in (word, unquote(word)) if len(form) >= SHORTEST}
        ordered = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def mask(self, text: str) -> str:
        """Return the text with its secrets masked."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _LOGIN.sub(f"{MASK}@", text)
        return _NAMED.sub(rf"\1\2{MASK}", text)


def parts_of(url: str) -> set[str]:
    """Return the parts of a channel's address that could be secrets: user, password, path, query; never a web host.

    Services keep their tokens in any of these, and some in place of the host. The path is returned as a whole, and its
    parts unless they are plain words.
    """
    scheme, _, rest = url.strip().partition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    is_place = bool(at) or scheme.lower() in {"http", "https"}
    parts = _PARTS.split(path if is_place else f"{host}/{path}")
    whole = {slash + path} if path else set()
    return whole | set(_PARTS.split(login)) | {part for part in parts if not _is_word(part)}


def _is_word(part: str) -> bool:
    return all(len(word) < LONG and word.isalpha() and word.islower() for word in _WORDS.split(part))
