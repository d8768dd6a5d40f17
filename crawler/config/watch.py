"""The model of the whole watch file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import Field

from crawler.config.archive import ArchiveRetention
from crawler.config.health import HealthAlerts
from crawler.config.outputs import Channel, FeedOut
from crawler.config.rules import Rule
from crawler.config.section import YES, Section, Terms, optional
from crawler.config.sources import Crawl, Source

ListName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Watch(Section):
    """A watch file: the sources, rules, channels and feeds of a service."""

    sources: tuple[Source, ...] = ()
    """Sources to watch."""
    defaults: Crawl = Crawl()
    """Default values for all sources."""
    lists: dict[ListName, Terms] = optional({"leaders": ["Kadhimi", "Kadhemi"]}, default={})
    """Named lists of spellings, used in rules as @name."""
    rules: tuple[Rule, ...] = ()
    """Rules that raise alerts."""
    channels: tuple[Channel, ...] = ()
    """Destination of alerts."""
    feeds: tuple[FeedOut, ...] = ()
    """Rolling files of articles."""
    archive: ArchiveRetention = ArchiveRetention()
    """Retention of the archive."""
    health: HealthAlerts = HealthAlerts()
    """Recipients of source problems."""
    canary: bool = optional(not YES, default=YES)
    """Publish a page of our own once an hour, and report if it does not come out as an alert."""

    @cached_property
    def source_by_id(self) -> Mapping[str, Source]:
        """Sources by id."""
        return {source.id: source for source in self.sources}

    @cached_property
    def tags_by_source(self) -> Mapping[str, tuple[str, ...]]:
        """Tags of sources by the ids of the sources, as rules match them."""
        return {source.id: source.tags for source in self.sources}

    def silent_on(self, day: date) -> dict[tuple[str, str], date]:
        """Return the rules and sources that are silent on a day, as ("rule", ID) or ("source", ID), and until when."""
        entries = [("rule", rule) for rule in self.rules] + [("source", source) for source in self.sources]
        return {
            (kind, one.id): one.silent_until for kind, one in entries if one.silent_until and day < one.silent_until
        }

    @property
    def secrets(self) -> list[str]:
        """Values that must not be shown: channel addresses and signing secrets, headers and cookies of sources."""
        secrets = [channel.url for channel in self.channels]
        secrets += [secret for channel in self.channels for secret in channel.secrets]
        secrets += [value for source in self.sources for value in (source.headers or {}).values()]
        secrets += [value for source in self.sources for value in (source.cookies or {}).values()]
        return [secret.get_secret_value() for secret in secrets]

    @cached_property
    def channel_by_id(self) -> Mapping[str, Channel]:
        """Channels by id."""
        return {channel.id: channel for channel in self.channels}
