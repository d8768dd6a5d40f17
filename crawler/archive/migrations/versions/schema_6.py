"""Schema 6: observations of runs, problems of sources, and alerts about a source instead of an article."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import NUMBER, UtcTime, count_column, id_column, list_type, text_column

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Migrate from schema 5."""
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("article_id", existing_type=NUMBER, nullable=True)
    op.add_column("runs", count_column("pages"))
    op.add_column("runs", sa.Column("observed", list_type()))
    op.add_column("runs", sa.Column("odd", sa.Boolean, nullable=False, server_default=sa.false()))
    odd, is_open = sa.text("odd"), sa.text("recovered IS NULL")
    op.create_index("ix_runs_odd", "runs", ["started"], sqlite_where=odd, postgresql_where=odd)
    op.create_table(
        "source_health",
        id_column(),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("told", UtcTime, nullable=False),
        sa.Column("recovered", UtcTime),
        text_column("detail"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ux_source_health_ill", "source_health", ["source", "condition"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
