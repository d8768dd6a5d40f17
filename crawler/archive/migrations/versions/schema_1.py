"""Schema 1: articles, their tags, runs, alerts, deliveries: the first released schema."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Do nothing: every archive has at least this schema."""
