"""Bringing an older archive to this program's schema, in place and in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, MetaData, func, inspect, select, text
from sqlalchemy.schema import CreateColumn

from crawler.archive.schema import SCHEMA_VERSION, alerts, articles, deliveries, known_rules, meta, metadata


def upgrade(connection: Connection, version: int) -> None:
    """Brings the tables from `version` to SCHEMA_VERSION. On SQLite the caller has switched foreign keys off."""
    for step in range(version, SCHEMA_VERSION):
        _STEPS[step](connection)
    connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA_VERSION)))


def _stories(connection: Connection) -> None:
    """1 to 2: stories, revisions, visits; alerts know their kind and story, so several of one article are possible."""
    if connection.dialect.name == "postgresql":
        for constraint in inspect(connection).get_unique_constraints("alerts"):
            connection.execute(text(f'ALTER TABLE alerts DROP CONSTRAINT "{constraint["name"]}"'))
        connection.execute(text("ALTER TABLE alerts ADD COLUMN kind TEXT NOT NULL DEFAULT 'new'"))
        connection.execute(text("ALTER TABLE alerts ADD COLUMN story TEXT NOT NULL DEFAULT ''"))
        for index in alerts.indexes:
            index.create(connection, checkfirst=True)
    else:
        _rebuild_alerts(connection)
    metadata.create_all(connection)


def _rebuild_alerts(connection: Connection) -> None:
    """SQLite cannot drop a UNIQUE constraint: a new table takes rows and name (sqlite.org/lang_altertable.html, 7)."""
    columns = ", ".join(column["name"] for column in inspect(connection).get_columns("alerts"))
    other = MetaData()
    articles.to_metadata(other)
    fresh = alerts.to_metadata(other, name="alerts_new")
    fresh.indexes.clear()
    fresh.create(connection)
    connection.execute(text(f"INSERT INTO alerts_new ({columns}) SELECT {columns} FROM alerts"))  # noqa: S608  names of columns
    connection.execute(text("DROP TABLE alerts"))
    connection.execute(text("ALTER TABLE alerts_new RENAME TO alerts"))
    for index in alerts.indexes:
        index.create(connection)


def _messages(connection: Connection) -> None:
    """2 to 3: deliveries know the message that carries them; silences; channels that their receiver closed."""
    made = deliveries.c.made.type.compile(connection.dialect)
    for column in ("message TEXT NOT NULL DEFAULT ''", "form TEXT NOT NULL DEFAULT ''", f"made {made}"):
        connection.execute(text(f"ALTER TABLE deliveries ADD COLUMN {column}"))
    for index in deliveries.indexes:
        index.create(connection, checkfirst=True)
    metadata.create_all(connection)


def _evidence(connection: Connection) -> None:
    """3 to 4: when articles were listed and fetched; alerts name the version that matched; rules that are known."""
    metadata.create_all(connection)
    for table, names in ((articles, ("listed", "fetched")), (alerts, _EVIDENCE)):
        there = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for name in names:
            if name not in there:  # an older archive's alerts were just made anew, with all columns
                column = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column}"))
    for index in alerts.indexes:
        index.create(connection, checkfirst=True)
    told = select(alerts.c.rule, func.min(alerts.c.matched)).group_by(alerts.c.rule)
    connection.execute(known_rules.insert().from_select(["rule", "since"], told))


_EVIDENCE = ("listed", "fetched", "revision", "content_hash", "outlets", "baseline")
_STEPS: dict[int, Callable[[Connection], None]] = {1: _stories, 2: _messages, 3: _evidence}
