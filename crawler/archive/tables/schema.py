"""The tables of the archive, and the version of the schema that this program supports."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    false,
    func,
    text,
)

from crawler.archive.tables.columns import (
    NUMBER,
    UtcTime,
    count_column,
    flag_column,
    id_column,
    list_type,
    metadata,
    text_column,
)

SCHEMA_VERSION = 11

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

alembic_version = Table(  # the same number as meta's "schema", in the place that Alembic reads
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

# The long texts come last: SQLite reads a row's pages in order and stops at the last requested column.
articles = Table(
    "articles",
    metadata,
    id_column(),
    Column("key", LargeBinary(16), nullable=False, unique=True),  # rows.url_key(canonical_url): its unique index
    Column("url_key", LargeBinary(16), index=True),  # the same of `url`, NULL if both URLs are equal
    Column("found", UtcTime, nullable=False),
    text_column("source"),
    text_column("canonical_url"),
    text_column("url"),
    text_column("title"),
    Column("published", UtcTime),
    text_column("published_from"),
    flag_column("published_uncertain"),
    Column("modified", UtcTime),
    text_column("modified_from"),
    Column("listed", UtcTime),
    Column("fetched", UtcTime),
    text_column("found_by"),
    text_column("language"),
    text_column("section"),
    text_column("agency"),
    flag_column("paywalled"),
    flag_column("live"),
    count_column("word_count"),
    text_column("content_hash", index=True),
    Column("authors", list_type(), nullable=False),
    Column("tags", list_type(), nullable=False),
    text_column("image"),
    text_column("lead"),
    Column("captions", list_type(), nullable=False),
    text_column("text"),
    text_column("markdown"),
    Index("ix_articles_found", "found", "id"),
    Index("ix_articles_source_found", "source", "found", "id"),
    Index("ix_articles_language_found", func.lower(column("language")), "found", "id"),
    sqlite_autoincrement=True,  # ids are never reused, so a reader that follows ids misses nothing
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
    text_column("source"),
    Column("started", UtcTime, nullable=False),
    Column("finished", UtcTime),
    text_column("outcome"),
    count_column("found"),
    count_column("new"),
    count_column("unchanged"),
    count_column("failed"),
    count_column("bytes"),
    text_column("error"),
    count_column("pages"),
    Column("observed", list_type()),  # items.Observed without empty fields; NULL for none
    Column("abnormal", Boolean, nullable=False, server_default=false()),  # health.is_abnormal: the source needs a check
    Index("ix_runs_started", "started"),
    Index("ix_runs_source_started", "source", "started"),
    Index("ix_runs_outcome_started", "outcome", "started", "id"),
)

Index(
    "ix_runs_unfinished", runs.c.source,
    sqlite_where=text("finished IS NULL"), postgresql_where=text("finished IS NULL"),
)  # fmt: skip
Index("ix_runs_abnormal", runs.c.started, sqlite_where=text("abnormal"), postgresql_where=text("abnormal"))

listings = Table(  # the listings read by each run: items.ReadListing
    "listings",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", NUMBER, primary_key=True),
    text_column("kind"),
    text_column("address"),
    Column("read", UtcTime, nullable=False),
    count_column("status"),
    text_column("error"),
    count_column("named"),
    count_column("new"),
    count_column("known"),
    Column("left_over", list_type()),  # reason -> count; NULL for none
    Column("listings", BigInteger, nullable=False, server_default="1"),
    sqlite_with_rowid=False,
)

waiting = Table(  # candidates that a listing named and that are not processed yet: items.Waiting
    "waiting",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),  # URL key as a signed number
    Column("feed", BigInteger, nullable=False, server_default="0"),  # the same of the feed
    Column("since", UtcTime, nullable=False),
    Column("candidate", list_type(), nullable=False),  # items.Candidate without empty fields
    sqlite_with_rowid=False,
)

source_health = Table(  # one row for each problem of a source; it is open while `recovered` is NULL
    "source_health",
    metadata,
    id_column(),
    Column("source", Text, nullable=False),
    Column("condition", Text, nullable=False),  # health.Condition
    Column("since", UtcTime, nullable=False),  # its first signal
    Column("detected", UtcTime, nullable=False),  # when it was detected, and its subscribers were notified
    Column("recovered", UtcTime),
    text_column("detail"),
    sqlite_autoincrement=True,
)
_OPEN = text("recovered IS NULL")
Index(
    "ux_source_health_open", source_health.c.source, source_health.c.condition, unique=True,
    sqlite_where=_OPEN, postgresql_where=_OPEN,
)  # fmt: skip

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("rule"),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), index=True),  # NULL: it is about a source
    text_column("rule_version"),
    text_column("source"),
    text_column("url"),
    text_column("title"),
    Column("matched", UtcTime, nullable=False, index=True),
    Column("published", UtcTime),
    Column("spans", list_type(), nullable=False),
    Column("excerpts", list_type(), nullable=False),
    Column("kind", Text, nullable=False, server_default="new"),  # items.Alert.kind
    text_column("story"),  # the story's key; "" in an archive from before there were stories
    Column("listed", UtcTime),
    Column("fetched", UtcTime),
    count_column("revision"),
    text_column("content_hash"),
    Column("outlets", BigInteger, nullable=False, server_default="1"),  # with the story when it was raised
    Column("baseline", Boolean, nullable=False, server_default=false()),
    Index("ix_alerts_story", "story"),
    Index("ix_alerts_rule_matched", "rule", "matched"),
)
_FIRST = text("kind = 'new'")
Index(
    "ux_alerts_rule_article", alerts.c.rule, alerts.c.article_id, unique=True,
    sqlite_where=_FIRST, postgresql_where=_FIRST,
)  # fmt: skip
_IN_STORY = text("kind = 'new' AND story <> ''")
Index(
    "ux_alerts_rule_story",
    alerts.c.rule,
    alerts.c.story,
    unique=True,
    sqlite_where=_IN_STORY,
    postgresql_where=_IN_STORY,
)

known_rules = Table(  # a rule that is not here is new: its matches in the archive are sent as one summary
    "known_rules",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("since", UtcTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    id_column(),
    Column("alert_id", ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    text_column("channel"),
    text_column("state"),  # model.DeliveryState
    count_column("attempts"),
    Column("next_attempt", UtcTime, nullable=False),
    Column("settled", UtcTime),  # when it was sent or became dead
    text_column("last_error"),
    text_column("message"),  # id of the message that carries it; "" until it is part of one
    text_column("form"),  # of the message: notify.planning.Form
    Column("created", UtcTime),  # when the message was created
    UniqueConstraint("alert_id", "channel"),
    Index("ix_deliveries_state_next", "state", "next_attempt"),
    Index("ix_deliveries_channel_created", "channel", "created"),
    Index("ix_deliveries_message", "message"),
    sqlite_autoincrement=True,
)

stories = Table(
    "stories",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False, index=True),  # when its last copy was found
    Column("representative", ForeignKey("articles.id", ondelete="SET NULL"), index=True),
    count_column("words"),  # of the representative
    count_column("replaced"),  # how often a longer article became the representative
    sqlite_autoincrement=True,
)

story_articles = Table(
    "story_articles",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    text_column("site"),  # registered domain
)

revisions = Table(
    "revisions",
    metadata,
    id_column(),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    count_column("number"),  # 0 is the first one stored
    Column("seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),  # when the page last changed to this version
    count_column("times"),  # how often it did: more than once if a page alternates between versions
    flag_column("admitted"),  # dateModified changed too
    Column("changed", list_type(), nullable=False),  # names of fields: title, text, authors, published
    text_column("version"),  # revisit.version: the same for the same title, text, authors and date
    text_column("title"),
    Column("authors", list_type(), nullable=False),
    Column("published", UtcTime),
    Column("modified", UtcTime),
    text_column("text"),
    UniqueConstraint("article_id", "version"),
    sqlite_autoincrement=True,
)

feed_items = Table(  # feed items by guid, and the articles that they led to
    "feed_items",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),  # of the feed and the guid: model.FeedItem
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
    text_column("link"),
    text_column("title"),
    text_column("version"),
)

visits = Table(
    "visits",
    metadata,
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    text_column("source"),
    Column("due", UtcTime),  # NULL: no further revisit
    count_column("step"),  # number of planned revisits that are done
    Column("changed", UtcTime),  # when a change was last seen
    Column("missing", UtcTime),  # when it was first seen to be gone; NULL while it exists
    Column("removed", UtcTime),  # when that was confirmed
    text_column("version"),  # revisit.version of the page as it was last seen
    Index("ix_visits_source_due", "source", "due"),
    Index("ix_visits_due", "due"),
)

silences = Table(
    "silences",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("what", Text, nullable=False),  # "rule", "story" or "source"
    Column("name", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("created", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

disabled_channels = Table(
    "disabled_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, nullable=False),  # a fingerprint: a channel with another address is a different channel
    Column("since", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)

page_samples = Table(  # a site's page, used as a compression dictionary for the site's other pages
    "page_samples",
    metadata,
    id_column(),
    text_column("site"),  # registered domain
    Column("created", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zstd
    Index("ix_page_samples_site", "site", "id"),
    sqlite_autoincrement=True,
)

pages = Table(
    "pages",
    metadata,
    id_column(),
    Column("article_id", ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    count_column("number"),  # 0: the article's first page; 1, 2, ...: its following pages
    Column("fetched", UtcTime, nullable=False, index=True),
    text_column("url"),  # after redirects
    Column("status", Integer, nullable=False),
    Column("headers", list_type(), nullable=False),  # [[name, value], ...]
    count_column("size"),  # bytes, uncompressed
    Column("sample_id", ForeignKey("page_samples.id"), index=True),  # its compression dictionary; NULL: none
    Column("body", LargeBinary, nullable=False),  # zstd
    UniqueConstraint("article_id", "number"),
    sqlite_autoincrement=True,
)

sources = Table(  # sources stay here after they leave the watch file, because their articles stay
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("address"),
    Column("tags", list_type(), nullable=False),
    Column("added", UtcTime, nullable=False),  # when it was first seen in the watch file
    Column("removed", UtcTime),  # when it was first missing from it; NULL while it is there
)
