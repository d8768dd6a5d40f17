"""The tables of the archive, and the number that says which version of them this program speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

SCHEMA_VERSION = 4

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime: `timestamptz` on PostgreSQL; on SQLite, which has no such type, microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        inner: TypeEngine[Any] = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(inner)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetime to column value. Raises TypeError for a naive one."""
        if value is None:
            return None
        since_epoch = value - EPOCH  # a naive datetime raises here, on both databases
        return value.astimezone(UTC) if dialect.name == "postgresql" else since_epoch // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Column value to aware datetime in UTC."""
        if value is None:
            return None
        found: datetime = value if dialect.name == "postgresql" else EPOCH + value * MICROSECOND
        return found.astimezone(UTC)


def _list() -> TypeEngine[Any]:
    return JSON().with_variant(JSONB(), "postgresql")


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **options)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

# The long texts stand last: SQLite reads a row's pages in order and stops at the last column that is asked for.
articles = Table(
    "articles",
    metadata,
    _id(),
    Column("key", LargeBinary(16), nullable=False, unique=True),  # rows.url_key(canonical_url): its unique index
    Column("url_key", LargeBinary(16), index=True),  # the same of url, NULL where both URLs are one
    Column("found", UtcTime, nullable=False),
    _text("source"),
    _text("canonical_url"),
    _text("url"),
    _text("title"),
    Column("published", UtcTime),
    _text("published_from"),
    _flag("published_uncertain"),
    Column("modified", UtcTime),
    _text("modified_from"),
    Column("listed", UtcTime),
    Column("fetched", UtcTime),
    _text("language"),
    _text("section"),
    _text("agency"),
    _flag("paywalled"),
    _flag("live"),
    _count("word_count"),
    _text("content_hash", index=True),
    Column("authors", _list(), nullable=False),
    Column("tags", _list(), nullable=False),
    _text("image"),
    _text("lead"),
    Column("captions", _list(), nullable=False),
    _text("text"),
    _text("markdown"),
    Index("ix_articles_found", "found", "id"),
    Index("ix_articles_source_found", "source", "found", "id"),
    sqlite_autoincrement=True,  # ids are never used twice, so that a reader who follows ids misses nothing
)

article_tags = Table(
    "article_tags",
    metadata,
    Column("tag", Text, primary_key=True),  # casefolded
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    _text("source"),
    Column("started", UtcTime, nullable=False),
    Column("finished", UtcTime),
    _text("outcome"),
    _count("found"),
    _count("new"),
    _count("unchanged"),
    _count("failed"),
    _count("bytes"),
    _text("error"),
    Index("ix_runs_started", "started"),
    Index("ix_runs_source_started", "source", "started"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    _text("rule"),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("rule_version"),
    _text("source"),
    _text("url"),
    _text("title"),
    Column("matched", UtcTime, nullable=False, index=True),
    Column("published", UtcTime),
    Column("spans", _list(), nullable=False),
    Column("excerpts", _list(), nullable=False),
    Column("kind", Text, nullable=False, server_default="new"),  # items.Alert.kind
    _text("story"),  # the story's key; "" in an archive from before there were stories
    Column("listed", UtcTime),
    Column("fetched", UtcTime),
    _count("revision"),
    _text("content_hash"),
    Column("outlets", BigInteger, nullable=False, server_default="1"),  # that carried the story when it was raised
    Column("baseline", Boolean, nullable=False, server_default=false()),
    Index("ix_alerts_story", "story"),
)
_FIRST = text("kind = 'new'")
Index(
    "ux_alerts_rule_article", alerts.c.rule, alerts.c.article_id, unique=True,
    sqlite_where=_FIRST, postgresql_where=_FIRST,
)  # fmt: skip
_TOLD = text("kind = 'new' AND story <> ''")
Index("ux_alerts_rule_story", alerts.c.rule, alerts.c.story, unique=True, sqlite_where=_TOLD, postgresql_where=_TOLD)

known_rules = Table(  # a rule that is not here is new: what the archive holds already is told as one summary
    "known_rules",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    _text("channel"),
    _text("state"),  # model.DeliveryState
    _count("attempts"),
    Column("next_attempt", UtcTime, nullable=False),
    Column("settled", UtcTime),  # when it was sent or given up
    _text("last_error"),
    _text("message"),  # the id of the message that carries it; "" while it waits for one
    _text("form"),  # of the message: notify.planning.Form
    Column("made", UtcTime),  # when the message was made
    UniqueConstraint("alert_id", "channel"),
    Index("ix_deliveries_state_next", "state", "next_attempt"),
    Index("ix_deliveries_channel_made", "channel", "made"),
    Index("ix_deliveries_message", "message"),
    sqlite_autoincrement=True,
)

stories = Table(
    "stories",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False, index=True),  # when its last copy was found
    Column("representative", ForeignKey("articles.id", ondelete="SET NULL")),
    _count("words"),  # of the representative
    _count("replaced"),  # how often a longer one took its place
    sqlite_autoincrement=True,
)

story_articles = Table(
    "story_articles",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("site"),  # registered domain
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    _count("number"),  # 0 is what was stored first
    Column("seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),  # when the page last became this
    _count("times"),  # how often it did: more than once where a page flips back and forth
    _flag("admitted"),  # dateModified moved
    Column("changed", _list(), nullable=False),  # names of fields: title, text, authors, published
    _text("version"),  # revisit.version: the same for the same title, text, authors and date
    _text("title"),
    Column("authors", _list(), nullable=False),
    Column("published", UtcTime),
    Column("modified", UtcTime),
    _text("text"),
    UniqueConstraint("article_id", "version"),
    sqlite_autoincrement=True,
)

visits = Table(
    "visits",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    _text("source"),
    Column("due", UtcTime),  # NULL: nobody looks at it again
    _count("step"),  # revisits of the plan that are done
    Column("changed", UtcTime),  # when it was last seen to have changed
    Column("missing", UtcTime),  # when it was first seen to be gone; NULL while it is there
    Column("removed", UtcTime),  # when that was confirmed
    _text("version"),  # revisit.version of the page as it was last seen
    Index("ix_visits_source_due", "source", "due"),
    Index("ix_visits_due", "due"),
)
