"""A farm of sites that publish articles in short feeds and sitemaps, and log every response.

    python benchmarks/chaos_judge/farm.py LOG SEED HOSTS WINDOW GAP_S

Each host lists its newest WINDOW articles only and publishes one every GAP_S seconds, so that what a poll names is soon
gone. The log has one JSON object for each answer: when its last byte was handed over, the listing, the ids of the
articles that it named (for a 304: of the body that the client has), and whether it was sent whole. The first line on
standard output is the port. SIGUSR1 ends publishing, SIGTERM the farm.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import signal
import socket
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import TextIO

KINDS = ("feed", "feed", "feed", "sitemap", "index", "section")  # of hosts, in turn
KEYWORDS = ("quokka", "zeppelin", "obsidian", "marzipan")
_WORDS = """the a of to in and that for with from over under after before harbour council village teacher river bridge
market winter morning letter garden station window doctor engine farmer island journey kitchen lantern
mountain museum library painter quarry railway school singer theatre tunnel valley weather workshop opened
closed reported discovered promised carried repaired counted followed described announced delivered measured
planted visited watched answered old new quiet narrow busy distant public small bright empty heavy early
modern wooden northern southern local"""
WORDS = _WORDS.split()


class Farm:
    """The current content of each host."""

    def __init__(self, seed: int, hosts: int, window: int, gap_s: float, log: TextIO) -> None:
        self.seed, self.hosts, self.window, self.gap_s = seed, hosts, window, gap_s
        self.begun = time.time()
        self.ended = 0.0
        self.log = log
        self.port = 0

    def published(self, host: int) -> int:
        """Return the number of published articles; each host starts at a different time."""
        until = self.ended or time.time()
        return max(0, int((until - self.begun) / self.gap_s - random.Random(f"{self.seed} {host}").random()) + 1)

    def address(self, host: int) -> str:
        """Return scheme, address and port of a host."""
        return f"http://{name_of(host)}:{self.port}"

    def newest(self, host: int) -> list[str]:
        """Return the paths of the articles that the host lists, newest first."""
        count = self.published(host)
        return [path_of(self.seed, host, n) for n in range(count - 1, max(-1, count - 1 - self.window), -1)]

    def listing(self, host: int, path: str) -> tuple[str, str, list[str]] | None:
        """Return content type, body and articles of a listing; None for another path."""
        kind, named = KINDS[host % len(KINDS)], self.newest(host)
        links = [f"{self.address(host)}{one}" for one in named]
        if path == "/feed.xml" and kind == "feed":
            items = "".join(
                f"<item><title>{title_of(link)}</title><link>{link}</link><guid>{link}</guid>"
                f"<pubDate>{formatdate(self.time_of(host, link), usegmt=True)}</pubDate></item>"
                for link in links
            )
            return (
                "application/rss+xml",
                f"<rss version='2.0'><channel><title>{host}</title>{items}</channel></rss>",
                links,
            )
        if (path == "/map.xml" and kind == "sitemap") or (path == "/news-1.xml" and kind == "index"):
            urls = "".join(f"<url><loc>{link}</loc><lastmod>{self.day(host, link)}</lastmod></url>" for link in links)
            return (
                "application/xml",
                f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>",
                links,
            )
        if path == "/index.xml" and kind == "index":
            child = f"<sitemap><loc>{self.address(host)}/news-1.xml</loc></sitemap>"
            body = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{child}</sitemapindex>"
            return "application/xml", body, []
        if path == "/section" and kind == "section":
            rows = "".join(f"<li><a href='{link}'>{title_of(link)} for the whole town</a></li>" for link in links)
            return "text/html", f"<html><body><h1>News</h1><ul>{rows}</ul></body></html>", links
        return None

    def time_of(self, host: int, link: str) -> float:
        """Return when an article was published."""
        number = int(link.rpartition("-")[2])
        return self.begun + (number + random.Random(f"{self.seed} {host}").random()) * self.gap_s

    def day(self, host: int, link: str) -> str:
        """Return the same in the format of sitemaps."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time_of(host, link)))

    def answer(self, host: int, path: str, etag: str) -> tuple[int, str, str, str, list[str]]:
        """Return status, content type, ETag, body, and the listed articles."""
        found = self.listing(host, path)
        if found is not None:
            kind, body, links = found
            tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
            return (304, kind, tag, "", links) if etag == tag else (200, kind, tag, body, links)
        number = path.rpartition("-")[2]
        if number.isdigit() and int(number) < self.published(host) and path == path_of(self.seed, host, int(number)):
            return 200, "text/html; charset=utf-8", "", page_of(self.seed, host, int(number)), []
        return 404, "text/plain", "", "not here", []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        host = number_of(writer.get_extra_info("sockname")[0])
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                path = head.split(" ", 2)[1]
                sent = [line for line in head.split("\r\n") if line.lower().startswith("if-none-match:")]
                etag = sent[0].partition(":")[2].strip() if sent else ""
                status, kind, tag, body, named = self.answer(host, path, etag)
                more = f"ETag: {tag}\r\n" if tag else ""
                length = "" if status == 304 else f"Content-Length: {len(body.encode())}\r\n"
                whole = f"HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\n{more}{length}\r\n{body}".encode()
                row = {"address": f"{self.address(host)}{path}", "status": status, "named": named, "complete": False}
                try:
                    writer.write(whole[:200])  # in two pieces: a client killed in between has half of it
                    await writer.drain()
                    if tag:
                        await asyncio.sleep(0.02)
                    writer.write(whole[200:])
                    await writer.drain()
                    row["complete"] = True
                finally:
                    self.log.write(json.dumps({"at": time.time(), **row}) + "\n")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client or the farm ended
        finally:
            writer.close()


