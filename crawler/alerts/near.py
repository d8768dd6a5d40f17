"""Words near each other: which occurrences of several terms stand close enough together."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final, TypeAlias

from crawler.alerts.words import Place

_ENOUGH: Final = 200  # places: more than an alert shows
_Chain: TypeAlias = tuple[Place, "_Chain | None"]


def close_places(groups: list[list[Place]], distance: int, *, ordered: bool, first: bool = False) -> set[Place]:
    """Return the places in chains of one place from every group, at most `distance` words between one and the next.

    "Next" is by position, or the next group if `ordered`. With `first`, stop at the first chain; else at 200 places.
    One pass over the places in order of position: for every set of groups already chained, only the chain that ends
    last matters. A chain counts from where its last place ends, so that occurrences never overlap.
    """
    events = sorted((place, number) for number, group in enumerate(groups) for place in group)
    full = (1 << len(groups)) - 1
    latest: dict[int, tuple[int, _Chain]] = {}
    pending: list[tuple[int, int, int, _Chain]] = []  # end, tie breaker, set of groups, chain
    found: set[Place] = set()
    count = 0
    for place, number in events:
        start, end = place
        while pending and pending[0][0] <= start:
            ended, _, groups_in, chain = heappop(pending)
            if groups_in not in latest or latest[groups_in][0] <= ended:
                latest[groups_in] = (ended, chain)
        bit = 1 << number
        grown: list[tuple[int, _Chain]] = [(bit, (place, None))] if not ordered or number == 0 else []
        for groups_in, (ended, chain) in latest.items():
            fits = groups_in == bit - 1 if ordered else not groups_in & bit
            if fits and start - ended <= distance:
                grown.append((groups_in | bit, (place, chain)))
        for groups_in, chain in grown:
            if groups_in == full:
                found.update(_places(chain))
                if first or len(found) >= _ENOUGH:
                    return found
            else:
                count += 1
                heappush(pending, (end, count, groups_in, chain))
    return found


def _places(chain: _Chain | None) -> list[Place]:
    places = []
    while chain is not None:
        place, chain = chain
        places.append(place)
    return places
