"""Schema 1: articles, their tags, runs, alerts, deliveries. Archives of it exist; nothing is done to reach it."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: every archive has at least this schema."""
