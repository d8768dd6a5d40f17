"""The tables about what a source, or the whole service, misses."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text

from crawler.archive.tables.columns import UtcTime, count_column, list_type, metadata, text_column

citations = Table(  # the outlets that articles cite: items.Citation
    "citations",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    text_column("url"),
    text_column("source"),  # of the article: the ranking does not read the articles' rows
    sqlite_with_rowid=False,
)

site_listings = Table(  # listings of a source's site: its own, and others that are read to check what these miss
    "site_listings",
    metadata,
    Column("source", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of its bit in sightings.listings
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("own", Boolean, nullable=False),  # polled by the schedule
    sqlite_with_rowid=False,
)

sightings = Table(  # which listings named an address that was new
    "sightings",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),  # URL key as a signed number
    Column("article", BigInteger),  # URL key of the stored article; NULL while there is none
    Column("first", UtcTime, nullable=False),
    count_column("listings"),  # a bit for each of its site's listings
    Index("ix_sightings_first", "first"),
    sqlite_with_rowid=False,
)

source_weeks = Table(  # what a source found of what its site published: health.Recall
    "source_weeks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("week", UtcTime, primary_key=True),  # its Monday, 00:00 UTC
    count_column("named"),
    count_column("seen"),
    count_column("least"),
    Column("most", BigInteger),  # NULL: unknown
    text_column("unknown"),
    Column("shares", list_type(), nullable=False),  # [[kind, address, own, articles it named, those alone], ...]
    Index("ix_source_weeks_week", "week"),
    sqlite_with_rowid=False,
)

canaries = Table(  # the results of the last days: health.canary.CanaryResult
    "canaries",
    metadata,
    Column("token", Text, primary_key=True),
    Column("published", UtcTime, nullable=False, index=True),
    Column("judged", UtcTime, nullable=False),
    text_column("stopped"),  # health.canary.Stage; "": it passed all
    text_column("detail"),
    Column("passed", list_type(), nullable=False),  # stage -> time
    Column("recovered", UtcTime),
)
