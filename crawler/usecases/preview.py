"""Previews of an address before it is watched: what it is, judged by its content, and how best to follow it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.config import Crawl
from crawler.config.file.explain import LOGIN
from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import read_url
from crawler.discover.explore.proposal import Proposal, ago
from crawler.discover.explore.site import Explorer, Fetched, Parsed, parse_as, start_url
from crawler.errors import ExtractError, FetchError
from crawler.items import Candidate
from crawler.networks import host_of, is_private_name
from crawler.pool import ExtractorPool
from crawler.usecases.probe import Probe, ProbeResponse, open_probe

MIN_ARTICLES = 5  # article links that make a page a section
NEWEST = 8  # headlines shown
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an address is: a source type of the watch file ("site", "feed", ...), the URL to watch, and the reasons.

    `newest`: at most NEWEST listed items, newest first if they are dated. `private`: the user stated that the host is
    on a private network.
    """

    kind: str
    url: str
    title: str
    why: tuple[str, ...]
    newest: tuple[Candidate, ...] = ()
    private: bool = False


Reader = Callable[[ProbeResponse, str, str], Awaitable[Parsed]]
"""Parses the response to a URL in a role of `parse_as`. Raises ExtractError if it exceeds the limits of the parser."""


async def read_here(answer: ProbeResponse, requested: str, role: str) -> Parsed:
    """Parse a response in this process: for a command that its own user runs."""
    return parse_as(role, _fetched(answer, requested))


def reader_in(pool: ExtractorPool) -> Reader:
    """Return a reader that parses responses in a process of `pool`, within its limits."""

    async def read(answer: ProbeResponse, requested: str, role: str) -> Parsed:
        return await pool.call(parse_as, role, _fetched(answer, requested), subject=requested)

    return read


def probe_for(defaults: Crawl, private_hosts: Collection[str], redis_url: str) -> AbstractAsyncContextManager[Probe]:
    """Open a probe that fetches as a crawl would, with the delay and user agent of the watch file's defaults."""
    delay_s = None if defaults.delay is None else defaults.delay.total_seconds()
    agent = defaults.user_agent or ""
    return open_probe(redis_url=redis_url, user_agent=agent, delay_s=delay_s, inside=private_hosts)


async def preview(
    probe: Probe, address: str, now: datetime, on_request: Callable[[str], None], reader: Reader = read_here
) -> Preview:
    """Find out what `address` is ("bbc.com", "https://example.org/rss.xml").

    A bare host is explored as a site; an address with a path is judged by its content. An address without a scheme is
    tried with https, then with http. `on_request` receives each URL before it is fetched. `reader` parses the
    responses, which may be hostile. Raises FetchError if the address cannot be fetched or lists no articles.
    """
    url = web_url(address)
    on_request(url)
    try:
        answer = await probe.get(url)
    except FetchError:
        if "://" in address:
            raise
        url = f"http{url.removeprefix('https')}"
        on_request(url)
        answer = await probe.get(url)
    parts = urlsplit(url)
    if answer.status >= 400:  # noqa: PLR2004
        raise FetchError(f"the server responded with status {answer.status}", subject=url)
    is_site = parts.path in {"", "/"} and not parts.query
    read = await reader(answer, url, "any")
    if read.feed or read.sitemap:
        return _listing(read, url, now)
    return await _site(probe, answer, url, now, on_request, reader) if is_site else _page(read, url)


def web_url(address: str) -> str:
    """Return the URL for an address as typed by a person. Raises FetchError if it is invalid."""
    try:
        return read_url(start_url(address))
    except ValueError:
        raise FetchError("not a web address", subject=address[:200]) from None
    except InvalidValue as mistake:
        raise FetchError(f"not a web address: {mistake}", subject=LOGIN.sub("***@", address[:200])) from None


def _fetched(answer: ProbeResponse, requested: str) -> Fetched:
    return Fetched(requested, answer.url, answer.status, {"Content-Type": answer.content_type}, answer.body)


def _listing(read: Parsed, url: str, now: datetime) -> Preview:
    """Describe a feed or a sitemap."""
    if feed := read.feed:
        reason = f"a feed with {_counts(feed.candidates, now)}"
        if not feed.candidates:
            reason = f"a feed without usable entries: {feed.unusable or 'it is empty'}"
        elif feed.unusable:
            reason += f"; {feed.unusable} cannot be used"
        return Preview("feed", url, feed.title, (reason,), newest(feed.candidates))
    children = read.sitemap.children if read.sitemap else ()
    reason = f"an index of {len(children)} sitemaps" if children else f"a sitemap with {_counts(read.listed, now)}"
    return Preview("sitemap", url, "", (reason,), newest(read.listed))


def _counts(candidates: tuple[Candidate, ...], now: datetime) -> str:
    dates = [date for item in candidates if (date := item.published or item.modified) and date <= now]
    latest = f", the newest {ago(now - max(dates))}" if dates else ""
    return f"{len(candidates)} articles{latest}"


def _page(read: Parsed, url: str) -> Preview:
    """Describe a section page, which links to articles, or a page to watch for changes."""
    links = read.articles
    if len(links) >= MIN_ARTICLES:
        return Preview("section", url, "", (f"a page that links to {len(links)} articles",), newest(links))
    return Preview("page", url, "", (f"a page with {len(links)} links to articles: watched for changes",))


async def _site(
    probe: Probe, home: ProbeResponse, url: str, now: datetime, on_request: Callable[[str], None], reader: Reader
) -> Preview:
    explorer, fetched = Explorer(url, now), {url: home}
    listed: dict[str, tuple[Candidate, ...]] = {}
    while urls := explorer.next_urls():
        for next_url in urls:
            try:
                if next_url not in fetched:
                    on_request(next_url)
                answer = fetched.pop(next_url, None) or await probe.get(next_url)
                read = await reader(answer, next_url, explorer.role(next_url))
            except (FetchError, ExtractError) as error:
                explorer.fail(next_url, error.message)
            else:
                explorer.receive(_fetched(answer, next_url), read)
                listed[next_url] = listed[answer.url] = read.listed
    proposal = explorer.proposal()
    if proposal.is_empty:
        reasons = "; ".join(f"{rejection.url}: {rejection.reason}" for rejection in proposal.rejected[:3])
        raise FetchError(f"no articles found ({reasons or 'no links to articles'})", subject=url)
    choices = (*proposal.feeds, *proposal.sitemaps, *proposal.sections)
    shown = next((some for choice in choices if (some := newest(listed.get(choice.url, ())))), ())
    return Preview("site", url, proposal.title, tuple(_reasons(proposal)), shown)


def newest(listed: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates with a headline, newest first; undated ones in the order of the page."""
    titled = [one for one in listed if one.title]
    dated = sorted((one for one in titled if one.published), key=lambda one: one.published or EPOCH, reverse=True)
    return tuple(dated or titled)[:NEWEST]


def inside(address: str, *, private: bool) -> frozenset[str]:
    """Return the host of `address` if it may be on a private network: by its name, or because `private` is set."""
    host = host_of(address)
    return frozenset((host,) if private or is_private_name(host) else ())


def _reasons(proposal: Proposal) -> Iterator[str]:
    for choice in (*proposal.feeds, *proposal.sitemaps, *proposal.sections):
        yield f"{choice.kind} {choice.url}: {choice.reason}"
    for rejection in proposal.rejected:
        yield f"not {rejection.url}: {rejection.reason}"
