"""What the items of one feed are: which are one, which of their ids identify anything, which have a page of their own.

An item is its guid and its link together (RSS 2.0, <guid>; RFC 4287, section 4.2.6; JSON Feed 1.1, `id`). Two items of
one link, or of two places in one page, are two articles; so is an item without a link. These are made of the feed's
own text, and their addresses say where it came from: a place in the page that they link to, or in the feed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final, NamedTuple
from urllib.parse import urldefrag, urlsplit

from crawler.dedupe.urls import canonical_url, place_url
from crawler.items import Candidate

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:@,+-]{0,99}")
_NOTHING: Final = frozenset(
    ("0", "-1", "null", "none", "nil", "undefined", "nan", "n/a", "false", "true", "guid", "id")
)
_MANY: Final = 3  # items with one guid are not one item listed again
_TITLE_CHARS: Final = 100


class Items(NamedTuple):
    """The items of one feed that can be used, in its order, and why the others cannot."""

    candidates: tuple[Candidate, ...]
    unusable: str = ""  # "12 entries without a link, a title and a text"


def items(found: Iterable[Candidate], feed_url: str, names: Collection[str] = ()) -> Items:
    """Return what the items of the feed at `feed_url` are.

    `found`: one for each item, `url` is "" where it links to no page, `guid` as it was sent. `names`: addresses and
    title of the feed, which identify none of its items.
    """
    usable: list[Candidate] = []
    left_out = 0
    for one in found:
        if one.url or one.title or one.summary or one.text:
            usable.append(one)
        else:
            left_out += 1
    unusable = (
        f"{left_out} {'entries' if left_out > 1 else 'entry'} without a link, a title or a text" if left_out else ""
    )
    identified = _without_useless_guids(usable, {feed_url, *names})
    pages = defaultdict(list)
    for position, one in enumerate(identified):
        pages[canonical_url(one.url) if one.url else ""].append((position, one))
    kept: dict[int, Candidate] = {}
    for page, members in pages.items():
        different = _different(members)
        alone = page and len(different) == 1
        places = Counter(_place(one.url) for _, one in different)
        for position, one in different:
            kept[position] = _on_its_page(one) if alone else _own(one, feed_url, places)
    by_address: dict[str, Candidate] = {}
    for position in sorted(kept):
        by_address.setdefault(place_url(kept[position].url), kept[position])
    return Items(tuple(by_address.values()), unusable)


def identity(item: Candidate) -> str:
    """Return what an item is known by in its feed: its guid, its link where that says nothing more."""
    return f"guid {item.guid}" if item.guid else place_url(item.url) if item.own else canonical_url(item.url)


def at_a_place(item: Candidate) -> Candidate:
    """Return an item whose page is another article's as an article of the feed's own text."""
    return _own(item, item.listed_in, Counter([_place(item.url)]))


def _without_useless_guids(found: Sequence[Candidate], names: Collection[str]) -> list[Candidate]:
    """Broken generators give all items one guid, or each its place in the feed, which is another one tomorrow."""
    shared = Counter(one.guid for one in found)
    links = defaultdict(set)
    for one in found:
        links[one.guid].add(one.url)
    nothing = {_folded(name) for name in names} | _NOTHING
    numbers = [one.guid for one in found]
    if len(found) >= _MANY and numbers in (
        [str(n) for n in range(len(found))],
        [str(n + 1) for n in range(len(found))],
    ):
        nothing |= set(numbers)

    def useless(guid: str) -> bool:
        many = shared[guid] >= _MANY or (shared[guid] > 1 and (shared[guid] == len(found) or len(links[guid]) > 1))
        return many or _folded(guid) in nothing or not any(map(str.isalnum, guid))

    return [replace(one, guid="") if useless(one.guid) else one for one in found]


def _different(members: Sequence[tuple[int, Candidate]]) -> list[tuple[int, Candidate]]:
    """Return the items of one page without those that are listed again."""
    kept: dict[tuple[str, ...], tuple[int, Candidate]] = {}
    known: set[tuple[object, ...]] = set()
    for position, one in members:
        place = _place(one.url)
        named = (
            (one.guid, place)
            if one.guid or place
            else ("", "", one.title.casefold(), one.summary if not one.url else "")
        )
        same = (one.title.casefold(), one.summary, one.published)
        if same in known and any(same) and (one.url or not one.guid):
            continue
        if named not in kept:
            kept[named] = position, one
            known.add(same)
    return list(kept.values())


def _on_its_page(item: Candidate) -> Candidate:
    """Return an item that has a page to itself; a guid that only repeats the page's address is left out."""
    return replace(item, guid="", text="") if _repeats(item) else replace(item, text="")


def _repeats(item: Candidate) -> bool:
    try:
        return canonical_url(item.guid) == canonical_url(item.url)
    except ValueError:
        return False


def _own(item: Candidate, feed_url: str, places: Counter[str]) -> Candidate:
    """Return an item that is an article of the feed's own text, at an address that nothing else in the feed has.

    `places`: how many items of the same page link to each place in it.
    """
    place = _place(item.url)
    if place and places[place] == 1:
        address = item.url
    else:
        home = urldefrag(item.url or _without_user(feed_url)).url
        address = f"{home}#{_fragment(item)}"
    text = "" if item.text.casefold() == item.title.casefold() else item.text
    return replace(item, url=address, own=True, text=text, title=item.title or _first_words(text or item.summary))


def _place(url: str) -> str:
    return place_url(url).partition("#")[2] if url else ""


def _fragment(item: Candidate) -> str:
    """Return a name that stays the same for the same item."""
    if _PLAIN_ID.fullmatch(item.guid):
        return item.guid
    when = item.published.isoformat() if item.published else item.summary
    named = item.guid or "\n".join((_place(item.url), item.title, when))
    return blake2b(named.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _first_words(text: str) -> str:
    line = text.partition("\n")[0]
    if len(line) <= _TITLE_CHARS:
        return line
    return (
        line[:_TITLE_CHARS].rpartition(" ")[0] + "…" if " " in line[:_TITLE_CHARS] else line[: _TITLE_CHARS - 1] + "…"
    )


def _folded(text: str) -> str:
    try:
        return canonical_url(text)
    except ValueError:
        return text.strip().casefold()


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
