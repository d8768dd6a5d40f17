"""RSS, Atom and JSON feeds."""

from crawler.discover.feeds.reader import read_feed

__all__ = ["read_feed"]
