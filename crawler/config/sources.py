"""Sources of the watch file, and how they are crawled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, model_validator

from crawler.config.health import ConditionName
from crawler.config.kinds import Cron, Host, Id, Language, Pattern, Url, Zone, interval, show_duration, span
from crawler.config.section import YES, Age, Ids, Section, Terms, optional
from crawler.config.selectors import Selectors
from crawler.networks import host_of, is_private_name

if TYPE_CHECKING:
    from crawler.extract.page.hints import Overrides

Every = Annotated[timedelta, *interval(timedelta(seconds=10), timedelta(days=31))]
Delay = Annotated[timedelta, *span(timedelta(0), timedelta(hours=1))]
Later = Annotated[timedelta, *span(timedelta(seconds=5), timedelta(days=365))]
Kind = Literal["site", "feed", "sitemap", "section", "page"]
KINDS: tuple[Kind, ...] = ("site", "feed", "sitemap", "section", "page")


class Extract(Section):
    """Selectors for the parts of a page, for sites with an unusual layout: CSS or XPath, one or a list."""

    select: Selectors = optional(["div.story-body"], default=())
    """Elements that contain the article. The first match is used."""
    remove: Selectors = optional(["aside", ".related"], default=())
    """Elements to remove before extraction."""
    title: Selectors = optional("h1.headline", default=())
    """The element with the headline."""
    date: Selectors = optional("//time/@datetime", default=())
    """The element or attribute with the date."""

    keep: Terms = optional(["Our reporter writes from Nairobi."], default=())
    """Lines to keep in articles although they recur on the site's pages."""
    drop: Terms = optional(["Send us your photos"], default=())
    """Lines to remove from articles."""

    def overrides(self) -> Overrides:
        """Return the selectors for the extractor."""
        from crawler.extract.page.hints import Overrides  # noqa: PLC0415  few sources have selectors; saves 0.5 s

        return Overrides(self.select, self.remove, self.title, self.date)


class Crawl(Section):
    """How to crawl a source. The same keys under `defaults:` apply to all sources that do not override them."""

    every: Every | None = optional("10m")
    """Crawl at this interval. Without `every` and `cron`, or with `every: adaptive`, the interval adapts to how often
    the source publishes."""
    cron: Cron | None = optional("*/15 6-22 * * mon-fri")
    """Crawl at fixed times: minute, hour, day, month, weekday (by name)."""
    timezone: Zone | None = optional("Africa/Nairobi")
    """Time zone of `cron`, and of dates on pages without a time zone. Default: UTC."""
    language: Language | None = optional("en")
    """Language of pages that do not declare one."""
    allow: tuple[Pattern, ...] | None = optional(["/news/"])
    """Crawl only URLs that match one of these regular expressions (RE2)."""
    deny: tuple[Pattern, ...] | None = optional(["/sport/"])
    """Skip URLs that match one of these regular expressions (RE2)."""
    max_age: Age | None = optional("3d")
    """Skip articles older than this."""
    max_pages: Annotated[int, Field(ge=1, le=100_000)] | None = optional(200)
    """Maximum number of pages per crawl."""
    delay: Delay | None = optional("2s")
    """Pause between two requests to one host. A longer Crawl-delay in robots.txt takes precedence."""
    user_agent: Annotated[str, Field(min_length=1, max_length=500)] | None = optional(
        "ExampleDesk/1.0 (+https://example.org/bot)"
    )
    """User agent of the crawler."""
    headers: dict[str, SecretStr] | None = optional({"Authorization": "Bearer ${TOKEN}"})
    """Headers sent with each request."""
    cookies: dict[str, SecretStr] | None = optional({"consent": "yes"})
    """Cookies sent with each request."""
    revisit: tuple[Later, ...] | None = optional(["1h", "3h", "12h", "2d", "7d"])
    """Ages at which an article is fetched again to find edits and removals; [] for never."""
    render: bool | None = optional(YES)
    """Open pages in a browser, for sites that require JavaScript."""
    expect: tuple[ConditionName, ...] | None = optional(["paywall"])
    """Problems that are normal for this source and are not reported: see `wirewatch sources health`."""


