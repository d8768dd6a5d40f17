"""Schema 4: times listed and fetched; the version that an alert matched; rules seen before."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import UtcTime, count_column, text_column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Migrate from schema 3."""
    for table in ("articles", "alerts"):
        for name in ("listed", "fetched"):
            op.add_column(table, sa.Column(name, UtcTime))
    for column in (
        count_column("revision"),
        text_column("content_hash"),
        sa.Column("outlets", sa.BigInteger, nullable=False, server_default="1"),
        sa.Column("baseline", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("alerts", column)
    op.create_index("ix_alerts_story", "alerts", ["story"])
    op.create_table(
        "known_rules",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("since", UtcTime, nullable=False),
    )
    op.execute("INSERT INTO known_rules (rule, since) SELECT rule, min(matched) FROM alerts GROUP BY rule")