def name_of(host: int) -> str:
    """Return the address of a host in 127.0.0.0/8."""
    return f"127.88.{host // 200}.{host % 200 + 1}"


def number_of(address: str) -> int:
    """Return the host at an address."""
    *_, high, low = map(int, address.split("."))
    return high * 200 + low - 1


def listing_of(host: int) -> tuple[str, str]:
    """Return the kind of source of a host, and the path of its listing."""
    kind = KINDS[host % len(KINDS)]
    return {
        "feed": ("feed", "/feed.xml"),
        "sitemap": ("sitemap", "/map.xml"),
        "index": ("sitemap", "/index.xml"),
        "section": ("section", "/section"),
    }[kind]


def path_of(seed: int, host: int, number: int) -> str:
    """Return the path of an article."""
    rng = random.Random(f"path {seed} {host} {number}")
    return f"/news/{'-'.join(rng.choices(WORDS[14:], k=4))}-{number}"


def title_of(link: str) -> str:
    """Return the headline of an article."""
    return link.rpartition("/")[2].rpartition("-")[0].replace("-", " ").capitalize()


def keywords_of(seed: int, host: int, number: int) -> list[str]:
    """Return the keywords of rules in an article."""
    rng = random.Random(f"keywords {seed} {host} {number}")
    return [word for word in KEYWORDS if rng.random() < 0.2]


def page_of(seed: int, host: int, number: int) -> str:
    """Return the page of an article; all sentences of the farm differ."""
    rng = random.Random(f"page {seed} {host} {number}")
    title = title_of(path_of(seed, host, number))

    def sentence(word: str = "") -> str:
        words = rng.choices(WORDS, k=rng.randint(9, 16))
        return " ".join([*words[:4], word, *words[4:]] if word else words).capitalize() + "."

    paragraphs = ["<p>" + " ".join(sentence() for _ in range(4)) + "</p>" for _ in range(5)]
    paragraphs += [f"<p>{sentence(word)} {sentence()}</p>" for word in keywords_of(seed, host, number)]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>'
        f"<nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{''.join(paragraphs)}</article></body></html>"
    )


async def main(log: Path, seed: int, hosts: int, window: int, gap_s: float) -> None:
    """Serve until SIGTERM."""
    with log.open("w", buffering=1) as file:
        farm = Farm(seed, hosts, window, gap_s, file)
        listener = socket.create_server(("0.0.0.0", 0), backlog=256)  # every address of 127.0.0.0/8
        farm.port = listener.getsockname()[1]
        server = await asyncio.start_server(farm.serve, sock=listener)
        done, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, done.set)
        loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(farm, "ended", time.time()))
        print(farm.port, flush=True)
        await done.wait()
        server.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
