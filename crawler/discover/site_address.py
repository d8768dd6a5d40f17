"""The address of a site as people type it."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.dedupe.urls import canonical_url


def start_url(address: str) -> str:
    """Return the URL that an address as people type it means ("bbc.com", "https://bbc.com/news").

    Raises ValueError for what is no web address.
    """
    address = address.strip()
    url = address if "://" in address else f"https://{address}"
    parts = urlsplit(canonical_url(url))
    if "." not in (parts.hostname or "") and parts.hostname != "localhost" and ":" not in (parts.hostname or ""):
        raise ValueError(f"not a web address: {address[:100]!r}")
    return urljoin(url, urlsplit(url).path or "/") if not parts.query else url


def other_homes(url: str) -> tuple[str, ...]:
    """Return where else a site may answer: with `www.`, and without encryption."""
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("www.")
    places = [("https", f"www.{host}"), ("http", parts.netloc)]
    return tuple(urlunsplit((scheme, netloc, parts.path, parts.query, "")) for scheme, netloc in places)
