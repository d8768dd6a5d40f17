"""Schema 3: messages of deliveries, silences, disabled channels."""

import sqlalchemy as sa
from alembic import op

from crawler.archive.tables.columns import UtcTime, id_column, text_column

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Migrate from schema 2."""
    for column in (text_column("message"), text_column("form"), sa.Column("made", UtcTime)):
        op.add_column("deliveries", column)
    op.create_index("ix_deliveries_channel_made", "deliveries", ["channel", "made"])
    op.create_index("ix_deliveries_message", "deliveries", ["message"])
    op.create_table(
        "silences",
        id_column(),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.Column("made", UtcTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "disabled_channels",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
