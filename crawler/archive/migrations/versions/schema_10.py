"""Schema 10: standard names for tables, columns and values; no data is added or lost."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_COLUMNS = (
    ("source_health", "told", "detected"),
    ("runs", "odd", "abnormal"),
    *(
        (table, "made", "created")
        for table in ("deliveries", "silences", "saved_searches", "api_tokens", "page_samples")
    ),
)
_KINDS = (("ill", "unhealthy"), ("well", "recovered"))  # of alerts about sources


def upgrade() -> None:
    """Migrate from schema 9."""
    for table, old, new in _COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new in _KINDS:
        op.execute(sa.text("UPDATE alerts SET kind = :new WHERE kind = :old").bindparams(old=old, new=new))
    _rename_indexes()
    _rename_signals()
    _rename_feed_items()


def _rename_indexes() -> None:
    abnormal, is_open = sa.text("abnormal"), sa.text("recovered IS NULL")
    op.drop_index("ix_runs_odd", "runs")
    op.create_index("ix_runs_abnormal", "runs", ["started"], sqlite_where=abnormal, postgresql_where=abnormal)
    op.drop_index("ux_source_health_ill", "source_health")
    op.create_index(
        "ux_source_health_open", "source_health", ["source", "condition"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    op.drop_index("ix_deliveries_channel_made", "deliveries")
    op.create_index("ix_deliveries_channel_created", "deliveries", ["channel", "created"])


def _rename_signals() -> None:
    if op.get_bind().dialect.name == "sqlite":
        renamed = "json_set(json_remove(observed, '$.signs'), '$.signals', json_extract(observed, '$.signs'))"
        op.execute(f"UPDATE runs SET observed = {renamed} WHERE json_type(observed, '$.signs') IS NOT NULL")  # noqa: S608
    else:
        renamed = "(observed - 'signs') || jsonb_build_object('signals', observed -> 'signs')"
        op.execute(f"UPDATE runs SET observed = {renamed} WHERE jsonb_exists(observed, 'signs')")  # noqa: S608


def _rename_feed_items() -> None:
    op.drop_index("ix_announcements_article_id", "announcements")
    op.rename_table("announcements", "feed_items")
    op.create_index("ix_feed_items_article_id", "feed_items", ["article_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX announcements_pkey RENAME TO feed_items_pkey")
        op.execute(
            "ALTER TABLE feed_items RENAME CONSTRAINT announcements_article_id_fkey TO feed_items_article_id_fkey"
        )
