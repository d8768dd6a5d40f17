"""Schema 9: the listings read by each run, and the candidates that wait."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import NUMBER, UtcTime, count_column, list_type, text_column

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Migrate from schema 8."""
    unfinished = sa.text("finished IS NULL")
    op.create_index("ix_runs_unfinished", "runs", ["source"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.create_table(
        "listings",
        sa.Column("run", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", NUMBER, primary_key=True),
        text_column("kind"),
        text_column("address"),
        sa.Column("read", UtcTime, nullable=False),
        count_column("status"),
        text_column("error"),
        count_column("named"),
        count_column("new"),
        count_column("known"),
        sa.Column("left_over", list_type()),
        sa.Column("listings", sa.BigInteger, nullable=False, server_default="1"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("feed", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("candidate", list_type(), nullable=False),
        sqlite_with_rowid=False,
    )
