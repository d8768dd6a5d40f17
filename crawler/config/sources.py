"""Sources: what is watched, and how it is crawled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, model_validator

from crawler.config.health import Trouble
from crawler.config.kinds import Cron, Host, Id, Language, Pattern, Url, Zone, show_duration, span
from crawler.config.section import YES, Age, Ids, Section, Terms, some
from crawler.config.selectors import Selectors
from crawler.networks import host_of, is_private_name

if TYPE_CHECKING:
    from crawler.extract.hints import Overrides

Every = Annotated[timedelta, *span(timedelta(seconds=10), timedelta(days=31))]
Delay = Annotated[timedelta, *span(timedelta(0), timedelta(hours=1))]
Later = Annotated[timedelta, *span(timedelta(seconds=5), timedelta(days=365))]
Kind = Literal["site", "feed", "sitemap", "section", "page"]
KINDS: tuple[Kind, ...] = ("site", "feed", "sitemap", "section", "page")


class Extract(Section):
    """Where the parts of a page stand, for a site laid out in an unusual way: CSS or XPath, one or a list."""

    select: Selectors = some(["div.story-body"], default=())
    """Elements that hold the article. The first that is there counts."""
    remove: Selectors = some(["aside", ".related"], default=())
    """Elements to take out first, all of them."""
    title: Selectors = some("h1.headline", default=())
    """The element with the headline."""
    date: Selectors = some("//time/@datetime", default=())
    """The element or attribute with the date."""

    keep: Terms = some(["Our reporter writes from Nairobi."], default=())
    """Lines that belong to the articles, although they recur on the site's pages."""
    drop: Terms = some(["Send us your photos"], default=())
    """Lines that never belong to the articles."""

    def overrides(self) -> Overrides:
        """Return the same as the extractor takes it."""
        from crawler.extract.hints import Overrides  # noqa: PLC0415  few sources have selectors; saves 0.5 s

        return Overrides(self.select, self.remove, self.title, self.date)


class Crawl(Section):
    """How a source is crawled. The same keys stand under `defaults:` for all sources that do not say otherwise."""

    every: Every | None = some("10m")
    """Crawl at this interval. Without `every` and `cron` the interval follows how often something new appears."""
    cron: Cron | None = some("*/15 6-22 * * mon-fri")
    """Crawl by the clock: minute, hour, day, month, weekday (names)."""
    timezone: Zone | None = some("Africa/Nairobi")
    """Time zone of `cron`, and of dates on the pages that name none. UTC without it."""
    language: Language | None = some("en")
    """Language of the pages that do not say it themselves."""
    allow: tuple[Pattern, ...] | None = some(["/news/"])
    """Only addresses that one of these regular expressions (RE2) is found in."""
    deny: tuple[Pattern, ...] | None = some(["/sport/"])
    """No address that one of these regular expressions (RE2) is found in."""
    max_age: Age | None = some("3d")
    """Leave out articles that were published longer ago."""
    max_pages: Annotated[int, Field(ge=1, le=100_000)] | None = some(200)
    """At most so many pages in one crawl."""
    delay: Delay | None = some("2s")
    """Pause between two requests to one host; robots.txt may ask for more."""
    user_agent: Annotated[str, Field(min_length=1, max_length=500)] | None = some(
        "ExampleDesk/1.0 (+https://example.org/bot)"
    )
    """Name that the crawler gives itself."""
    headers: dict[str, SecretStr] | None = some({"Authorization": "Bearer ${TOKEN}"})
    """Headers sent with each request."""
    cookies: dict[str, SecretStr] | None = some({"consent": "yes"})
    """Cookies sent with each request."""
    revisit: tuple[Later, ...] | None = some(["1h", "3h", "12h", "2d", "7d"])
    """How old an article is when it is looked at again, for edits and removals; [] for never."""
    render: bool | None = some(YES)
    """Open pages in a browser, for sites that show nothing without JavaScript."""
    expect: tuple[Trouble, ...] | None = some(["paywall"])
    """Troubles that are normal here and are not told: see `wirewatch sources health`."""


class Source(Crawl):
    """One thing that is watched: exactly one of `site`, `feed`, `sitemap`, `section`, `page`."""

    id: Id = Field(examples=["bbc-world"])
    """Name of the source: small letters, digits, hyphens. It stays when the address changes."""
    site: Url | None = some("https://www.standardmedia.co.ke")
    """A whole site: feeds, news sitemaps and section pages are found by themselves."""
    feed: Url | None = some("https://feeds.bbci.co.uk/news/world/rss.xml")
    """An RSS, Atom or JSON feed."""
    sitemap: Url | None = some("https://example.org/news-sitemap.xml")
    """A sitemap or a sitemap index."""
    section: Url | None = some("https://example.org/world")
    """A page that links to articles."""
    page: Url | None = some("https://example.org/notices")
    """One page, watched for changes."""
    tags: Ids = some(["east-africa"], default=())
    """Tags that rules and feeds choose sources by."""
    private: bool = some(YES, default=False)
    """Its host is on a private network."""
    private_hosts: tuple[Host, ...] = some(["intranet.example.org"], default=())
    """Other hosts on private networks that its articles may be on."""
    paused: bool = some(YES, default=False)
    """Do not crawl for now."""
    silent_until: date | None = some("2027-01-31")
    """Send no alerts from this source before this day."""
    extract: Extract | None = some({"select": ["div.story-body"]})
    """Where the parts of the site's pages stand, if they are not found."""
    spider: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,99}$")] | None = some("nation")
    """Name of a Scrapy spider of your own for this source."""

    @model_validator(mode="after")
    def _one_address(self) -> Source:
        if len([name for name in KINDS if getattr(self, name)]) != 1:
            raise ValueError(f"a source has exactly one of {', '.join(KINDS)}")
        if self.every and self.cron:
            raise ValueError("a source has every or cron, not both")
        return self

    @property
    def kind(self) -> Kind:
        """Which of the five addresses this source has."""
        return next(name for name in KINDS if getattr(self, name))

    @property
    def url(self) -> str:
        """The address, of whatever kind."""
        return str(getattr(self, self.kind))

    @property
    def inside(self) -> frozenset[str]:
        """The hosts on private networks that its crawls may reach; what their names lead to now does not count.

        They are its own host, if its address or `private` says so, and its `private_hosts`.
        """
        own = host_of(self.url)
        return frozenset((*self.private_hosts, *((own,) if self.private or is_private_name(own) else ())))

    @property
    def when(self) -> str:
        """When it is crawled, in words."""
        if self.paused:
            return "paused"
        if self.cron:
            return f"{self.cron} ({self.timezone or 'UTC'})"
        return f"every {show_duration(self.every)}" if self.every else "adaptive"


class Pick(Section):
    """A choice of sources: by id or by tag, either is enough. Empty: all sources."""

    ids: Ids = ()
    """Ids of sources."""
    tags: Ids = ()
    """Tags of sources."""

    def takes(self, source: Source) -> bool:
        """Say whether `source` is chosen."""
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
Choice = Annotated[Pick, BeforeValidator(_pick), WithJsonSchema(_PICK_SCHEMA)]
