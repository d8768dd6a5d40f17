"""Which items of a feed are known, by their guids, though their links or headlines are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from crawler.archive import Announced, Known
from crawler.archive.archive import Archive
from crawler.dedupe.urls import canonical_url, is_place, place_url
from crawler.discover.feeds.items import as_own_article, identity
from crawler.discover.listing import candidate_key
from crawler.discover.url_shape import is_article_url
from crawler.items import Candidate
from crawler.text import analyse, content_hash

ALIKE: Final = 0.5  # of the shorter headline's words are in the other: an edit


@dataclass(slots=True)
class Sorted:
    """The items of one feed: what is looked for as pages are, and what is known.

    `edited`: items whose headline, link or text is another than when they were listed last. `noted`: what is known now
    under one more guid, by the ids of articles. `announced`: every item that may be new, by its key.
    """

    fresh: list[Candidate] = field(default_factory=list)
    edited: list[tuple[Candidate, Known]] = field(default_factory=list)
    noted: dict[int, list[Announced]] = field(default_factory=dict)
    announced: dict[int, Announced] = field(default_factory=dict)


def announced(item: Candidate, feed: int) -> Announced:
    """What is remembered of an item of the feed with this key."""
    key = blake2b(f"{feed} {identity(item)}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    version = content_hash(item.title, item.text or item.summary) if item.own else ""
    return Announced(key, item.url, item.title, version)


def sort_items(items: Sequence[Candidate], feed: int, archive: Archive) -> Sorted:
    """Compare a feed's items with what was listed before. Reads the archive. Raises ArchiveError."""
    named = [(item, announced(item, feed)) for item in items]
    known = archive.announcements.known([one.key for _, one in named])
    strangers = [item for item, one in named if one.key not in known]
    there = archive.announcements.at([page for item in strangers if (page := page_of(item))]) if strangers else {}
    found = Sorted()
    for item, one in named:
        before = known.get(one.key)
        if before is not None:
            _known(found, item, one, before)
        else:
            _stranger(found, item, one, there.get(page_of(item), ()))
        for each in (item, *found.fresh[-1:]):
            found.announced.setdefault(candidate_key(each), one)
    return found


def page_of(item: Candidate) -> str:
    """The canonical address of the page that an item links to or stands in."""
    return canonical_url(item.url)


def _known(found: Sorted, item: Candidate, now: Announced, before: Known) -> None:
    """An item that was listed before, as the same article."""
    own = is_place(before.canonical_url)
    if own and item.own:
        if now.version != before.version:
            found.edited.append((item, before))
        return
    if own or item.own:  # it had its page to itself, or has it now: an article is not made twice
        return
    if page_of(item) != canonical_url(before.link):
        found.edited.append((item, before))
        return
    found.fresh.append(item)
    if not same_words(item.title, before.title):
        found.edited.append((item, before))


def _stranger(found: Sorted, item: Candidate, now: Announced, there: Sequence[Known]) -> None:
    """An item with a guid that is new. `there`: what stands at its link, as the items that led to it."""
    if not there:
        found.fresh.append(item)
        return
    unnamed = [one for one in there if not one.link]
    same = next((one for one in there if same_words(one.title, item.title)), None)
    if same is not None or (unnamed and not item.own):  # another guid for what was listed; or from before guids counted
        found.noted.setdefault((same or unnamed[0]).article_id, []).append(now)
    elif item.own:
        found.fresh.append(item)
    else:
        before = there[0]
        moved_within = any(place_url(one.link) != place_url(item.url) for one in there)
        if not moved_within and (alike(before.title, item.title) or is_article_url(item.url)):
            found.edited.append((item, before))
        else:
            found.fresh.append(as_own_article(item))


def same_words(one: str, other: str) -> bool:
    """Tell whether two headlines say the same, whatever their quotes and dashes. No headline says nothing else."""
    return not one or not other or analyse(one).words == analyse(other).words


def alike(one: str, other: str) -> bool:
    """Tell whether a headline may be an edit of another."""
    words, more = _words(one), _words(other)
    return len(words & more) > ALIKE * min(len(words), len(more)) if words and more else False


def _words(title: str) -> frozenset[str]:
    return frozenset(analyse(title).words)


def elsewhere(item: Candidate) -> Candidate:
    """The item at an address that no other text of its guid has had."""
    version = content_hash(item.title, item.text or item.summary)
    return replace(item, url=f"{item.url}-{version[-8:]}")
