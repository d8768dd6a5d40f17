"""The items of one feed: deduplicated, with usable ids, and with or without a page of their own.

Guid and link together identify an item (RSS 2.0, <guid>; RFC 4287, section 4.2.6; JSON Feed 1.1, `id`). Two items with
the same link, or with two fragments of one page, are two articles; so is an item without a link. Their text comes from
the feed, and their address is that of a fragment of the linked page or of the feed.
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
_MEANINGLESS: Final = frozenset(
    ("0", "-1", "null", "none", "nil", "undefined", "nan", "n/a", "false", "true", "guid", "id")
)
_MANY: Final = 3  # items with the same guid: the guid is useless
_TITLE_CHARS: Final = 100


class Items(NamedTuple):
    """The usable items of one feed, in its order, and why the others are not usable."""

    candidates: tuple[Candidate, ...]
    unusable: str = ""  # "12 entries without a link, a title and a text"


def items(found: Iterable[Candidate], feed_url: str, names: Collection[str] = ()) -> Items:
    """Identify the items of the feed at `feed_url`.

    `found`: one for each item, `url` is "" if it has no link, `guid` as it was sent. `names`: addresses and title of
    the feed, which do not identify an item.
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
        distinct = _distinct(members)
        alone = page and len(distinct) == 1
        fragments = Counter(_fragment_of(one.url) for _, one in distinct)
        for position, one in distinct:
            kept[position] = _on_its_page(one) if alone else _own(one, feed_url, fragments)
    by_address: dict[str, Candidate] = {}
    for position in sorted(kept):
        by_address.setdefault(place_url(kept[position].url), kept[position])
    return Items(tuple(by_address.values()), unusable)


def identity(item: Candidate) -> str:
    """Return what identifies an item in its feed: its guid if it has a usable one, else its link."""
    return f"guid {item.guid}" if item.guid else place_url(item.url) if item.own else canonical_url(item.url)


def as_own_article(item: Candidate) -> Candidate:
    """Turn an item whose page belongs to another article into one with the feed's own text."""
    return _own(item, item.listed_in, Counter([_fragment_of(item.url)]))


def _without_useless_guids(found: Sequence[Candidate], names: Collection[str]) -> list[Candidate]:
    """Remove guids that do not identify an item: the same for all items, or the position in the feed."""
    shared = Counter(one.guid for one in found)
    links = defaultdict(set)
    for one in found:
        links[one.guid].add(one.url)
    meaningless = {_folded(name) for name in names} | _MEANINGLESS
    numbers = [one.guid for one in found]
    if len(found) >= _MANY and numbers in (
        [str(n) for n in range(len(found))],
        [str(n + 1) for n in range(len(found))],
    ):
        meaningless |= set(numbers)

    def useless(guid: str) -> bool:
        many = shared[guid] >= _MANY or (shared[guid] > 1 and (shared[guid] == len(found) or len(links[guid]) > 1))
        return many or _folded(guid) in meaningless or not any(map(str.isalnum, guid))

    return [replace(one, guid="") if useless(one.guid) else one for one in found]


def _distinct(members: Sequence[tuple[int, Candidate]]) -> list[tuple[int, Candidate]]:
    """Return the items of one page without duplicates."""
    kept: dict[tuple[str, ...], tuple[int, Candidate]] = {}
    seen: set[tuple[object, ...]] = set()
    for position, one in members:
        fragment = _fragment_of(one.url)
        named = (
            (one.guid, fragment)
            if one.guid or fragment
            else ("", "", one.title.casefold(), one.summary if not one.url else "")
        )
        same = (one.title.casefold(), one.summary, one.published)
        if same in seen and any(same) and (one.url or not one.guid):
            continue
        if named not in kept:
            kept[named] = position, one
            seen.add(same)
    return list(kept.values())


def _on_its_page(item: Candidate) -> Candidate:
    """Return an item with a page of its own, without a guid that only repeats its address."""
    return replace(item, guid="", text="") if _repeats(item) else replace(item, text="")


def _repeats(item: Candidate) -> bool:
    try:
        return canonical_url(item.guid) == canonical_url(item.url)
    except ValueError:
        return False


def _own(item: Candidate, feed_url: str, fragments: Counter[str]) -> Candidate:
    """Return an item with the feed's own text, at an address that is unique in the feed.

    `fragments`: the number of items of the same page for each fragment.
    """
    fragment = _fragment_of(item.url)
    if fragment and fragments[fragment] == 1:
        address = item.url
    else:
        home = urldefrag(item.url or _without_user(feed_url)).url
        address = f"{home}#{_stable_fragment(item)}"
    text = "" if item.text.casefold() == item.title.casefold() else item.text
    return replace(item, url=address, own=True, text=text, title=item.title or _first_words(text or item.summary))


def _fragment_of(url: str) -> str:
    return place_url(url).partition("#")[2] if url else ""


def _stable_fragment(item: Candidate) -> str:
    """Return a fragment that stays the same for the same item."""
    if _PLAIN_ID.fullmatch(item.guid):
        return item.guid
    when = item.published.isoformat() if item.published else item.summary
    named = item.guid or "\n".join((_fragment_of(item.url), item.title, when))
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
