"""Column types and the metadata that all tables share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Dialect, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

metadata = MetaData()

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # of a row


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite, which has no such type."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(self.plain(dialect))

    @staticmethod
    def plain(dialect: Dialect) -> TypeEngine[Any]:
        """Return the underlying column type."""
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Convert an aware datetime to the column's value. Raises TypeError for a naive one."""
        if value is None:
            return None
        since_epoch = value - EPOCH  # a naive datetime raises here, on both databases
        return value.astimezone(UTC) if dialect.name == "postgresql" else since_epoch // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Convert the column's value to an aware datetime in UTC."""
        if value is None:
            return None
        found: datetime = value if dialect.name == "postgresql" else EPOCH + value * MICROSECOND
        return found.astimezone(UTC)


def list_type() -> TypeEngine[Any]:
    """Return the type of a list of values, stored as JSON."""
    return JSON().with_variant(JSONB(), "postgresql")


def id_column() -> Column[int]:
    """Return a primary key column that the database numbers."""
    return Column("id", NUMBER, primary_key=True)


def text_column(name: str, **options: Any) -> Column[str]:
    """Return a text column that is never NULL."""
    return Column(name, Text, nullable=False, server_default="", **options)


def flag_column(name: str) -> Column[bool]:
    """Return a boolean column that is never NULL."""
    return Column(name, Boolean, nullable=False)


def count_column(name: str) -> Column[int]:
    """Return an integer column that is never NULL, 0 by default."""
    return Column(name, BigInteger, nullable=False, server_default="0")
