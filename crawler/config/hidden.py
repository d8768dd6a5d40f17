"""The hidden source, rule and channel of the canary: used like those of the watch file, but in none of its lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from crawler.config.outputs import Channel
from crawler.config.sources import Source
from crawler.health.canary import CANARY, PHRASE
from crawler.rules import RuleSpec

HIDDEN_RULE: Final = RuleSpec(CANARY, query=f'"{PHRASE}"', sources=(CANARY,), send=(CANARY,), on=("new",))
HIDDEN_CHANNEL: Final = Channel.model_construct(id=CANARY, url=SecretStr("canary:"), group=timedelta(0))


def hidden_source(address: str) -> Source:
    """Return the source of canaries; `address`: of their feed on loopback."""
    source = Source.model_validate({"id": "canary", "feed": address, "private": True, "delay": "0s", "revisit": []})
    return source.model_copy(update={"id": CANARY})
