"""Schema 11: the outlets that articles cite, what a site's listings named, and the history of canaries."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import NUMBER, UtcTime, count_column, list_type, text_column

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Migrate from schema 10. Stored articles cite the agencies that they credit."""
    op.create_table(
        "citations",
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        text_column("url"),
        text_column("source"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO citations (article_id, kind, name, url, source) "
        "SELECT id, 'agency', agency, '', source FROM articles WHERE agency <> ''"
    )
    _add_sightings()
    _add_canaries()


def _add_sightings() -> None:
    op.add_column("articles", text_column("found_by"))
    op.create_table(
        "site_listings",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sightings",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("article", sa.BigInteger),
        sa.Column("first", UtcTime, nullable=False),
        count_column("listings"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sightings_first", "sightings", ["first"])
    op.create_table(
        "source_weeks",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("week", UtcTime, primary_key=True),
        count_column("named"),
        count_column("seen"),
        count_column("least"),
        sa.Column("most", sa.BigInteger),
        text_column("unknown"),
        sa.Column("shares", list_type(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_source_weeks_week", "source_weeks", ["week"])
    op.create_index("ix_alerts_rule_matched", "alerts", ["rule", "matched"])


def _add_canaries() -> None:
    op.create_table(
        "canaries",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("published", UtcTime, nullable=False, index=True),
        sa.Column("judged", UtcTime, nullable=False),
        text_column("stopped"),
        text_column("detail"),
        sa.Column("passed", list_type(), nullable=False),
        sa.Column("recovered", UtcTime),
    )
