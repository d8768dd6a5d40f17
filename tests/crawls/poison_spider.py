"""A spider of one's own, as a watch file may name it (`spider: poison`), that meets pages which kill their reader."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from urllib.parse import urlsplit

from crawler.pool import MAX_DATA_BYTES
from crawler.spiders.news import NewsSpider


def hang() -> None:
    while True:
        pass


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def eat() -> int:
    return len(bytearray(MAX_DATA_BYTES * 2))


POISON: dict[str, Callable[[], object]] = {"/hang": hang, "/die": die, "/leave": leave, "/eat": eat}


class PoisonSpider(NewsSpider):
    name = "poison"

    async def in_process(self, response, page_hints, alone):
        path = urlsplit(response.url).path
        if path == "/kill":
            os.kill(os.getpid(), signal.SIGKILL)  # the whole worker, as the kernel does it when memory runs out
        if path in POISON:
            return await self.context.runtime.pool.call(POISON[path], subject=response.url, alone=alone)
        return await super().in_process(response, page_hints, alone)
