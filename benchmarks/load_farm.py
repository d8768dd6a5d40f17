"""A site farm on loopback, in a process of its own: newspapers on 127.0.0.0/8, one port, and a receiver of webhooks.

Each host has robots.txt, a feed with an ETag, and a new article every `period_s`, the hosts' turns spread evenly.
Answers take as long as a log-normal distribution says, and a share are faults: 500, a cut connection, no answer.
Started by load.py, which reads the statistics at /stats on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections import Counter
from contextlib import suppress
from email.utils import formatdate

from aiohttp import web
from news_pages import VERBS, WORDS, article_page, sentence

LISTED = 10  # articles in a feed
SHELLS = 20  # different layouts of pages
FAULTS = 0.02
PUBLISHED = re.compile(r'"datePublished": "[^"]*"')
OLD_S = 30 * 86_400.0  # each host begins with one article that is too old to be fetched
KEYWORD = "zeppelin"
KEYWORD_EVERY = 20  # one of so many articles has it


def address(host: int) -> str:
    """Return the address of a host, from 127.1.0.1 on."""
    return f"127.{1 + host // 62_500}.{host // 250 % 250}.{1 + host % 250}"


class Farm:
    """The content of the hosts, as a function of the time since `begun`."""

    def __init__(self, hosts: int, period_s: float, seed: int) -> None:
        self.hosts, self.period_s, self.begun = hosts, period_s, time.time()
        self.rng = random.Random(seed)
        self.requests: Counter[str] = Counter()
        self.alerts: dict[str, float] = {}  # article's path -> seconds from its appearance to its webhook
        pages = [article_page(shell, links=150, teasers=60) for shell in range(SHELLS)]
        self.shells = [self._shell(page) for page in pages]

    @staticmethod
    def _shell(page: str) -> tuple[str, str]:
        before, rest = page.split('<div class="story-body">', 1)
        after = rest.split("</div>", 1)[1]
        return before, after

    def appeared(self, host: int, number: int) -> float:
        """Return when the article was published."""
        phase = (host * 0.6180339887) % 1
        return self.begun + (number - 1 + phase) * self.period_s if number else self.begun - OLD_S

    def count(self, host: int, now: float) -> int:
        """Return the number of articles of the host."""
        phase = (host * 0.6180339887) % 1
        return max(1, int((now - self.begun) / self.period_s - phase + 2))

    def feed(self, host: int, count: int) -> str:
        """Return the feed of a host with so many articles."""
        base = f"http://{address(host)}:{PORT}"
        items = "".join(
            f"<item><title>Report {host}-{n} of the day</title><link>{base}/2026/11/report-{host}-{n}.html</link>"
            f"<pubDate>{formatdate(self.appeared(host, n))}</pubDate></item>"
            for n in range(count - 1, max(-1, count - 1 - LISTED), -1)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Host {host}</title>{items}</channel></rss>'

    def page(self, host: int, number: int) -> str:
        """Return an article's page, the same each time."""
        rng = random.Random(host * 1_000_003 + number)
        title = f"Report {host}-{number}: {' '.join(rng.choice(WORDS) for _ in range(6))}"
        paragraphs = [" ".join(sentence(rng) for _ in range(3)) for _ in range(9)]
        if (host + number) % KEYWORD_EVERY == 0:
            paragraphs[4] += f" A {KEYWORD} {rng.choice(VERBS)} it."
        before, after = self.shells[host % SHELLS]
        old = before[before.index("<title>") + 7 : before.index(" | Bench News")]
        body = "".join(f"<p>{text}</p>" for text in paragraphs)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.appeared(host, number)))
        head = PUBLISHED.sub(f'"datePublished": "{when}"', before.replace(old, title), count=1)
        return f'{head}<div class="story-body">{body}</div>{after}'

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Respond as any host."""
        local = request.headers.get("Host", "").partition(":")[0].split(".")
        host = (int(local[1]) - 1) * 62_500 + int(local[2]) * 250 + int(local[3]) - 1
        path = request.path
        kind = "robots" if path == "/robots.txt" else "feed" if path == "/feed.xml" else "page"
        self.requests[kind] += 1
        await asyncio.sleep(min(10.0, self.rng.lognormvariate(-2.3, 0.9)))  # median 0.1 s, 99 % under 0.8 s
        if kind != "robots" and self.rng.random() < FAULTS:
            return await self.fault(request)
        if kind == "robots":
            return web.Response(text="User-agent: *\nDisallow: /private/\n")
        if kind == "feed":
            count = self.count(host, time.time())
            etag = f'"{count}"'
            if request.headers.get("If-None-Match") == etag:
                self.requests["feed 304"] += 1
                return web.Response(status=304, headers={"ETag": etag})
            return web.Response(text=self.feed(host, count), content_type="application/rss+xml", headers={"ETag": etag})
        number = int(path.rpartition("-")[2].removesuffix(".html"))
        return web.Response(text=self.page(host, number), content_type="text/html")

    async def fault(self, request: web.Request) -> web.StreamResponse:
        """Respond with a random fault."""
        self.requests["fault"] += 1
        chance = self.rng.random()
        if chance < 0.5:
            return web.Response(status=500, text="broken")
        if chance < 0.75 and request.transport is not None:
            request.transport.close()
        else:
            await asyncio.sleep(40)
        return web.Response(status=500)

    async def hook(self, request: web.Request) -> web.Response:
        """Receive alerts."""
        now = time.time()
        for url in _urls(await request.json()):
            path = url.partition("/2026/11/")[2]
            with suppress(ValueError):
                _, host, number = path.removesuffix(".html").split("-")
                self.requests["alert" if path not in self.alerts else "alert again"] += 1
                self.alerts.setdefault(path, now - self.appeared(int(host), int(number)))
        return web.Response()

    async def stats(self, request: web.Request) -> web.Response:
        """Return the requests, and the time from each article's publication to its alert."""
        del request
        now = time.time()
        total = sum(self.count(host, now) for host in range(self.hosts))
        return web.json_response({"requests": self.requests, "alerts": list(self.alerts.values()), "articles": total})


def _urls(value: object) -> list[str]:
    """Return the addresses of all articles in a webhook's JSON."""
    if isinstance(value, dict):
        own = [value["url"]] if isinstance(value.get("url"), str) and "/2026/11/" in value["url"] else []
        return own or [url for inner in value.values() for url in _urls(inner)]
    return [url for inner in value for url in _urls(inner)] if isinstance(value, list) else []


async def serve(farm: Farm) -> None:
    app = web.Application()
    app.router.add_post("/hook", farm.hook)
    app.router.add_get("/stats", farm.stats)
    app.router.add_get("/{path:.*}", farm.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", PORT, backlog=4096)
    await site.start()
    print(json.dumps({"port": PORT}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--port", type=int, default=18_080)
    parser.add_argument("--period", type=float, default=900.0, help="seconds between two articles of a host")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    PORT = args.port
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Farm(args.hosts, args.period, args.seed)))
