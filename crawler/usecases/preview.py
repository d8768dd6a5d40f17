"""Looking at an address before it is watched: what it is, told from its content, and how it is best followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import settings
from crawler.config import Crawl, Watch
from crawler.config.file.explain import LOGIN
from crawler.config.kinds import read_url, suggest_id
from crawler.config.mistake import Mistake
from crawler.discover.explore.proposal import Proposal, ago
from crawler.discover.explore.site import Explorer, Fetched, Parsed, parse_as, start_url
from crawler.errors import ExtractError, FetchError
from crawler.items import Candidate
from crawler.networks import host_of, is_private_name
from crawler.pool import ExtractorPool
from crawler.usecases.probe import Answer, Probe

MIN_ARTICLES = 5  # links to articles that make a page a section
DELAY_S = 1.0
NEWEST = 8  # headlines that are shown
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an address is: a kind of the watch file ("site", "feed", ...), the URL to watch, and why, line by line.

    `newest`: what it lists, the newest first, as far as it says so; at most NEWEST. `private`: its host is on a private
    network, as the user said.
    """

    kind: str
    url: str
    title: str
    why: tuple[str, ...]
    newest: tuple[Candidate, ...] = ()
    private: bool = False


Reader = Callable[[Answer, str, str], Awaitable[Parsed]]
"""Reads an answer to a URL in a role of `parse_as`. Raises ExtractError for what cannot be read within bounds."""


async def read_here(answer: Answer, asked: str, role: str) -> Parsed:
    """Parsed in this process: for a command that is its user's own."""
    return parse_as(role, _fetched(answer, asked))


def reader_in(pool: ExtractorPool) -> Reader:
    """Parsed in a process of `pool`, within its bounds."""

    async def read(answer: Answer, asked: str, role: str) -> Parsed:
        return await pool.call(parse_as, role, _fetched(answer, asked), subject=asked)

    return read


def probe_for(defaults: Crawl, may: Collection[str]) -> Probe:
    """Return a probe that fetches as a crawl would: with the pause and the name of the watch file's defaults.

    `may`: the hosts that may be on a private network.
    """
    delay_s = DELAY_S if defaults.delay is None else defaults.delay.total_seconds()
    return Probe(defaults.user_agent or settings.USER_AGENT, inside=may, delay_s=delay_s)


async def preview(
    probe: Probe, address: str, now: datetime, tell: Callable[[str], None], reader: Reader = read_here
) -> Preview:
    """Find out what `address` is ("bbc.com", "https://example.org/rss.xml"); `tell` hears of each request.

    A host alone is explored as a site; an address with a path is what its content says. An address without a scheme is
    tried with https, then with http. `reader` reads what came: pages of strangers, which may be hostile.
    Raises `FetchError` for what cannot be fetched, or lists no articles.
    """
    url = web_url(address)
    tell(url)
    try:
        answer = await probe.get(url)
    except FetchError:
        if "://" in address:
            raise
        url = f"http{url.removeprefix('https')}"
        tell(url)
        answer = await probe.get(url)
    parts = urlsplit(url)
    if answer.status >= 400:  # noqa: PLR2004
        raise FetchError(f"the server answers {answer.status}", subject=url)
    is_site = parts.path in {"", "/"} and not parts.query
    read = await reader(answer, url, "any")
    if read.feed or read.sitemap:
        return _listing(read, url, now)
    return await _site(probe, answer, url, now, tell, reader) if is_site else _page(read, url)


def web_url(address: str) -> str:
    """Return the URL that an address as people type it means. Raises `FetchError` for what is none."""
    try:
        return read_url(start_url(address))
    except ValueError:
        raise FetchError("not a web address", subject=address[:200]) from None
    except Mistake as mistake:
        raise FetchError(f"not a web address: {mistake}", subject=LOGIN.sub("***@", address[:200])) from None


def _fetched(answer: Answer, asked: str) -> Fetched:
    return Fetched(asked, answer.url, answer.status, {"Content-Type": answer.content_type}, answer.body)