class Source(Crawl):
    """A source to watch: exactly one of `site`, `feed`, `sitemap`, `section`, `page`."""

    id: Id = Field(examples=["bbc-world"])
    """Id of the source: lowercase letters, digits, hyphens. Keep it when the address changes."""
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = optional("The Standard")
    """Name of the source, shown instead of its id."""
    site: Url | None = optional("https://www.standardmedia.co.ke")
    """A whole site: its feeds, news sitemaps and section pages are found automatically."""
    feed: Url | None = optional("https://feeds.bbci.co.uk/news/world/rss.xml")
    """An RSS, Atom or JSON feed."""
    sitemap: Url | None = optional("https://example.org/news-sitemap.xml")
    """A sitemap or a sitemap index."""
    section: Url | None = optional("https://example.org/world")
    """A page that links to articles."""
    page: Url | None = optional("https://example.org/notices")
    """One page, watched for changes."""
    tags: Ids = optional(["east-africa"], default=())
    """Tags by which rules and feeds select sources."""
    private: bool = optional(YES, default=False)
    """Allow the source's host to be on a private network."""
    private_hosts: tuple[Host, ...] = optional(["intranet.example.org"], default=())
    """Other hosts on private networks that its articles may be on."""
    paused: bool = optional(YES, default=False)
    """Stop crawling this source."""
    silent_until: date | None = optional("2027-01-31")
    """Send no alerts for this source before this date."""
    extract: Extract | None = optional({"select": ["div.story-body"]})
    """Selectors for the parts of the pages, if extraction does not find them."""
    spider: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,99}$")] | None = optional("nation")
    """Name of your own Scrapy spider for this source."""

    @model_validator(mode="after")
    def _one_address(self) -> Source:
        if len([name for name in KINDS if getattr(self, name)]) != 1:
            raise ValueError(f"a source has exactly one of {', '.join(KINDS)}")
        if self.every is not None and self.cron:
            raise ValueError("a source has every or cron, not both")
        return self

    @property
    def kind(self) -> Kind:
        """The type of this source's address."""
        return next(name for name in KINDS if getattr(self, name))

    @property
    def url(self) -> str:
        """The address, whatever its type."""
        return str(getattr(self, self.kind))

    @property
    def private_network_hosts(self) -> frozenset[str]:
        """The hosts on private networks that its crawls may reach, independent of DNS.

        These are its own host, if its address or `private` says so, and its `private_hosts`.
        """
        own = host_of(self.url)
        return frozenset((*self.private_hosts, *((own,) if self.private or is_private_name(own) else ())))

    @property
    def label(self) -> str:
        """The name, or the id of a source without one."""
        return self.name or self.id

    @property
    def when(self) -> str:
        """The schedule in words."""
        if self.paused:
            return "paused"
        if self.cron:
            return f"{self.cron} ({self.timezone or 'UTC'})"
        return f"every {show_duration(self.every)}" if self.every else "adaptive"


class SourceSelection(Section):
    """A selection of sources, by id or by tag. Empty: all sources."""

    ids: Ids = ()
    """Ids of sources."""
    tags: Ids = ()
    """Tags of sources."""

    def includes(self, source: Source) -> bool:
        """Return whether the selection includes `source`."""
        return not (self.ids or self.tags) or source.id in self.ids or not set(self.tags).isdisjoint(source.tags)


def _pick(value: object) -> object:
    return {"ids": value} if isinstance(value, list | tuple) else value


_IDS_SCHEMA = {"type": "array", "items": {"type": "string"}}
_PICK_SCHEMA = {
    "anyOf": [
        {**_IDS_SCHEMA, "description": "Ids of sources."},
        {"type": "object", "properties": {"ids": _IDS_SCHEMA, "tags": _IDS_SCHEMA}, "additionalProperties": False},
    ],
    "examples": [["bbc-world"], {"tags": ["east-africa"]}],
}
Choice = Annotated[SourceSelection, BeforeValidator(_pick), WithJsonSchema(_PICK_SCHEMA)]
