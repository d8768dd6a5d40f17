"""The available feeds and their contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from crawler.archive import ItemFilter
from crawler.archive.queries.searches import SavedSearch
from crawler.archive.tables.rows import clean
from crawler.config import Watch
from crawler.rules.language.spec import Rule
from crawler.web.forms.queries import Mistake, compiled
from crawler.web.forms.search import SearchForm, parts_of
from crawler.web.site import Site

KINDS = ("source", "tag", "rule", "search")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `path`: of its address, without the format; `page`: the path of the page with the same articles."""

    kind: str  # one of KINDS, or "all"
    name: str
    title: str
    path: str
    page: str
    selection: ItemFilter = field(default_factory=ItemFilter)
    query: Rule | None = None


def feeds_of(site: Site) -> Iterator[Feed]:
    """Yield all feeds: all articles, each source, tag, rule and saved search. Raises ArchiveError."""
    watch = site.watch_file.read().watch
    yield everything()
    yield from (_source(source.id) for source in watch.sources)
    yield from (_tag(tag) for tag in sorted({tag for source in watch.sources for tag in source.tags}))
    yield from (_rule(rule.id) for rule in watch.rules)
    for saved in site.archive.searches.listed():
        feed = _search(saved, watch, site.now())
        if feed is not None:
            yield feed


def feed_of(site: Site, kind: str, name: str) -> Feed | None:
    """Return a feed; None if neither the watch file nor any article has the name. Raises ArchiveError."""
    name = clean(name)
    watch = site.watch_file.read().watch
    if kind == "search":
        saved = next((one for one in site.archive.searches.listed() if one.name == name), None)
        return _search(saved, watch, site.now()) if saved else None
    make = _MAKERS.get(kind)
    if make is None or not name:
        return None
    feed = make(name)
    return feed if name in _known(watch)[kind] or _any(site, feed.selection) else None


def everything() -> Feed:
    """Return the feed of all articles."""
    return Feed("all", "", "All articles", "/feeds/all", "/")


def _source(name: str) -> Feed:
    selection = ItemFilter(sources=(name,))
    return Feed("source", name, f"Source {name}", _path("source", name), _page(source=name), selection)


def _tag(name: str) -> Feed:
    return Feed("tag", name, f"Tag {name}", _path("tag", name), _page(tag=name), ItemFilter(tags=(name,)))


def _rule(name: str) -> Feed:
    return Feed("rule", name, f"Rule {name}", _path("rule", name), _page(rule=name), ItemFilter(rules=(name,)))


_MAKERS: dict[str, Callable[[str], Feed]] = {"source": _source, "tag": _tag, "rule": _rule}


def _search(saved: SavedSearch, watch: Watch, now: datetime) -> Feed | None:
    """Return the feed of a saved search; None if it is no longer valid, for example if it uses a deleted list."""
    parameters = parts_of(saved.address)

    def values_of(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in parameters if key == name)

    q, since, until = ("".join(values_of(name)[:1]) for name in ("q", "since", "until"))
    lists = {name: values_of(name) for name in ("source", "tag", "language", "rule")}
    try:
        selection = SearchForm(q=q, since=since, until=until, **lists).filter(now)
    except ValueError:
        return None
    rule = compiled(q, watch.lists) if q else None
    if isinstance(rule, Mistake):
        return None
    title = f"Search {saved.name}"
    page = f"/search?{urlencode(parameters)}"
    return Feed("search", saved.name, title, _path("search", saved.name), page, selection, rule)


def _known(watch: Watch) -> dict[str, set[str]]:
    return {
        "source": {source.id for source in watch.sources},
        "tag": {tag for source in watch.sources for tag in source.tags},
        "rule": {rule.id for rule in watch.rules},
    }


def _any(site: Site, selection: ItemFilter) -> bool:
    return next(site.archive.items(selection, bodies=False), None) is not None


def _path(kind: str, name: str) -> str:
    return f"/feeds/{kind}/{quote(name, safe='')}"


def _page(**filters: str) -> str:
    return f"/search?{urlencode(filters)}"
