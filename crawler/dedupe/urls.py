"""Canonical URLs, their 64-bit keys, and the aliases that can be trusted: one identity for one article.

`canonical_url` is an identity that a person can open, not a request: a crawler fetches the URL as listed. `url_key`
also ignores what a canonical URL keeps: the scheme, `www.` and a trailing slash.
Syntax: RFC 3986 section 6 and the WHATWG URL standard; dropped parameters: `crawler.dedupe.url_tables`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, quote, unquote_plus, urljoin, urlsplit

import idna
from tldextract import TLDExtract

from crawler.dedupe import url_tables as tables

MAX_URL_CHARS: Final = 8192
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
_HTML_AMPERSAND = re.compile(r"^(?:amp;)+")  # the rest of "&amp;" in a URL copied out of HTML
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_FIELD_END = re.compile(r"&|\?(?=(?:utm_\w+|fbclid|gclid)=)")  # "?id=7?utm_source=x": appended without a check
_SLASHES = re.compile(r"(?<!:)/{2,}")  # not in an embedded "http://"
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*|/\([a-z]\([a-z0-9]{8,}\)\)(?=/)", re.IGNORECASE)
_ARTICLE_SEGMENT = re.compile(r"\d|-[^-]+-|%[0-9A-F]{2}")
_AMP_HOST = re.compile(r"\.cdn\.ampproject\.org|google\.", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:[a-z]{1,2}/)?(s/)?([^/]+\.[^/]+(?:/.*)?)")  # /c/s/host/path of an AMP cache
_AMP_VIEWER = re.compile(r"/amp/(s/)?([^/]+\.[^/]+(?:/.*)?)")  # google.com/amp/s/host/path
_PARTS: Final = frozenset(("", "comments", "respond", "disqus_thread", "rss", "top", "main", "content"))
_LANGUAGE_HOME = re.compile(r"/(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?", re.IGNORECASE)

# No network and no cache folder: the packaged snapshot of the Public Suffix List, private domains included (two blogs
# on one host have two owners).
_SUFFIXES = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def joined(base: str, link: str) -> str:
    """Return `link` as an absolute URL, "" if it is invalid."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def base_url(declared: str | None, page: str) -> str:
    """Return the base URL of a page's relative links: its first `<base href>` if that is http(s), else its own URL.

    HTML Living Standard, section 2.4.3. `declared` may itself be relative.
    """
    base = joined(page, declared or "")
    return base if base.startswith(("http://", "https://")) else page


def canonical_url(url: str) -> str:
    """Return the canonical form of `url`; idempotent.

    Raises ValueError for anything but an absolute http(s) URL with a valid host and at most 8,192 characters.
    """
    return _canonical(url)


@lru_cache(maxsize=4096)  # a listing's reader, its merging and the seen-set request the same URL in a row
def _canonical(url: str) -> str:
    parts = _split(url)
    while (inner := _unwrap_amp(parts)) is not None:
        parts = _split(inner)
    path = _canonical_path(parts.path)
    host = _desktop_host(_host(parts, url))
    query = _canonical_query(parts.query, _registered(host), has_path=path != "/")
    port = _port(parts)
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = host if port in {None, default} else f"{host}:{port}"
    # A fragment that is a route (#!/a, #/a) names a page of a single-page application; any other names a place in it.
    fragment = f"#{_escape(parts.fragment)}" if parts.fragment.startswith(("!", "/")) else ""
    return f"{parts.scheme}://{netloc}{path}{'?' if query else ''}{query}{fragment}"


def url_key(canonical: str) -> int:
    """Return a stable unsigned 64-bit key of a canonical URL.

    http and https, with and without `www.`, with and without a trailing slash have the same key. BLAKE2b, so that no
    one can construct a collision with another's URL; by chance one of 4 million URLs collides with p < 5e-7.
    """
    rest = canonical.partition("://")[2].removeprefix("www.")
    path, mark, query = rest.partition("?")
    folded = path.rstrip("/") + mark + query
    return int.from_bytes(blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def place_url(url: str) -> str:
    """Return the canonical URL with its fragment if that names a place in the page ("#post-7").

    A fragment with "=" is a click counter or a text highlight; some names are parts of every page. Raises ValueError as
    `canonical_url` does.
    """
    canonical, fragment = canonical_url(url), _split(url).fragment
    if "#" in canonical or "=" in fragment or fragment.lower() in _PARTS:
        return canonical
    return f"{canonical}#{_escape(fragment)}" if fragment else canonical


def is_place(canonical: str) -> bool:
    """Return whether a canonical URL names a place in a page or feed, and so does not have a page of its own."""
    fragment = canonical.partition("#")[2]
    return bool(fragment) and not fragment.startswith(("!", "/"))


def registered_domain(url: str) -> str:
    """Return the domain that one owner registered ("bbc.co.uk"), or the host for IP addresses and unlisted hosts.

    Raises ValueError as `canonical_url` does.
    """
    return _registered(_host(_split(url), url))


def believable_alias(url: str, alias: str) -> bool:
    """Return whether `alias` (rel=canonical, a redirect's target) may name the same article as `url`.

    It must be on the same registered domain, and not the home page or a bare section page above a deeper URL, as in
    careless templates and redirects of removed articles. Invalid URLs are not trusted.
    """
    try:
        page, other = urlsplit(canonical_url(url)), urlsplit(canonical_url(alias))
    except ValueError:
        return False
    if _registered(page.hostname or "") != _registered(other.hostname or ""):
        return False
    if other.query or other.fragment or page.path.rstrip("/") == other.path.rstrip("/"):
        return True
    if _LANGUAGE_HOME.fullmatch(other.path):
        return False
    above = page.path.startswith(other.path.rstrip("/") + "/")
    return not above or _ARTICLE_SEGMENT.search(other.path) is not None


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_CHARS:
        raise ValueError(f"URL of {len(url)} characters is too long (at most {MAX_URL_CHARS})")
    try:
        parts = urlsplit(url.strip())
        port_is_valid = _port(parts) != 0
        url.encode()
    except ValueError as error:
        raise ValueError(f"not a URL: {url[:100]!r} ({error})") from error
    if parts.scheme not in {"http", "https"} or not parts.netloc or not port_is_valid:
        raise ValueError(f"not an absolute http(s) URL: {url[:100]!r}")
    return parts


def _port(parts: SplitResult) -> int | None:
    return parts.port if ":" in parts.netloc else None  # the property is slow, and most URLs have no port


def _host(parts: SplitResult, url: str) -> str:
    """Return the host in ASCII, lower-cased, IPv6 in brackets, without a trailing dot."""
    host = (parts.hostname or "").rstrip(".")
    if "[" in parts.netloc:
        try:
            return f"[{ip_address(host)}]"
        except ValueError as error:
            raise ValueError(f"not an IPv6 address in {url[:100]!r}") from error
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"not an international domain name in {url[:100]!r}: {error}") from error
    if not _HOST.fullmatch(host) or ".." in host:
        raise ValueError(f"not a host name in {url[:100]!r}")
    return host


