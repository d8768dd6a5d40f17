"""Inserting rows so that a repeat changes nothing: on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from crawler.archive.rows import Row, Values


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returning: str) -> list[Row]:
    """Insert rows, leaving out those that clash with what is there; `returning` columns of the ones added."""
    if not rows:
        return []
    statement = _insert(connection, table).on_conflict_do_nothing()
    if not returning:
        connection.execute(statement, list(rows))
        return []
    columns = [table.c[name] for name in returning]
    return list(connection.execute(statement.returning(*columns), list(rows)).mappings())


def upsert(connection: Connection, table: Table, values: Values, *, key: str) -> None:
    """Insert a row, or overwrite the one with the same key."""
    statement = _insert(connection, table).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=values))
