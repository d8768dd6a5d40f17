"""Looking at an address before it is watched: what it is, told from its content, and how it is best followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from crawler.config.explain import LOGIN
from crawler.config.kinds import read_url
from crawler.config.mistake import Mistake
from crawler.discover.feeds import read_feed
from crawler.discover.links import article_links
from crawler.discover.proposal import Proposal, ago
from crawler.discover.site import Explorer, Fetched, start_url
from crawler.discover.sitemaps import read_sitemap
from crawler.errors import FeedError, FetchError, SitemapError
from crawler.items import Candidate
from crawler.service.probe import Answer, Probe

MIN_ARTICLES = 5  # links to articles that make a page a section


@dataclass(frozen=True, slots=True)
class Look:
    """What an address is: a kind of the watch file ("site", "feed", ...), the URL to watch, and why, line by line."""

    kind: str
    url: str
    title: str
    why: tuple[str, ...]


async def look(probe: Probe, address: str, now: datetime, tell: Callable[[str], None]) -> Look:
    """Find out what `address` is ("bbc.com", "https://example.org/rss.xml"); `tell` hears of each request.

    A host alone is explored as a site; an address with a path is what its content says. An address without a scheme is
    tried with https, then with http. Raises `FetchError` for what cannot be fetched, or lists no articles.
    """
    url = web_url(address)
    tell(url)
    try:
        answer = await probe.get(url, named=True)
    except FetchError:
        if "://" in address:
            raise
        url = f"http{url.removeprefix('https')}"
        tell(url)
        answer = await probe.get(url, named=True)
    parts = urlsplit(url)
    if answer.status >= 400:  # noqa: PLR2004
        raise FetchError(f"answers {answer.status}", subject=url)
    is_site = parts.path in {"", "/"} and not parts.query
    return _listing(answer, url, now) or (await _site(probe, answer, url, now, tell) if is_site else _page(answer, url))


def web_url(address: str) -> str:
    """Return the URL that an address as people type it means. Raises `FetchError` for what is none."""
    try:
        return read_url(start_url(address))
    except ValueError:
        raise FetchError("not a web address", subject=address[:200]) from None
    except Mistake as mistake:
        raise FetchError(f"not a web address: {mistake}", subject=LOGIN.sub("***@", address[:200])) from None


def _listing(answer: Answer, url: str, now: datetime) -> Look | None:
    """Recognise a feed or a sitemap."""
    try:
        feed = read_feed(answer.body, answer.url, answer.content_type)
    except FeedError:
        pass
    else:
        return Look("feed", url, feed.title, (f"a feed with {_news(feed.candidates, now)}",))
    try:
        sitemap = read_sitemap(answer.body, answer.url)
    except SitemapError:
        return None
    said = f"an index of {len(sitemap.children)} sitemaps" if sitemap.children else ""
    return Look("sitemap", url, "", (said or f"a sitemap with {_news(sitemap.candidates, now)}",))


def _news(candidates: tuple[Candidate, ...], now: datetime) -> str:
    dates = [date for item in candidates if (date := item.published or item.modified) and date <= now]
    newest = f", the newest {ago(now - max(dates))}" if dates else ""
    return f"{len(candidates)} articles{newest}"


def _page(answer: Answer, url: str) -> Look:
    """Tell a section page, which links to articles, from a page to be watched for changes."""
    links = article_links(answer.body, answer.url, content_type=answer.content_type)
    if len(links) >= MIN_ARTICLES:
        return Look("section", url, "", (f"a page that links to {len(links)} articles",))
    return Look("page", url, "", (f"a page with {len(links)} links to articles: it is watched for changes",))


async def _site(probe: Probe, home: Answer, url: str, now: datetime, tell: Callable[[str], None]) -> Look:
    explorer = Explorer(url, now)
    while urls := explorer.next_urls():
        for asked in urls:
            if asked == url:
                explorer.receive(Fetched(asked, home.url, home.status, {"Content-Type": home.content_type}, home.body))
                continue
            tell(asked)
            try:
                answer = await probe.get(asked)
            except FetchError as error:
                explorer.fail(asked, error.message)
            else:
                headers = {"Content-Type": answer.content_type}
                explorer.receive(Fetched(asked, answer.url, answer.status, headers, answer.body))
    proposal = explorer.proposal()
    if proposal.is_empty:
        reasons = "; ".join(f"{rejection.url}: {rejection.reason}" for rejection in proposal.rejected[:3])
        raise FetchError(f"no articles are listed here ({reasons or 'no links to articles'})", subject=url)
    return Look("site", url, proposal.title, tuple(_told(proposal)))


def _told(proposal: Proposal) -> Iterator[str]:
    for choice in (*proposal.feeds, *proposal.sitemaps, *proposal.sections):
        yield f"{choice.kind} {choice.url}: {choice.reason}"
    for rejection in proposal.rejected:
        yield f"not {rejection.url}: {rejection.reason}"
