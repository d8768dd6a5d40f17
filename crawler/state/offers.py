"""What the feeds of a source say of WebSub hubs, as one JSON object of a source: by the key of the feed's address.

Feeds without a hub stand there too, beside one with: a source is pushed as a whole only where all its feeds are.
Older versions wrote `[hub, topic]` of one feed: that counts until a feed's body is read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from math import inf

MOST_FEEDS = 50  # of a source that are remembered
KEPT_S = 14 * 86_400.0  # a feed that was not heard of for so long is none of the source's any more
NOTED_S = 86_400.0  # how often it is noted that a feed was heard of
_OF_OLD = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed's hub and the topic to subscribe to there, "" for none; when it was heard of (seconds since 1970)."""

    hub: str
    topic: str
    heard: float

    def fresh(self, now_s: float) -> bool:
        """Whether it counts."""
        return now_s - self.heard < KEPT_S


def merged(known: Mapping[str, Offer], heard: Mapping[str, Offer | float]) -> dict[str, Offer]:
    """What is known after a poll. `heard`: by feed what its body said, or when it answered without one (a 304)."""
    read = any(isinstance(one, Offer) for one in heard.values())
    found = {name: one for name, one in known.items() if name != _OF_OLD or not read}
    for name, one in heard.items():
        old = found.get(name)
        if isinstance(one, Offer):
            same = old is not None and (old.hub, old.topic) == (one.hub, one.topic)
            if old is None or not same or one.heard - old.heard >= NOTED_S:
                found[name] = one
        elif old is not None and one - old.heard >= NOTED_S:
            found[name] = replace(old, heard=one)
    now_s = max((one.heard if isinstance(one, Offer) else one for one in heard.values()), default=0.0)
    kept = [(name, one) for name, one in found.items() if one.fresh(now_s)][:MOST_FEEDS]
    return dict(kept) if any(one.hub for _, one in kept) else {}


def written(offers: Mapping[str, Offer]) -> str:
    """The JSON that `offers_in` reads."""
    return json.dumps({name: astuple(one) for name, one in offers.items()})


def offers_in(said: bytes | str | None) -> dict[str, Offer]:
    """What was written, by this program or an older one; nothing in what neither wrote."""
    try:
        found = json.loads(said or "{}")
        if isinstance(found, list):
            hub, topic = found
            return {_OF_OLD: Offer(str(hub), str(topic), inf)}
        return {name: Offer(str(hub), str(topic), float(heard)) for name, (hub, topic, heard) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
