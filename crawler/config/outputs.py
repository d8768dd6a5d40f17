"""Outputs: the channels that alerts go to, and rolling files of articles."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from crawler.config.kinds import Cron, Id, Language, Limit, QuietHours, Zone, limit_rate, quiet_times, span
from crawler.config.section import YES, Age, Ids, Section, optional
from crawler.config.sources import Choice, SourceSelection

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
Group = Annotated[timedelta, *span(timedelta(0), timedelta(minutes=10))]


def _with_scheme(url: SecretStr) -> SecretStr:
    if SCHEME.match(url.get_secret_value()):
        return url
    fix = "start with a scheme: mailtos://..., https://..., slack://..., terminal:, file:PATH"
    raise PydanticCustomError("invalid_value", "{found}", {"found": "not a channel URL", "fix": fix, "column": 0})


Address = Annotated[SecretStr, Field(min_length=1, max_length=4000), AfterValidator(_with_scheme)]


Bucket = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]+)*/?$", max_length=500)
]


class Digest(Section):
    """Collect messages and send them at fixed times."""

    cron: Cron = Field(examples=["0 7 * * *"])
    """When to send: minute, hour, day, month, weekday (by name)."""
    timezone: Zone = optional("Africa/Nairobi", default="UTC")
    """Time zone of `cron`."""


class Channel(Section):
    """Destination of alerts."""

    id: Id = Field(examples=["desk"])
    """Id of the channel, used by rules under `send`."""
    url: Address = Field(examples=["${DESK_URL}"])
    """URL of the channel, preferably from the environment: mailtos://user:password@server?to=address, https://...
    (a webhook), slack://..., tgram://..., terminal:, file:PATH (JSON Lines)."""
    digest: Digest | None = optional({"cron": "0 7 * * *", "timezone": "Africa/Nairobi"})
    """Send one message at fixed times instead of one per alert. Urgent rules bypass this."""
    quiet: QuietHours | None = optional("22:00-06:00")
    """Hours in which nothing is sent. Waiting alerts follow as one digest."""
    timezone: Zone = optional("Africa/Nairobi", default="UTC")
    """Time zone of `quiet`, and of the times in messages."""
    limit: Limit | None = optional("20/1h")
    """Maximum number of messages per period. The rest follow as one digest."""
    group: Group = Field(timedelta(seconds=30), examples=["30s"], json_schema_extra={"default": "30s"})
    """Time to wait for further alerts, to send them as one message."""
    secrets: tuple[SecretStr, ...] = optional(["${DESK_SECRET}"], default=())
    """Webhook signing secrets (whsec_...), newest first."""
    template: Annotated[str, Field(max_length=20_000)] | None = optional("{{ rule }}: {{ title }} {{ url }}")
    """Jinja template of the message text, rendered for each alert."""
    private: bool = optional(YES, default=False)
    """Allow an address on a private network."""
    paused: bool = optional(YES, default=False)
    """Hold back all messages."""

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        """Local start and end of the quiet hours; they may cross midnight."""
        return quiet_times(self.quiet) if self.quiet else None

    @property
    def rate(self) -> tuple[int, timedelta] | None:
        """The maximum number of messages, and the period."""
        return limit_rate(self.limit) if self.limit else None


class FeedOut(Section):
    """A rolling feed of articles, one file per day, under ./var/feeds."""

    id: Id = Field(examples=["all-articles"])
    """Id of the feed, and prefix of its file names."""
    format: Literal["jsonl", "csv", "parquet"] = optional("jsonl", default="jsonl")
    """File format."""
    sources: Choice = optional({"tags": ["east-africa"]}, default=SourceSelection())
    """Only articles from these sources: a list of ids, or {tags: [...]}. Default: all sources."""
    rules: Ids = optional(["us-in-iraq"], default=())
    """Only articles that match one of these rules."""
    languages: tuple[Language, ...] = optional(["en"], default=())
    """Only articles in these languages."""
    keep: Age | None = optional("30d")
    """Delete files older than this. Default: keep all files."""
    gzip: bool = optional(YES, default=False)
    """Compress the files (jsonl and csv): .jsonl.gz. Parquet has built-in compression."""
    to: Bucket | None = optional("s3://news-archive/feeds")
    """Also copy the files to this S3 bucket. Set the keys, region and endpoint in the environment: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL."""

    @model_validator(mode="after")
    def _compresses_only_text(self) -> FeedOut:
        if self.gzip and self.format == "parquet":
            raise ValueError("Parquet has built-in compression: remove gzip")
        return self
