"""robots.txt (RFC 9309), with the common Crawl-delay and Sitemap lines.

What the RFC leaves open follows Google's parser (github.com/google/robotstxt): misspelt names, a missing colon, a
truncated byte order mark. If the two differ, the RFC applies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from crawler.text.charset import decode

MAX_BYTES: Final = 500 * 1024  # RFC 9309 section 2.5: at least 500 kibibytes
MAX_REDIRECTS: Final = 5  # RFC 9309 section 2.3.1.2
MAX_SITEMAPS: Final = 100
DEFAULT_AGENT: Final = "*"

_AGENT_NAMES: Final = frozenset({"user-agent", "useragent", "user agent"})
_DISALLOW_NAMES: Final = frozenset({"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"})
_DELAY_NAMES: Final = frozenset({"crawl-delay", "crawldelay", "crawl delay"})
_SITEMAP_NAMES: Final = frozenset({"sitemap", "sitemaps", "site-map"})
_KNOWN: Final = _AGENT_NAMES | _DISALLOW_NAMES | _DELAY_NAMES | _SITEMAP_NAMES | {"allow"}

_LINE_END = re.compile(r"\r\n?|\n")  # section 2.2: no other character ends a line
_NO_COLON = re.compile(r"(\S+)\s+(\S+)")
_COMPATIBLE = re.compile(r"\(\s{0,9}compatible\s{0,9};\s{0,9}([^\s/;:,()]+)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s/;:,()]+")
_SECONDS = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")
_TRUNCATED_BOM = re.compile(rb"\A(?:\xef\xbb\xbf)*(?:\xef\xbb|\xef)?(?=[\t\r\n -~])")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_QUERY_TOO: Final = _UNRESERVED | frozenset(":/?@")  # allowed unescaped in a query (RFC 3986 section 3.4)
_KEPT: Final = "%!&'()+,;=:@/?[]"  # everything reserved but "#", which ends a path, and "*" and "$", which are special


@dataclass(frozen=True, slots=True)
class _Rule:
    """One allow or disallow line: the parts of its pattern between asterisks, escaped."""

    is_allow: bool
    parts: tuple[str, ...]
    is_whole: bool  # the pattern ends with "$"
    octets: int

    def matches(self, target: str) -> bool:
        """Return whether an escaped path with its query matches. Linear: the leftmost match of each part suffices."""
        if not target.startswith(self.parts[0]):
            return False
        end = len(self.parts[0])
        if len(self.parts) == 1:
            return not self.is_whole or end == len(target)
        middle, last = self.parts[1:-1], self.parts[-1]
        for part in middle:
            found = target.find(part, end)
            if found < 0:
                return False
            end = found + len(part)
        if self.is_whole:
            return len(target) - len(last) >= end and target.endswith(last)
        return target.find(last, end) >= 0


@dataclass(slots=True)
class _Group:
    """The rules of a group, shared by all agents of its User-agent lines."""

    rules: list[_Rule] = field(default_factory=list)
    delay_s: float = 0.0

    def add(self, name: str, value: str) -> None:
        """Add a record of the group other than a User-agent line."""
        if name in _DELAY_NAMES:
            self.delay_s = max(self.delay_s, _seconds(value))
        elif rule := _rule(value, is_allow=name == "allow"):
            self.rules.append(rule)


class RobotsFile:
    """A parsed robots.txt. `agent` is a product token or a whole User-Agent header."""

    def __init__(self, groups: dict[str, list[_Group]], sitemaps: tuple[str, ...]) -> None:
        self._groups = groups
        self._merged: dict[str, _Group | None] = {}  # by product token
        self.sitemaps = sitemaps  # as written, each once

    def allows(self, url: str, agent: str) -> bool:
        """Return whether `agent` may fetch `url`: the longest pattern wins, allow before disallow (section 2.2.2)."""
        target = _target(url)
        group = self._group(agent)
        if group is None or target == "/robots.txt":
            return True
        return next((rule.is_allow for rule in group.rules if rule.matches(target)), True)

    def crawl_delay_s(self, agent: str) -> float:
        """Return the requested pause between two requests; 0.0 for none."""
        group = self._group(agent)
        return group.delay_s if group else 0.0

    def _group(self, agent: str) -> _Group | None:
        """Return all groups of an agent as one (section 2.2.1), the longest patterns first; None if none applies."""
        token = product_token(agent)
        if token not in self._merged:
            groups = self._groups.get(token) or self._groups.get(DEFAULT_AGENT)
            self._merged[token] = _merged(groups) if groups else None
        return self._merged[token]


def _merged(groups: list[_Group]) -> _Group:
    rules = [rule for group in groups for rule in group.rules]
    rules.sort(key=lambda rule: (-rule.octets, not rule.is_allow))
    return _Group(rules, max(group.delay_s for group in groups))


def product_token(agent: str) -> str:
    """Return the product name in a User-agent line or a User-Agent header, in lower case; "" for none.

    A version or comment after it is left out. `Mozilla/5.0 (compatible; NAME/1.0)` is NAME.
    """
    found = _COMPATIBLE.search(agent[:1000])
    token = _TOKEN.match(found[1] if found else agent.strip(" \t\"'"))
    name = token[0].strip("\"'").lower() if token else ""
    return name if name == DEFAULT_AGENT else name.strip("*")


def read_robots(body: bytes) -> RobotsFile:
    """Parse a robots.txt; never raises. Of a file over MAX_BYTES, only the beginning counts, up to a line end."""
    groups: dict[str, list[_Group]] = {}
    sitemaps: dict[str, None] = {}
    group: _Group | None = None
    has_rules = False  # only a rule ends the User-agent lines of a group; other records do not (section 2.2.4)
    for name, value in _records(_text(body)):
        if name in _AGENT_NAMES:
            if group is None or has_rules:
                group, has_rules = _Group(), False
            of_token = groups.setdefault(product_token(value), [])
            if not of_token or of_token[-1] is not group:
                of_token.append(group)
        elif name in _SITEMAP_NAMES:
            if value and len(sitemaps) < MAX_SITEMAPS:
                sitemaps[value.split()[0]] = None
        elif group is not None:
            has_rules = has_rules or name not in _DELAY_NAMES
            group.add(name, value)
    return RobotsFile(groups, tuple(sitemaps))


def _text(body: bytes) -> str:
    text = decode(_TRUNCATED_BOM.sub(b"", body[:MAX_BYTES]))
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] if len(body) >= MAX_BYTES else text


def _records(text: str) -> Iterator[tuple[str, str]]:
    """Yield the known records, as lower-case name and value, without comments."""
    for line in _LINE_END.split(text):
        record = line.partition("#")[0].strip()
        name, colon, value = record.partition(":")
        if not colon or name.strip().lower() not in _KNOWN:
            found = _NO_COLON.fullmatch(record)  # "disallow /path"
            if found is None:
                continue
            name, value = found[1], found[2]
        name = name.strip().lower()
        if name in _KNOWN:
            yield name, value.strip()


def _rule(pattern: str, *, is_allow: bool) -> _Rule | None:
    """Return the rule of a pattern; None if it is empty or not a path."""
    if not pattern.startswith(("/", "*")):
        return None
    is_whole = pattern.endswith("$")
    escaped = _escaped(pattern[:-1] if is_whole else pattern, extra="*")
    parts = tuple(re.sub(r"\*+", "*", escaped).split("*"))
    return _Rule(is_allow, parts, is_whole, len(escaped) + is_whole)


def _target(url: str) -> str:
    """Return the path and query of an absolute URL, escaped for the comparison."""
    rest = url.partition("://")[2].partition("#")[0]
    start = re.search(r"[/?]", rest)
    target = rest[start.start() :] if start else ""
    return _escaped(target if target.startswith("/") else "/" + target)


def _escaped(text: str, extra: str = "") -> str:
    """Return the canonical spelling of a path or pattern (section 2.2.2): upper-case escapes, only necessary ones."""
    path, mark, query = text.partition("?")
    path = _ESCAPE.sub(lambda found: _canonical_escape(found, _UNRESERVED), path)
    query = _ESCAPE.sub(lambda found: _canonical_escape(found, _QUERY_TOO), query)
    return quote((path + mark + query).encode("utf-8", "replace"), safe=_KEPT + extra)


def _canonical_escape(found: re.Match[str], plain: frozenset[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if character in plain else found[0].upper()


def _seconds(value: str) -> float:
    found = _SECONDS.match(value)
    return float(found[0].replace(",", ".")) if found else 0.0
