"""Missing sources: outlets that articles of alerting stories link to, name or credit, and that are not watched."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from crawler.archive import Archive
from crawler.archive.coverage.outlets import Cited
from crawler.config import Source
from crawler.extract.citations import names, outlets
from crawler.extract.citations.hosts import is_sister, may_be_outlet
from crawler.extract.citations.links import site_of
from crawler.items import Article, Hit, Span
from crawler.rules.excerpts import excerpts

LIMIT: Final = 20
EXAMPLES: Final = 3
_MIN_STORIES: Final = 2  # that name an outlet with an unknown name and without an address
_LINKS: Final = frozenset({"link", "site"})
_LETTERS: Final = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True, slots=True)
class Example:
    """An article that cites an outlet. `kind`: "link", "name" or "agency"; `evidence`: an address or a sentence."""

    article_id: int
    title: str
    source: str
    kind: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An outlet that is not watched. `domain` is "" if no address is known.

    `key` identifies it for dismissing: the domain, or the name in lower case. `links`, `names`, `credits`: articles
    that link to it, name it and credit it. `last`: the last alert of a story that cites it.
    """

    key: str
    name: str
    domain: str
    agency: bool
    stories: int
    sources: int
    last: datetime
    links: int = 0
    names: int = 0
    credits: int = 0
    examples: tuple[Example, ...] = ()

    @property
    def address(self) -> str:
        """The address to preview; "" if none is known."""
        return f"https://{self.domain}" if self.domain else ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Suggested sources, most stories first. `complete` False: only the newest alerts of the period were read."""

    since: datetime
    items: list[Suggestion]
    complete: bool
    seconds: float


@dataclass(slots=True)
class _Outlet:
    """What was found of one outlet; `ordinary` citations count only beside others."""

    name: str
    domain: str
    agency: bool = False
    known: bool = False
    cited: list[Cited] = field(default_factory=list)
    ordinary: list[Cited] = field(default_factory=list)


def suggestions(
    archive: Archive,
    sources: Iterable[Source],
    since: datetime,
    *,
    limit: int = LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> Suggestions:
    """Return the outlets that stories with an alert since a time cite, and that none of `sources` watches.

    They are ranked by stories, then by citing sources, then by the last alert. Raises ArchiveError.
    """
    started = clock()
    cited, complete = archive.cited_outlets.since(since)
    watched = {site for one in sources if (site := site_of(one.url))} | _main_sites(cited)
    dismissed = archive.dismissed_suggestions.all()
    found = [
        (one, outlet)
        for key, outlet in _grouped(cited, watched).items()
        if key not in dismissed and (one := _counted(key, outlet)) is not None
    ]
    found.sort(key=lambda pair: (-pair[0].stories, -pair[0].sources, -pair[0].last.timestamp(), pair[0].key))
    items = [replace(one, examples=_examples(archive, outlet)) for one, outlet in found[:limit]]
    return Suggestions(since, items, complete, clock() - started)


def dismiss(archive: Archive, outlet: str, now: datetime) -> str:
    """Hide an outlet for a year, by its domain or its name; return its key. Raises ArchiveError."""
    key = outlet.strip().casefold()[:100]
    archive.dismissed_suggestions.add(key, now)
    return key


def describe(one: Suggestion) -> str:
    """Return how often and in which ways an outlet is cited, in a few words."""
    ways = ((one.links, "linked"), (one.names, "named"), (one.credits, "credited as agency"))
    parts = ", ".join(f"{text} in {_plural(count, 'article')}" for count, text in ways if count)
    return (
        f"{_plural(one.stories, 'alerting story', 'alerting stories')} from {_plural(one.sources, 'source')}: {parts}"
    )


def no_address(one: Suggestion) -> str:
    """Return why an outlet cannot be added with one click; "" if it can."""
    if one.domain:
        return ""
    return f"named as {'agency' if one.agency else 'source'}; no address known"


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _main_sites(cited: Iterable[Cited]) -> set[str]:
    """Return the sites that most articles of a source are on: a feed may be on another site than its articles."""
    pages: dict[str, dict[int, str]] = defaultdict(dict)
    for one in cited:
        pages[one.source][one.article_id] = one.site
    main: set[str] = set()
    for sites in pages.values():
        site, count = Counter(sites.values()).most_common(1)[0]
        if site and 2 * count > len(sites):
            main.add(site)
    return main


def _grouped(cited: Sequence[Cited], watched: Collection[str]) -> dict[str, _Outlet]:
    """Return the outlets that are not watched, by domain, or by name if no domain is known."""
    resolve = _Names(cited)
    labels = {_label(site) for site in watched}
    found: dict[str, _Outlet] = {}
    for one in cited:
        outlet = resolve.outlet(one)
        if outlet is None or (outlet.domain and _is_own(outlet.domain, one.site)):
            continue
        if outlet.domain in watched or (_label(outlet.domain) or _joined(outlet.name)) in labels:
            continue
        key = outlet.domain or outlet.name.casefold()
        group = found.setdefault(key, _Outlet(outlet.name, outlet.domain, outlet.agency, outlet.known))
        (group.ordinary if one.kind == "ordinary" else group.cited).append(one)
    return found


def _is_own(domain: str, site: str) -> bool:
    return domain == site or bool(site and is_sister(domain, site))


class _Names:
    """The outlets of citations: by the table of known outlets, by links on the name, and by the domains of links."""

    def __init__(self, cited: Sequence[Cited]) -> None:
        linked: dict[str, Counter[str]] = defaultdict(Counter)
        self._domains: dict[str, str] = {}
        self._cache: dict[tuple[str, str], _Outlet | None] = {}
        for one in cited:
            if one.kind in _LINKS:
                self._domains.setdefault(_label(one.name), one.name)
            elif one.url:
                linked[one.name][site_of(one.url)] += 1
        self._linked = {name: sites.most_common(1)[0][0] for name, sites in linked.items()}

    def outlet(self, one: Cited) -> _Outlet | None:
        """Return the outlet that a citation means, None if it means none."""
        if one.kind in _LINKS:
            known = self._of("link", one.name)
            return known if known and (known.known or one.kind == "link") else None
        return self._of("name", one.name)

    def _of(self, kind: str, name: str) -> _Outlet | None:
        if (kind, name) not in self._cache:
            self._cache[kind, name] = self._linked_site(name) if kind == "link" else self._named(name)
        return self._cache[kind, name]

    @staticmethod
    def _linked_site(domain: str) -> _Outlet | None:
        known = outlets.of_domain(domain)
        if known is None and not may_be_outlet(domain):
            return None
        return _Outlet(known.name if known else domain, domain, bool(known and known.agency), known is not None)

    def _named(self, name: str) -> _Outlet | None:
        known = outlets.known(name)
        if known is not None:
            site = site_of(f"https://{known.domain}/") if known.domain else ""
            return _Outlet(known.name, site, known.agency, known=True)
        label = _joined(name)
        site = self._linked.get(name) or self._domains.get(label) or self._domains.get(f"the{label}") or ""
        if site and may_be_outlet(site):
            return self._linked_site(site)
        return _Outlet(name, "") if outlets.looks_like_outlet(name) else None


@lru_cache(maxsize=65_536)
def _label(domain: str) -> str:
    return domain.removeprefix("www.").partition(".")[0].replace("-", "")


def _joined(name: str) -> str:
    return _LETTERS.sub("", name.casefold())


def _counted(key: str, outlet: _Outlet) -> Suggestion | None:
    """Return the suggestion of an outlet; None if the evidence is too weak."""
    if not outlet.cited:
        return None
    cited = [*outlet.cited, *outlet.ordinary]
    stories = len({one.story for one in cited})
    if not outlet.domain and not outlet.known and stories < _MIN_STORIES:
        return None
    articles = {kind: len({one.article_id for one in cited if one.kind in kinds}) for kind, kinds in _KINDS.items()}
    sources, last = len({one.source for one in cited}), max(one.alerted for one in cited)
    counts = (articles["links"], articles["names"], articles["credits"])
    return Suggestion(key, outlet.name, outlet.domain, outlet.agency, stories, sources, last, *counts)


_KINDS: Final = {"links": ("link", "site"), "names": ("name", "ordinary"), "credits": ("agency",)}


def _examples(archive: Archive, outlet: _Outlet) -> tuple[Example, ...]:
    """Return the newest articles that cite an outlet, of different stories if there are enough; sentences first."""
    ranked = sorted(outlet.cited, key=lambda one: (one.alerted, one.kind == "name", one.article_id), reverse=True)
    by_story = {one.story: one for one in reversed(ranked)}
    chosen = [one for one in ranked if by_story[one.story] is one]
    articles = {one.article_id for one in chosen}
    chosen += {one.article_id: one for one in ranked if one.article_id not in articles}.values()
    chosen = chosen[:EXAMPLES]
    texts = dict(archive.texts_of(sorted(one.article_id for one in chosen)))
    return tuple(_example(one, texts[one.article_id]) for one in chosen if one.article_id in texts)


def _example(one: Cited, article: Article) -> Example:
    evidence = one.url if one.kind in _LINKS else f"credited to {one.name}"
    if one.kind == "name" and (found := names.place(article.text, article.language, one.name)):
        sentence = excerpts(article, Hit("", "", (Span("text", *found),)), 1)
        evidence = sentence[0] if sentence else one.name
    return Example(one.article_id, article.title, one.source, one.kind, evidence)
