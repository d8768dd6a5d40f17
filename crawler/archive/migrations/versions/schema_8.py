"""Schema 8: feed items by guid."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import NUMBER, text_column

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Migrate from schema 7."""
    op.create_table(
        "announcements",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
        text_column("link"),
        text_column("title"),
        text_column("version"),
    )
    op.create_index("ix_announcements_article_id", "announcements", ["article_id"])
