"""The cyclic collector of a process that lives long and makes much that dies together."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECT_EVERY: Final = 50_000  # objects: a crawl makes some thousand; a look at so many takes 8 ms, at 200,000 some 70


@contextmanager
def settled_heap() -> Iterator[None]:
    """What a service begins with lives as long as it does: the collector need not walk it again and again."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
