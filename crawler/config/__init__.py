"""The watch file: one YAML file that says what is watched, what is looked for, and whom to tell."""

from crawler.config.load import load_watch, parse_watch
from crawler.config.outputs import Channel, Digest, FeedOut
from crawler.config.rules import Examples, Rule
from crawler.config.sources import Crawl, Overrides, Pick, Source
from crawler.config.watch import Watch

__all__ = [
    "Channel",
    "Crawl",
    "Digest",
    "Examples",
    "FeedOut",
    "Overrides",
    "Pick",
    "Rule",
    "Source",
    "Watch",
    "load_watch",
    "parse_watch",
]
