"""Schema 5: the full-text index (filled when the archive is opened), pages, sources, saved searches, tokens."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.search import fulltext
from crawler.archive.tables.columns import NUMBER, UtcTime, count_column, id_column, list_type, text_column

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Migrate from schema 4."""
    fulltext.create(op.get_bind())
    _make_pages()
    op.create_index("ix_stories_representative", "stories", ["representative"])
    op.create_table(
        "sources",
        sa.Column("id", sa.Text, primary_key=True),
        text_column("address"),
        sa.Column("tags", list_type(), nullable=False),
        sa.Column("added", UtcTime, nullable=False),
        sa.Column("removed", UtcTime),
    )
    op.create_table(
        "saved_searches",
        id_column(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        text_column("address"),
        sa.Column("made", UtcTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_tokens",
        id_column(),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("scopes", list_type(), nullable=False),
        sa.Column("made", UtcTime, nullable=False),
        sa.Column("expires", UtcTime),
        sqlite_autoincrement=True,
    )


def _make_pages() -> None:
    op.create_table(
        "page_samples",
        id_column(),
        text_column("site"),
        sa.Column("made", UtcTime, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_page_samples_site", "page_samples", ["site", "id"])
    op.create_table(
        "pages",
        id_column(),
        sa.Column("article_id", NUMBER, sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
        count_column("number"),
        sa.Column("fetched", UtcTime, nullable=False),
        text_column("url"),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", list_type(), nullable=False),
        count_column("size"),
        sa.Column("sample_id", NUMBER, sa.ForeignKey("page_samples.id")),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("article_id", "number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pages_fetched", "pages", ["fetched"])
    op.create_index("ix_pages_sample_id", "pages", ["sample_id"])
