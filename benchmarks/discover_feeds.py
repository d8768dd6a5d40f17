"""Feeds: entries per second, and time and memory of a 50 MB feed.

Run: python benchmarks/discover_feeds.py
"""

from __future__ import annotations

import time
import tracemalloc

from crawler.discover.feeds import read_feed

URL = "https://news.example.com/feed"
PARAGRAPH = "<p>The council met on Monday and voted on <a href='/budget'>the budget</a> after a long debate.</p>"


def feed(entries: int, body_chars: int) -> bytes:
    """Return an RSS feed in WordPress's format, with the whole article in content:encoded."""
    text = PARAGRAPH * (body_chars // len(PARAGRAPH))
    items = "".join(
        f"<item><title>Council votes on budget number {n} &amp; more</title><link>https://news.example.com/2026/11/{n}/</link>"
        f"<dc:creator><![CDATA[Ann Writer]]></dc:creator><pubDate>Mon, 23 Nov 2026 07:{n % 60:02}:00 +0000</pubDate>"
        f"<category><![CDATA[World]]></category><category>Kenya</category><guid isPermaLink='false'>{n}</guid>"
        f"<description><![CDATA[{PARAGRAPH}]]></description><content:encoded><![CDATA[{text}]]></content:encoded></item>"
        for n in range(entries)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
        "xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>News</title>"
        f"<link>https://news.example.com/</link><ttl>15</ttl>{items}</channel></rss>"
    ).encode()


def main() -> None:
    for entries, body_chars, rounds in ((30, 0, 20), (30, 5_000, 20), (5_000, 0, 1)):
        body = feed(entries, body_chars)
        read_feed(body, URL)
        began = time.process_time()
        for _ in range(rounds):
            read_feed(body, URL)
        seconds = (time.process_time() - began) / rounds
        kilobytes = len(body) / 1000
        print(f"{entries} entries, {kilobytes:.0f} kB: {seconds * 1000:.1f} ms, {entries / seconds:.0f} entries/s")
    body = feed(9_800, 4_600)
    began = time.process_time()
    found = read_feed(body, URL)
    seconds = time.process_time() - began
    tracemalloc.start()  # slows everything down, so time and memory are measured apart
    read_feed(body, URL)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    size, entries = len(body) / 2**20, len(found.candidates)
    print(f"{size:.0f} MiB feed: {entries} entries, {seconds:.1f} s, {peak_mb:.0f} MB at the peak")


if __name__ == "__main__":
    main()