def _listing(read: Parsed, url: str, now: datetime) -> Preview:
    """Tell of a feed or a sitemap."""
    if feed := read.feed:
        said = f"a feed with {_news(feed.candidates, now)}"
        if not feed.candidates:
            said = f"a feed without usable entries: {feed.unusable or 'it is empty'}"
        elif feed.unusable:
            said += f"; {feed.unusable} cannot be used"
        return Preview("feed", url, feed.title, (said,), newest(feed.candidates))
    children = read.sitemap.children if read.sitemap else ()
    said = f"an index of {len(children)} sitemaps" if children else f"a sitemap with {_news(read.listed, now)}"
    return Preview("sitemap", url, "", (said,), newest(read.listed))


def _news(candidates: tuple[Candidate, ...], now: datetime) -> str:
    dates = [date for item in candidates if (date := item.published or item.modified) and date <= now]
    newest = f", the newest {ago(now - max(dates))}" if dates else ""
    return f"{len(candidates)} articles{newest}"


def _page(read: Parsed, url: str) -> Preview:
    """Tell a section page, which links to articles, from a page to be watched for changes."""
    links = read.articles
    if len(links) >= MIN_ARTICLES:
        return Preview("section", url, "", (f"a page that links to {len(links)} articles",), newest(links))
    return Preview("page", url, "", (f"a page with {len(links)} links to articles: watched for changes",))


async def _site(
    probe: Probe, home: Answer, url: str, now: datetime, tell: Callable[[str], None], reader: Reader
) -> Preview:
    explorer, at_hand = Explorer(url, now), {url: home}
    listed: dict[str, tuple[Candidate, ...]] = {}
    while urls := explorer.next_urls():
        for asked in urls:
            try:
                if asked not in at_hand:
                    tell(asked)
                answer = at_hand.pop(asked, None) or await probe.get(asked)
                read = await reader(answer, asked, explorer.role(asked))
            except (FetchError, ExtractError) as error:
                explorer.fail(asked, error.message)
            else:
                explorer.receive(_fetched(answer, asked), read)
                listed[asked] = listed[answer.url] = read.listed
    proposal = explorer.proposal()
    if proposal.is_empty:
        reasons = "; ".join(f"{rejection.url}: {rejection.reason}" for rejection in proposal.rejected[:3])
        raise FetchError(f"no articles found ({reasons or 'no links to articles'})", subject=url)
    choices = (*proposal.feeds, *proposal.sitemaps, *proposal.sections)
    shown = next((some for choice in choices if (some := newest(listed.get(choice.url, ())))), ())
    return Preview("site", url, proposal.title, tuple(_told(proposal)), shown)


def newest(listed: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those that have a headline, the newest first; without dates in the order of the page."""
    titled = [one for one in listed if one.title]
    dated = sorted((one for one in titled if one.published), key=lambda one: one.published or EPOCH, reverse=True)
    return tuple(dated or titled)[:NEWEST]


def entry_for(
    found: Preview, known: Watch, *, name: str = "", every: str = "", tags: Sequence[str] = ()
) -> dict[str, object]:
    """The source as the watch file is to have it, under `name` or a free one.

    Raises `FetchError` where its address is watched already.
    """
    same = next((source.id for source in known.sources if source.url == found.url), None)
    if same:
        raise FetchError(f"already watched, as {same}", subject=found.url)
    names = known.source_by_id
    wanted = name or suggest_id(found.url)
    free = (more for number in range(2, len(names) + 3) if (more := f"{wanted[:58]}-{number}") not in names)
    entry: dict[str, object] = {"id": wanted if name or wanted not in names else next(free), found.kind: found.url}
    chosen = {"every": every, "tags": list(tags), "private": found.private and not is_private_name(host_of(found.url))}
    return entry | {key: value for key, value in chosen.items() if value}


def inside(address: str, *, private: bool) -> frozenset[str]:
    """The host of `address` where it may be on a private network: where it says so itself, or `private` does."""
    host = host_of(address)
    return frozenset((host,) if private or is_private_name(host) else ())


def _told(proposal: Proposal) -> Iterator[str]:
    for choice in (*proposal.feeds, *proposal.sitemaps, *proposal.sections):
        yield f"{choice.kind} {choice.url}: {choice.reason}"
    for rejection in proposal.rejected:
        yield f"not {rejection.url}: {rejection.reason}"
