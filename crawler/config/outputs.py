"""Outputs: the channels that alerts go to, and rolling files of articles."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from crawler.config.kinds import Cron, Id, Language, Limit, QuietHours, Zone, limit_rate, quiet_times, span
from crawler.config.section import YES, Age, Ids, Section, some
from crawler.config.sources import Choice, Pick

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
Group = Annotated[timedelta, *span(timedelta(0), timedelta(minutes=10))]


def _with_scheme(url: SecretStr) -> SecretStr:
    if SCHEME.match(url.get_secret_value()):
        return url
    fix = "begin with its kind: mailtos://..., https://..., slack://..., terminal:, file:PATH"
    raise PydanticCustomError("mistake", "{found}", {"found": "not a channel's address", "fix": fix, "column": 0})


Address = Annotated[SecretStr, Field(min_length=1, max_length=4000), AfterValidator(_with_scheme)]


Bucket = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]+)*/?$", max_length=500)
]


class Digest(Section):
    """Collect messages and send them by the clock."""

    cron: Cron = Field(examples=["0 7 * * *"])
    """When to send: minute, hour, day, month, weekday (names)."""
    timezone: Zone = some("Africa/Nairobi", default="UTC")
    """Time zone of `cron`."""


class Channel(Section):
    """Where alerts go."""

    id: Id = Field(examples=["desk"])
    """Name of the channel, used by rules under `send`."""
    url: Address = Field(examples=["${DESK_URL}"])
    """Address, best from the environment: mailtos://user:password@server?to=address, https://... (a webhook),
    slack://..., tgram://..., terminal:, file:PATH (JSON lines)."""
    digest: Digest | None = some({"cron": "0 7 * * *", "timezone": "Africa/Nairobi"})
    """Send one message by the clock instead of one for each alert. Urgent rules pass."""
    quiet: QuietHours | None = some("22:00-06:00")
    """Hours in which nothing is sent; what waited comes as one digest afterwards."""
    timezone: Zone = some("Africa/Nairobi", default="UTC")
    """Time zone of `quiet`, and of the times in messages."""
    limit: Limit | None = some("20/1h")
    """At most so many messages in so much time; the rest comes as one digest line."""
    group: Group = Field(timedelta(seconds=30), examples=["30s"], json_schema_extra={"default": "30s"})
    """Wait so long for alerts that come together, and send them as one message."""
    secrets: tuple[SecretStr, ...] = some(["${DESK_SECRET}"], default=())
    """Webhook signing secrets (whsec_...), the newest first."""
    template: Annotated[str, Field(max_length=20_000)] | None = some("{{ rule }}: {{ title }} {{ url }}")
    """Jinja template of the message's text, rendered for each alert."""
    private: bool = some(YES, default=False)
    """The address may be on a private network."""
    paused: bool = some(YES, default=False)
    """Hold everything back for now."""

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Local start and end of the quiet hours; they may cross midnight."""
        return quiet_times(self.quiet) if self.quiet else None

    @property
    def rate(self) -> tuple[int, timedelta] | None:
        """So many messages in so much time."""
        return limit_rate(self.limit) if self.limit else None


class FeedOut(Section):
    """A rolling feed of the articles, one file a day, under ./var/feeds."""

    id: Id = Field(examples=["all-articles"])
    """Name of the feed; its files begin with it."""
    format: Literal["jsonl", "csv", "parquet"] = some("jsonl", default="jsonl")
    """File format."""
    sources: Choice = some({"tags": ["east-africa"]}, default=Pick())
    """Only articles of these sources: a list of ids, or {tags: [...]}. All without it."""
    rules: Ids = some(["us-in-iraq"], default=())
    """Only articles that one of these rules matches."""
    languages: tuple[Language, ...] = some(["en"], default=())
    """Only articles in these languages."""
    keep: Age | None = some("30d")
    """Delete files older than this. Kept for ever without it."""
    gzip: bool = some(YES, default=False)
    """Compress the files (jsonl and csv): .jsonl.gz. Parquet is compressed by itself."""
    to: Bucket | None = some("s3://news-archive/feeds")
    """Copy the files to this S3 bucket too. Keys, region and endpoint come from the environment, as AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL."""

    @model_validator(mode="after")
    def _packs_what_can_be_packed(self) -> FeedOut:
        if self.gzip and self.format == "parquet":
            raise ValueError("Parquet is compressed by itself: leave gzip away")
        return self
