"""The pages that articles were read from, and the sources that the watch file named."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from crawler.archive.columns import UtcTime, count_column, id_column, list_type, text_column
from crawler.archive.schema import metadata

page_samples = Table(  # a page of a site as it came: what the site's other pages share with it is not stored again
    "page_samples",
    metadata,
    id_column(),
    text_column("site"),  # registered domain
    Column("made", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zstd
    Index("ix_page_samples_site", "site", "id"),
    sqlite_autoincrement=True,
)

pages = Table(
    "pages",
    metadata,
    id_column(),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    count_column("number"),  # 0: where the article begins; 1, 2, ...: its following pages
    Column("fetched", UtcTime, nullable=False, index=True),
    text_column("url"),  # after redirects
    Column("status", Integer, nullable=False),
    Column("headers", list_type(), nullable=False),  # [[name, value], ...]
    count_column("size"),  # bytes, unpacked
    Column("sample_id", ForeignKey("page_samples.id"), index=True),  # what it was compressed against; NULL: nothing
    Column("body", LargeBinary, nullable=False),  # zstd
    UniqueConstraint("article_id", "number"),
    sqlite_autoincrement=True,
)

sources = Table(  # what was in the watch file once is remembered: its articles stay
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("address"),
    Column("tags", list_type(), nullable=False),
    Column("added", UtcTime, nullable=False),  # when the watch file was first seen with it
    Column("removed", UtcTime),  # when it was first seen without it; NULL while it is there
)
