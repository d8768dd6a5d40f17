"""Alembic migrations of older archives to the current schema: one revision for each schema, schema 3 is "0003".

Imported only when an upgrade is due: a new archive is created from the current tables.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

FOLDER = Path(__file__).parent


def upgrade(connection: Connection, version: int) -> None:
    """Migrate the tables from schema `version` to the newest in the running transaction.

    On SQLite the caller has switched foreign keys off. Archives before schema 5 lack Alembic's table: it is created.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if MigrationContext.configure(connection).get_current_revision() is None:
        command.stamp(config, f"{version:04d}")
    command.upgrade(config, "head")
    number = connection.scalar(text("SELECT version_num FROM alembic_version"))
    connection.execute(text("UPDATE meta SET value = :value WHERE key = 'schema'"), {"value": str(int(number or 0))})
