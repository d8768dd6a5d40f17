"""Schema 7: the table of the packed full-text index on PostgreSQL; indexes by language and by outcome."""

from alembic import op
from sqlalchemy import text

from crawler.archive.search import fulltext

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Migrate from schema 6."""
    fulltext.create(op.get_bind())
    op.create_index("ix_articles_language_found", "articles", [text("lower(language)"), "found", "id"])
    op.create_index("ix_runs_outcome_started", "runs", ["outcome", "started", "id"])
