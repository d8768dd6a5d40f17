"""Types and columns that all tables share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NUMBER = BigInteger().with_variant(Integer, "sqlite")  # of a row


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime: `timestamptz` on PostgreSQL; on SQLite, which has no such type, microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(self.plain(dialect))

    @staticmethod
    def plain(dialect: Dialect) -> TypeEngine[Any]:
        """What the column holds, as it is."""
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetime to column value. Raises TypeError for a naive one."""
        if value is None:
            return None
        since_epoch = value - EPOCH  # a naive datetime raises here, on both databases
        return value.astimezone(UTC) if dialect.name == "postgresql" else since_epoch // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Column value to aware datetime in UTC."""
        if value is None:
            return None
        found: datetime = value if dialect.name == "postgresql" else EPOCH + value * MICROSECOND
        return found.astimezone(UTC)


def list_type() -> TypeEngine[Any]:
    """A list of values, as JSON."""
    return JSON().with_variant(JSONB(), "postgresql")


def id_column() -> Column[int]:
    """A number that the database gives."""
    return Column("id", NUMBER, primary_key=True)


def text_column(name: str, **options: Any) -> Column[str]:
    """A text, never NULL."""
    return Column(name, Text, nullable=False, server_default="", **options)


def flag_column(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def count_column(name: str) -> Column[int]:
    """A number, 0 where nothing is said."""
    return Column(name, BigInteger, nullable=False, server_default="0")
