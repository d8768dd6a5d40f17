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
from crawler.web.forms.search import Wanted, parts_of
from crawler.web.site import Site

KINDS = ("source", "tag", "rule", "search")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. `path`: of its address, without the format; `page`: of what a browser shows instead."""

    kind: str  # one of KINDS, or "all"
    name: str
    title: str
    path: str
    page: str
    wanted: ItemFilter = field(default_factory=ItemFilter)
    query: Rule | None = None


def feeds_of(site: Site) -> Iterator[Feed]:
    """Every feed: all articles, each source, tag and rule of the watch file, each saved search. Raises ArchiveError."""
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
    """One feed; None where the watch file does not know the name, nor any article has it. Raises ArchiveError."""
    name = clean(name)
    watch = site.watch_file.read().watch
    if kind == "search":
        saved = next((one for one in site.archive.searches.listed() if one.name == name), None)
        return _search(saved, watch, site.now()) if saved else None
    make = _MAKERS.get(kind)
    if make is None or not name:
        return None
    feed = make(name)
    return feed if name in _known(watch)[kind] or _any(site, feed.wanted) else None


def everything() -> Feed:
    """The feed of all articles."""
    return Feed("all", "", "All articles", "/feeds/all", "/")


def _source(name: str) -> Feed:
    wanted = ItemFilter(sources=(name,))
    return Feed("source", name, f"Source {name}", _path("source", name), _page(source=name), wanted)


def _tag(name: str) -> Feed:
    return Feed("tag", name, f"Tag {name}", _path("tag", name), _page(tag=name), ItemFilter(tags=(name,)))


def _rule(name: str) -> Feed:
    return Feed("rule", name, f"Rule {name}", _path("rule", name), _page(rule=name), ItemFilter(rules=(name,)))


_MAKERS: dict[str, Callable[[str], Feed]] = {"source": _source, "tag": _tag, "rule": _rule}


def _search(saved: SavedSearch, watch: Watch, now: datetime) -> Feed | None:
    """The feed of a saved search; None for one that cannot be read any more, as when a list it names is gone."""
    given = parts_of(saved.address)

    def several(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in given if key == name)

    q, since, until = ("".join(several(name)[:1]) for name in ("q", "since", "until"))
    lists = {name: several(name) for name in ("source", "tag", "language", "rule")}
    try:
        wanted = Wanted(q=q, since=since, until=until, **lists).filter(now)
    except ValueError:
        return None
    rule = compiled(q, watch.lists) if q else None
    if isinstance(rule, Mistake):
        return None
    title = f"Search {saved.name}"
    return Feed("search", saved.name, title, _path("search", saved.name), f"/search?{urlencode(given)}", wanted, rule)


def _known(watch: Watch) -> dict[str, set[str]]:
    return {
        "source": {source.id for source in watch.sources},
        "tag": {tag for source in watch.sources for tag in source.tags},
        "rule": {rule.id for rule in watch.rules},
    }


def _any(site: Site, wanted: ItemFilter) -> bool:
    return next(site.archive.items(wanted, bodies=False), None) is not None


def _path(kind: str, name: str) -> str:
    return f"/feeds/{kind}/{quote(name, safe='')}"


def _page(**filters: str) -> str:
    return f"/search?{urlencode(filters)}"
