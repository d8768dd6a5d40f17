"""The first watch file: a commented template with the three outlets of the demo newspaper."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import Protocol

STARTER = Template("""\
# The sources, rules and channels of Wirewatch. Edit this file at any time: a running service reloads it.
# `wirewatch check` reports every mistake with line and column; docs/watch-file.md explains every key.

# --- Sources -----------------------------------------------------------------------------------------------------
# These three outlets belong to the demo newspaper on this machine. Replace them with the news you need.
# They are crawled every few seconds, so that you see something happen. A real source needs no such keys: without them,
# its interval adapts to how often it publishes, and its host gets one request per second, or what robots.txt says.
sources:
  - id: demo-coast-standard
    feed: $feed
    tags: [coast]
$pace
  - id: demo-northgate-courier
    sitemap: $sitemap
    tags: [city]
$pace
  - id: demo-meridian
    site: $site
    tags: [world]           # a whole site: its feeds, sitemaps and section pages are found automatically
$pace

  # Examples of real sources (or run: wirewatch sources add bbc.co.uk):
  # - id: standard-ke
  #   site: https://www.standardmedia.co.ke
  #   every: 10m
  #   tags: [east-africa]
  # - id: bbc-world
  #   feed: https://feeds.bbci.co.uk/news/world/rss.xml
  #   cron: "*/15 6-22 * * mon-fri"     # at fixed times, in this time zone
  #   timezone: Europe/London
  # - id: tenders
  #   page: https://example.org/notices # one page, watched for changes
  #   every: 6h

# --- Rules -------------------------------------------------------------------------------------------------------
# Rules match whole words and ignore case; * matches any ending (after at least 3 letters).
lists:
  leaders: [Kadhemi, Kadhimi]           # spellings of one name, used as @leaders

rules:
  - id: us-in-iraq                      # Americans and attacks on them in Iraq
    query: '("US embassy" OR Baghdad) AND (rocket* OR attack*)'
    send: [terminal, file]
    examples:                           # checked whenever this file is loaded
      match: ["Rocket attacks have targeted the US embassy"]
      not: ["The US embassy opened a library"]
  - id: iraqi-leaders
    any: ["@leaders", Fuad Hussein]
    send: [file]
  - id: floods                          # the same without operators: any of these words
    any: ["flood*", "river burst", "dam break"]
    none: [sale, "flood of emails"]
    send: [terminal, file]
  - id: money                           # interest rates and those who set them
    any: [central bank, interest rate*, inflation]
    send: [terminal, file]
  - id: edits                           # articles that were edited, announced or not, and articles that were withdrawn
    any: ["flood*", measles, "swimming baths"]
    on: [changed, headline, removed]
    send: [terminal, file]
  # - id: harbour
  #   query: 'title:((ferry OR tanker) NEAR/8 (collide* OR collision OR sink* OR sank))'
  #   sources: {tags: [coast]}          # only these sources: ids in [brackets], or tags
  #   languages: [en]
  #   on: [new, changed]                # new stories and changed articles; default: [new, headline, removed, grown]
  #   urgent: true                      # bypass digests and quiet hours
  #   send: [desk]

# --- Channels ----------------------------------------------------------------------------------------------------
channels:
  - id: terminal
    url: "terminal:"                    # the terminal in which Wirewatch runs
    group: 0s
  - id: file
    url: file:var/alerts.jsonl          # one JSON object per line
    group: 0s
  # - id: desk
  #   url: $${DESK_MAIL}                 # from the environment, e.g. mailtos://user:password@mail.example.org?to=desk@example.org
  #   digest: {cron: "0 7 * * mon-fri", timezone: Africa/Nairobi}
  #   quiet: "22:00-06:00"              # alerts wait until morning
  #   timezone: Africa/Nairobi
  #   limit: 20/1h                      # further alerts are sent as one digest
  # - id: hook
  #   url: https://example.org/hooks/wirewatch    # a webhook, signed according to Standard Webhooks
  #   secrets: ["$${HOOK_SECRET}"]

# --- Source health: frozen feeds, paywalls, expiring certificates; see `wirewatch sources health` -------------------
# health:
#   send: [desk]                        # once when a source becomes unhealthy, once when it recovers
# canary: false                         # no page of our own that checks once an hour that alerts arrive

# --- Feeds: files of articles, one per day, under var/feeds ------------------------------------------------------
feeds:
  - id: all
    format: jsonl                       # or csv, parquet
    keep: 30d
""")


PACE = """\
    every: 15s              # time between crawls
    delay: 100ms            # pause between two requests to one host
    revisit: [20s, 40s, 55s, 70s, 85s, 100s, 115s, 130s, 5m]   # ages to fetch articles again"""


class Newspaper(Protocol):
    """The addresses of the three outlets for the template, each list in the order of the outlets."""

    @property
    def urls(self) -> Sequence[str]:
        """Front pages of all three."""

    @property
    def feed_urls(self) -> Sequence[str]:
        """Feeds, at least of the first."""

    @property
    def sitemap_urls(self) -> Sequence[str]:
        """Sitemaps, at least of the first two."""


def starter(newspaper: Newspaper) -> str:
    """Return the first watch file: the first outlet by its feed, the second by its sitemap, the third as a site."""
    feed, sitemap, site = newspaper.feed_urls[0], newspaper.sitemap_urls[1], newspaper.urls[2]
    return STARTER.substitute(feed=feed, sitemap=sitemap, site=site, pace=PACE)
