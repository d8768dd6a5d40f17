"""What delivery remembers beside the deliveries themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from crawler.archive.columns import UtcTime
from crawler.archive.schema import metadata

silences = Table(
    "silences",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("what", Text, nullable=False),  # "rule", "story" or "source"
    Column("name", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("made", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

disabled_channels = Table(
    "disabled_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, nullable=False),  # a fingerprint: a channel with another address is another one
    Column("since", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)
