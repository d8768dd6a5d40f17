"""Schema 2: stories, revisions, revisits; alerts have a kind and a story, so an article can have several."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import NUMBER, UtcTime, count_column, flag_column, id_column, list_type, text_column

revision = "0002"
down_revision = "0001"

NAMES = {"uq": "uq_%(table_name)s"}  # SQLite's constraint has no name; it gets one so that it can be dropped


def upgrade() -> None:
    """Migrate from schema 1."""
    _open_alerts()
    _index_alerts()
    _make_stories()
    _make_revisions()


def _open_alerts() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    found = sa.inspect(op.get_bind()).get_unique_constraints("alerts")
    with op.batch_alter_table("alerts", naming_convention=NAMES if sqlite else None) as alerts:
        for constraint in found:
            alerts.drop_constraint(constraint["name"] or "uq_alerts", type_="unique")
        alerts.add_column(sa.Column("kind", sa.Text, nullable=False, server_default="new"))
        alerts.add_column(text_column("story"))


def _index_alerts() -> None:
    first, in_story = sa.text("kind = 'new'"), sa.text("kind = 'new' AND story <> ''")
    for name, column, where in (
        ("ux_alerts_rule_article", "article_id", first),
        ("ux_alerts_rule_story", "story", in_story),
    ):
        op.create_index(
            name, "alerts", ["rule", column], unique=True, sqlite_where=where, postgresql_where=where
        )  # fmt: skip


def _make_stories() -> None:
    op.create_table(
        "stories",
        id_column(),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("first_seen", UtcTime, nullable=False),
        sa.Column("last_seen", UtcTime, nullable=False),
        sa.Column("representative", NUMBER, sa.ForeignKey("articles.id", ondelete="SET NULL")),
        count_column("words"),
        count_column("replaced"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stories_last_seen", "stories", ["last_seen"])
    op.create_table(
        "story_articles",
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("story_id", NUMBER, sa.ForeignKey("stories.id", ondelete="CASCADE"), nullable=False),
        text_column("site"),
    )
    op.create_index("ix_story_articles_story_id", "story_articles", ["story_id"])


def _make_revisions() -> None:
    op.create_table(
        "revisions",
        id_column(),
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
        count_column("number"),
        sa.Column("seen", UtcTime, nullable=False),
        sa.Column("last_seen", UtcTime, nullable=False),
        count_column("times"),
        flag_column("admitted"),
        sa.Column("changed", list_type(), nullable=False),
        text_column("version"),
        text_column("title"),
        sa.Column("authors", list_type(), nullable=False),
        sa.Column("published", UtcTime),
        sa.Column("modified", UtcTime),
        text_column("text"),
        sa.UniqueConstraint("article_id", "version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "visits",
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        text_column("source"),
        sa.Column("due", UtcTime),
        count_column("step"),
        sa.Column("changed", UtcTime),
        sa.Column("missing", UtcTime),
        sa.Column("removed", UtcTime),
        text_column("version"),
    )
    op.create_index("ix_visits_source_due", "visits", ["source", "due"])
    op.create_index("ix_visits_due", "visits", ["due"])
