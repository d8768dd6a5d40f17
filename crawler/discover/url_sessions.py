"""Removal of session parameters from the addresses of a listing.

`sid=0123456789abcdef` is a session on one site and the article's number on another. A single address cannot show which,
so canonical URLs keep it (`crawler.dedupe.urls`); in a listing, a value that all addresses share is a session.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from crawler.dedupe.url_tables import SOFT_SESSION_NAMES
from crawler.items import Candidate

MIN_ADDRESSES: Final = 3  # that share a value and differ otherwise
_TOKEN = re.compile(r"(?=[^\d]*\d)[0-9A-Za-z,_-]{16,}")  # 26 to 40 hexadecimal digits, or base 32 or 64


def without_sessions(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates of one listing, with session parameters removed from their addresses.

    A parameter that looks like a session by name and value is one if all addresses of the host with this parameter have
    the same value, and at least MIN_ADDRESSES of them differ without it.
    """
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    rests: dict[tuple[str, str], set[str]] = defaultdict(set)
    for candidate in candidates:
        for host, name, found in _suspects(candidate.url):
            values[host, name] |= found
            rests[host, name].add(_without(candidate.url, {name}))
    sessions: dict[str, set[str]] = defaultdict(set)
    for (host, name), found in values.items():
        if len(found) == 1 and _TOKEN.fullmatch(next(iter(found))) and len(rests[host, name]) >= MIN_ADDRESSES:
            sessions[host].add(name)
    if not sessions:
        return list(candidates)
    return [replace(one, url=_without(one.url, sessions.get(_host(one.url), ()))) for one in candidates]


def _suspects(url: str) -> Iterator[tuple[str, str, set[str]]]:
    """Yield host, name and values of the parameters that are named like sessions, each name once."""
    if "?" not in url:
        return
    found: dict[str, set[str]] = defaultdict(set)
    for field in _query(url).split("&"):
        name, _, value = field.partition("=")
        if _folded(name) in SOFT_SESSION_NAMES:
            found[_folded(name)].add(unquote_plus(value))
    for name, values in found.items():
        yield _host(url), name, values


def _without(url: str, names: Iterable[str]) -> str:
    """Return `url` without these parameters and its fragment, or unchanged if it has none of them."""
    query = _query(url)
    dropped = frozenset(names)
    kept = [field for field in query.split("&") if _folded(field.partition("=")[0]) not in dropped]
    if len(kept) == len(query.split("&")):
        return url
    return url.partition("?")[0] + ("?" if kept else "") + "&".join(kept)


def _query(url: str) -> str:
    return url.partition("?")[2].partition("#")[0]


def _folded(name: str) -> str:
    return unquote_plus(name).lower()


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
