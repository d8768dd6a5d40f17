"""The watch file: one YAML file that says what is watched, what is looked for, and whom to tell."""

from crawler.config.changes import Changes, Delta, diff, fingerprint
from crawler.config.file.edit import add_source, remove_source, set_source, write_new
from crawler.config.file.load import load_watch, parse_watch
from crawler.config.outputs import Channel, Digest, FeedOut
from crawler.config.rules import Examples, Rule
from crawler.config.schema import json_schema
from crawler.config.sources import Crawl, Extract, Pick, Source
from crawler.config.starter import starter
from crawler.config.watch import Watch

__all__ = [
    "Changes",
    "Channel",
    "Crawl",
    "Delta",
    "Digest",
    "Examples",
    "Extract",
    "FeedOut",
    "Pick",
    "Rule",
    "Source",
    "Watch",
    "add_source",
    "diff",
    "fingerprint",
    "json_schema",
    "load_watch",
    "parse_watch",
    "remove_source",
    "set_source",
    "starter",
    "write_new",
]
