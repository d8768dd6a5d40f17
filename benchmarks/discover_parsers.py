"""Feed parsers compared: speed, and the results for feeds with errors.

fastfeedparser is no dependency of the project: pip install fastfeedparser==0.6.5.
Run: python benchmarks/discover_parsers.py
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from discover_feeds import URL, feed

from crawler.discover.feeds import read_feed

RSS = '<rss version="2.0"><channel><item>{}</item><item><title>Two</title><link>https://a.example/2</link></item></channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/b/"><entry>{}</entry></feed>'
FEEDS = {
    "bare ampersand in a link": RSS.format("<title>One</title><link>https://a.example/?a=1&b=2</link>").encode(),
    "tag in a title": RSS.format("<title>One <br> more</title><link>https://a.example/1</link>").encode(),
    "Latin-1 declared as UTF-8": RSS.format("<title>Déjà</title><link>https://a.example/1</link>").encode("latin-1"),
    "xml:base": ATOM.format('<link href="1"/>').encode(),
    "JSON Feed": b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"https://a.example/1"}]}',
    "no date at all": RSS.format("<title>One</title><link>https://a.example/1</link><pubDate>May</pubDate>").encode(),
}


def ours(body: bytes) -> Sequence[Any]:
    return [(entry.title, entry.url, entry.published) for entry in read_feed(body, URL).candidates]


def theirs(parse: Callable[[bytes], Any]) -> Callable[[bytes], Sequence[Any]]:
    return lambda body: [(e.get("title"), e.get("link"), e.get("published")) for e in parse(body)["entries"]]


def parsers() -> dict[str, Callable[[bytes], Sequence[Any]]]:
    found = {"read_feed": ours}
    feedparser = importlib.import_module("feedparser")
    options = {"sanitize_html": False, "resolve_relative_uris": False}
    found["feedparser"] = theirs(lambda body: feedparser.parse(BytesIO(body), **options))
    if importlib.util.find_spec("fastfeedparser"):
        found["fastfeedparser"] = theirs(importlib.import_module("fastfeedparser").parse)
    return found


def main() -> None:
    body = feed(1_000, 0)
    for name, parse in parsers().items():
        parse(body)
        began = time.process_time()
        parse(body)
        print(f"{name}: {1_000 / (time.process_time() - began):.0f} entries/s")
        for mistake, broken in FEEDS.items():
            print(f"    {mistake}: {parse(broken)[:1]}")


if __name__ == "__main__":
    main()
