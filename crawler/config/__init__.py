"""The watch file: the sources, rules and recipients of a service, in one YAML file."""

from crawler.config.file.edit import add_source, remove_source, set_source, write_new
from crawler.config.file.load import fingerprint, load_watch, parse_watch
from crawler.config.outputs import Channel, Digest, FeedOut
from crawler.config.rules import Examples, Rule
from crawler.config.schema import json_schema
from crawler.config.sources import Crawl, Extract, Source, SourceSelection
from crawler.config.starter import starter
from crawler.config.watch import Watch

__all__ = [
    "Channel",
    "Crawl",
    "Digest",
    "Examples",
    "Extract",
    "FeedOut",
    "Rule",
    "Source",
    "SourceSelection",
    "Watch",
    "add_source",
    "fingerprint",
    "json_schema",
    "load_watch",
    "parse_watch",
    "remove_source",
    "set_source",
    "starter",
    "write_new",
]
