"""Schema 7: on PostgreSQL the table of the packed full-text index; an index of the articles by language."""

from alembic import op
from sqlalchemy import text

from crawler.archive import fulltext

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """From schema 6."""
    fulltext.create(op.get_bind())
    op.create_index("ix_articles_language_found", "articles", [text("lower(language)"), "found", "id"])
