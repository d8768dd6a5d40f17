"""Recognizing feed items by their guids, even if their links or headlines have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from crawler.archive import FeedItem, ListedItem
from crawler.archive.archive import Archive
from crawler.dedupe.urls import canonical_url, is_place, place_url
from crawler.discover.feeds.items import as_own_article, identity
from crawler.discover.listing import candidate_key
from crawler.discover.url_shape import is_article_url
from crawler.items import Candidate
from crawler.text import analyse, content_hash

ALIKE: Final = 0.5  # share of the shorter headline's words in the other one: then it is an edit


@dataclass(slots=True)
class Sorted:
    """The items of one feed, sorted into those to fetch and those that were listed before.

    `edited`: items whose headline, link or text has changed since they were last listed. `more_guids`: by article id,
    new guids of articles that are stored already. `feed_items`: every item that may be new, by its URL key.
    """

    fresh: list[Candidate] = field(default_factory=list)
    edited: list[tuple[Candidate, ListedItem]] = field(default_factory=list)
    more_guids: dict[int, list[FeedItem]] = field(default_factory=dict)
    feed_items: dict[int, FeedItem] = field(default_factory=dict)


def feed_item_of(item: Candidate, feed: int) -> FeedItem:
    """Return what is stored about an item of the feed with this key."""
    key = blake2b(f"{feed} {identity(item)}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    version = content_hash(item.title, item.text or item.summary) if item.own else ""
    return FeedItem(key, item.url, item.title, version)


def sort_items(items: Sequence[Candidate], feed: int, archive: Archive) -> Sorted:
    """Compare a feed's items with those that were listed before. Reads the archive. Raises ArchiveError."""
    named = [(item, feed_item_of(item, feed)) for item in items]
    known = archive.feed_items.known([one.key for _, one in named])
    new = [item for item, one in named if one.key not in known]
    at_link = archive.feed_items.at([page for item in new if (page := page_of(item))]) if new else {}
    found = Sorted()
    for item, one in named:
        before = known.get(one.key)
        if before is not None:
            _sort_known(found, item, one, before)
        else:
            _sort_new(found, item, one, at_link.get(page_of(item), ()))
        for each in (item, *found.fresh[-1:]):
            found.feed_items.setdefault(candidate_key(each), one)
    return found


def page_of(item: Candidate) -> str:
    """Return the canonical address of the page that an item links to or is part of."""
    return canonical_url(item.url)


def _sort_known(found: Sorted, item: Candidate, now: FeedItem, before: ListedItem) -> None:
    """Sort an item that was listed before, as the same article."""
    own = is_place(before.canonical_url)
    if own and item.own:
        if now.version != before.version:
            found.edited.append((item, before))
        return
    if own or item.own:  # it had a page of its own, or has one now: the article is not stored twice
        return
    if page_of(item) != canonical_url(before.link):
        found.edited.append((item, before))
        return
    found.fresh.append(item)
    if not same_words(item.title, before.title):
        found.edited.append((item, before))


def _sort_new(found: Sorted, item: Candidate, now: FeedItem, at_link: Sequence[ListedItem]) -> None:
    """Sort an item with a new guid. `at_link`: the articles at its link, as the items that led to them."""
    if not at_link:
        found.fresh.append(item)
        return
    unnamed = [one for one in at_link if not one.link]
    same = next((one for one in at_link if same_words(one.title, item.title)), None)
    if same is not None or (unnamed and not item.own):  # the same item, or stored before guids were
        found.more_guids.setdefault((same or unnamed[0]).article_id, []).append(now)
    elif item.own:
        found.fresh.append(item)
    else:
        before = at_link[0]
        moved_within = any(place_url(one.link) != place_url(item.url) for one in at_link)
        if not moved_within and (alike(before.title, item.title) or is_article_url(item.url)):
            found.edited.append((item, before))
        else:
            found.fresh.append(as_own_article(item))


def same_words(one: str, other: str) -> bool:
    """Return whether two headlines have the same words. A missing headline equals every other."""
    return not one or not other or analyse(one).words == analyse(other).words


def alike(one: str, other: str) -> bool:
    """Return whether a headline may be an edit of another."""
    words, more = _words(one), _words(other)
    return len(words & more) > ALIKE * min(len(words), len(more)) if words and more else False


def _words(title: str) -> frozenset[str]:
    return frozenset(analyse(title).words)


def at_own_address(item: Candidate) -> Candidate:
    """Return the item at an address of its own, derived from its text."""
    version = content_hash(item.title, item.text or item.summary)
    return replace(item, url=f"{item.url}-{version[-8:]}")
