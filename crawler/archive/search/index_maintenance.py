"""Maintenance of the full-text index in small batches, while others read and write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select

from crawler.archive.engine import WRITES, lock_writers
from crawler.archive.search import blocks, reindex
from crawler.archive.tables.schema import articles


def maintain(engine: Engine) -> int:
    """Index or pack one batch; return how many articles, 0 when nothing is left.

    A rebuilt index is completed first; then, on PostgreSQL, a block of GIN's part is packed. It takes seconds, but only
    its end blocks writers.
    """
    if engine.dialect.name == "sqlite":
        return _fill(engine)
    with engine.connect() as connection, connection.begin():
        blocks.lock(connection)
        return _fill(engine) or _pack(engine)


def finish_few(engine: Engine) -> None:
    """Finish the pending work if it takes only seconds."""
    with engine.connect() as connection:
        last = reindex.left(connection)
        few = last and (connection.scalar(select(func.count()).select_from(articles)) or 0) <= reindex.MANY
    while few and maintain(engine):
        pass


def _fill(engine: Engine) -> int:
    with engine.connect() as connection:
        last = reindex.left(connection)
    while last:
        portion = reindex.Portion(engine, last)
        with _writing(engine) as connection:
            written = portion.write(connection)
            if written:
                return written
            last = reindex.left(connection)  # another process was faster
    return 0


def _pack(engine: Engine) -> int:
    with engine.connect() as connection:
        block = blocks.due(connection)
        if block is None:
            return 0
        fresh = blocks.Fresh(connection, block)
    with _writing(engine) as connection:
        return fresh.pack(connection)


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        lock_writers(connection)
        yield connection
