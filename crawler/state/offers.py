"""WebSub hubs named in the feeds of a source, as one JSON object per source, by the key of the feed's URL.

Feeds without a hub are stored too, beside one with a hub: a source is only pushed as a whole if all its feeds are.
Older versions wrote `[hub, topic]` of one feed: that counts until a feed's body is read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from math import inf

MOST_FEEDS = 50  # stored feeds of a source
KEPT_S = 14 * 86_400.0  # a feed not received for this long does not belong to the source any more
NOTED_S = 86_400.0  # how often the time of receipt is updated
_OF_OLD = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed's hub and its topic there, "" for none; `received` in seconds since 1970."""

    hub: str
    topic: str
    received: float

    def fresh(self, now_s: float) -> bool:
        """Return whether the feed was received recently enough to count."""
        return now_s - self.received < KEPT_S


def merged(known: Mapping[str, Offer], received: Mapping[str, Offer | float]) -> dict[str, Offer]:
    """Merge the offers of a poll; `received`: by feed its offer, or the time of a response without a body (304)."""
    read = any(isinstance(one, Offer) for one in received.values())
    found = {name: one for name, one in known.items() if name != _OF_OLD or not read}
    for name, one in received.items():
        old = found.get(name)
        if isinstance(one, Offer):
            same = old is not None and (old.hub, old.topic) == (one.hub, one.topic)
            if old is None or not same or one.received - old.received >= NOTED_S:
                found[name] = one
        elif old is not None and one - old.received >= NOTED_S:
            found[name] = replace(old, received=one)
    now_s = max((one.received if isinstance(one, Offer) else one for one in received.values()), default=0.0)
    kept = [(name, one) for name, one in found.items() if one.fresh(now_s)][:MOST_FEEDS]
    return dict(kept) if any(one.hub for _, one in kept) else {}


def written(offers: Mapping[str, Offer]) -> str:
    """Return the JSON that `offers_in` reads."""
    return json.dumps({name: astuple(one) for name, one in offers.items()})


def offers_in(stored: bytes | str | None) -> dict[str, Offer]:
    """Return stored offers, in the present or an older format; none for invalid data."""
    try:
        found = json.loads(stored or "{}")
        if isinstance(found, list):
            hub, topic = found
            return {_OF_OLD: Offer(str(hub), str(topic), inf)}
        return {name: Offer(str(hub), str(topic), float(received)) for name, (hub, topic, received) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