@lru_cache(maxsize=65_536)
def _registered(host: str) -> str:
    return _SUFFIXES.extract_str(host).top_domain_under_public_suffix or host


@lru_cache(maxsize=65_536)
def _desktop_host(host: str) -> str:
    domain = _registered(host)
    labels = host.removesuffix(domain).split(".")
    return ".".join([label for label in labels if label and label not in tables.VARIANT_LABELS] + [domain])


def _unwrap_amp(parts: SplitResult) -> str | None:
    """Return the publisher's URL inside an AMP cache's or viewer's URL, else None."""
    if not _AMP_HOST.search(parts.netloc):
        return None
    host = parts.hostname or ""
    if host.endswith(".cdn.ampproject.org"):
        found = _AMP_CACHE.fullmatch(parts.path)
    elif host.startswith(("www.google.", "google.")):
        found = _AMP_VIEWER.fullmatch(parts.path)
    else:
        return None
    if found is None:
        return None
    scheme = "https" if found[1] else "http"
    return f"{scheme}://{found[2]}{'?' if parts.query else ''}{parts.query}"


def _escape(part: str, extra_safe: str = "") -> str:
    """Escape what must be, unescape what need not be, in upper case (RFC 3986 section 6.2.2). One pass: idempotent."""
    if _PLAIN.fullmatch(part):
        return part
    part = _ESCAPE.sub(_one_escape, part)
    return quote(part, safe="%!$&'()*+,;=:@/" + extra_safe)


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else f"%{found[1].upper()}"


def _canonical_path(path: str) -> str:
    path = _SLASHES.sub("/", _PATH_SESSION.sub("", _escape(path) or "/"))
    before = ""
    while path != before:  # each round only shortens: one rule may expose the next
        before = path
        path = _without_variant(_without_dots(path))
    return path


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986 section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _without_variant(path: str) -> str:
    """Drop index pages, and AMP marks beside a segment that looks like an article (a page about amplifiers stays)."""
    head, _, last = path.rpartition("/")
    if last.lower() in tables.INDEX_PAGES:
        return head + "/"
    if not _ARTICLE_SEGMENT.search(path):
        return path
    if path.startswith("/amp/"):
        return path[4:]
    for ending, replacement in ((".amp.html", ".html"), ("/amp/", "/"), ("/amp", ""), (".amp", "")):
        if path.endswith(ending) and _ARTICLE_SEGMENT.search(path.removesuffix(ending).rpartition("/")[2]):
            return path.removesuffix(ending) + replacement
    return path


def _canonical_query(query: str, domain: str, *, has_path: bool) -> str:
    """Drop the parameters in the tables and sort the rest by name; several values of one name keep their order."""
    if not query:
        return ""
    kept = []
    for part in _FIELD_END.split(_escape(query, "?").replace("%20", "+")):
        field = _HTML_AMPERSAND.sub("", part)
        name, _, value = field.partition("=")
        folded = unquote_plus(name).lower().removesuffix("[]").removeprefix("?")
        if field and not _is_noise(folded, unquote_plus(value), domain, has_path=has_path):
            kept.append(field)
    return "&".join(sorted(kept, key=lambda field: field.partition("=")[0]))


def _is_noise(name: str, value: str, domain: str, *, has_path: bool) -> bool:
    return (
        name in tables.TRACKING_NAMES
        or name.startswith(tables.TRACKING_PREFIXES)
        or name in tables.SITE_TRACKING.get(domain, ())
        or name in tables.SESSION_NAMES
        or (name, value.lower()) in tables.VARIANT_PARAMS
        or (has_path and name in tables.SOFT_TRACKING_NAMES and not any(map(str.isdigit, value)))
    )
