"""The conversion of domain values to table rows and back; characters that databases cannot store are replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, null
from sqlalchemy.dialects import postgresql, sqlite

from crawler.archive.model import Delivery, DeliveryState
from crawler.health.evidence import is_abnormal
from crawler.items import Alert, Article, Observed, Outcome, Run, Span

U64 = 1 << 64
Values = dict[str, Any]
Row = RowMapping

_TEXTS = (
    "url", "title", "text", "source", "published_from", "modified_from", "language", "section", "image", "lead",
    "markdown", "agency", "content_hash", "found_by",
)  # fmt: skip
_LISTS = ("authors", "tags", "captions")
_PLAIN = ("published_uncertain", "paywalled", "live", "word_count")
_TIMES = ("published", "modified", "found", "listed", "fetched")
BODIES = ("text", "markdown", "captions")  # not read for lists of headlines


def clean(text: str) -> str:
    """Replace what not every database can store by U+FFFD: NUL (PostgreSQL) and lone surrogates (not valid UTF-8)."""
    if text.isascii() and "\x00" not in text:
        return text
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def utc(time: datetime | None) -> datetime | None:
    """Convert a time to UTC. Return None if UTC cannot express it (9999-12-31T23:59-05:00, from a hostile page)."""
    try:
        return time.astimezone(UTC) if time else None
    except OverflowError:
        return None


def url_key(url: str) -> bytes:
    """Return a 16-byte hash of a URL, for small indexes: PostgreSQL limits indexed values to 2.7 kB."""
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=16).digest()


def tag_keys(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in the form that is compared: casefolded, unique, at most 400 characters."""
    return tuple(dict.fromkeys(clean(tag.casefold())[:400] for tag in tags))


def article_key(article: Article) -> bytes:
    """Return the unique key of an article's row."""
    return url_key(article.canonical_url or article.url)


def article_values(article: Article) -> Values:
    """Return the row of an article, without its id."""
    canonical = article.canonical_url or article.url
    values: Values = {name: clean(getattr(article, name)) for name in _TEXTS}
    values |= {name: [clean(part) for part in getattr(article, name)] for name in _LISTS}
    values |= {name: getattr(article, name) for name in _PLAIN}
    values |= {name: utc(getattr(article, name)) for name in _TIMES}
    same = canonical == article.url
    return values | {
        "canonical_url": clean(canonical),
        "key": url_key(canonical),
        "url_key": None if same else url_key(article.url),
    }


def article_of(row: Row | Mapping[str, Any]) -> Article:
    """Return the article of a row; columns that were not selected keep their defaults."""
    names = (*_TEXTS, *_PLAIN, *_TIMES, "canonical_url")
    values: Values = {"text": "", **{name: row[name] for name in names if name in row}}
    values |= {name: tuple(row[name]) for name in _LISTS if name in row}
    return Article(**values)


def alert_values(alert: Alert, article_id: int | None) -> Values:
    """Return the row of an alert; one without an article is about its source."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "article_id": article_id,
        "rule_version": alert.rule_version,
        "source": clean(alert.source),
        "url": clean(alert.url),
        "title": clean(alert.title),
        "matched": alert.matched,
        "published": utc(alert.published),
        "spans": [[span.field, span.start, span.end] for span in alert.spans],
        "excerpts": [clean(excerpt) for excerpt in alert.excerpts],
        "kind": alert.kind,
        "story": alert.story,
        "listed": utc(alert.listed),
        "fetched": utc(alert.fetched),
        "revision": alert.revision,
        "content_hash": clean(alert.content_hash),
        "outlets": alert.outlets,
        "baseline": alert.baseline,
    }


def delivery_values(alert_id: str, channel: str, due: datetime) -> Values:
    """Return the row of a pending delivery, without its id."""
    return {"alert_id": alert_id, "channel": channel, "state": DeliveryState.PENDING.value, "next_attempt": due}


def alert_of(row: Row) -> Alert:
    """Return the alert of a row."""
    plain = (
        "id",
        "rule",
        "rule_version",
        "source",
        "url",
        "title",
        "matched",
        "article_id",
        "published",
        "kind",
        "story",
        "listed",
        "fetched",
        "revision",
        "content_hash",
        "outlets",
        "baseline",
    )
    return Alert(
        **{name: row[name] for name in plain} | {"article_id": row["article_id"] or 0},
        spans=tuple(Span(field, start, end) for field, start, end in row["spans"]),
        excerpts=tuple(row["excerpts"]),
    )


def run_values(run: Run) -> Values:
    """Return the row of a run."""
    return {name: getattr(run, name) for name in Run.__dataclass_fields__} | {
        "outcome": run.outcome.value,
        "error": clean(run.error),
        "observed": _observed_values(run.observed) or null(),
        "abnormal": is_abnormal(run),
    }


def run_of(row: Row) -> Run:
    """Return the run of a row."""
    values = {name: row[name] for name in Run.__dataclass_fields__}
    return Run(**values | {"outcome": Outcome(row["outcome"]), "observed": _observed_of(row["observed"] or {})})


def _observed_values(seen: Observed) -> Values:
    """Return the fields that are not empty."""
    values: Values = {
        "listing": seen.listing,
        "newest": time.isoformat() if (time := utc(seen.newest)) else "",
        "reasons": [[name, count] for name, count in seen.reasons],
        "paywalled": seen.paywalled,
        "words": seen.words,
        "signals": [[name, clean(what)] for name, what in seen.signals],
    }
    return {name: value for name, value in values.items() if value}


def _observed_of(values: Values) -> Observed:
    newest = values.get("newest")
    pairs = {name: tuple((a, b) for a, b in values.get(name, ())) for name in ("reasons", "signals")}
    return Observed(**values | pairs | {"newest": datetime.fromisoformat(newest) if newest else None})


def delivery_of(row: Row) -> Delivery:
    """Return the delivery of a row of deliveries joined with alerts (delivery columns have the prefix `delivery_`)."""
    return Delivery(
        id=row["delivery_id"],
        alert=alert_of(row),
        channel=row["delivery_channel"],
        state=DeliveryState(row["delivery_state"]),
        attempts=row["delivery_attempts"],
        next_attempt=row["delivery_next_attempt"],
        last_error=row["delivery_last_error"],
        settled=row["delivery_settled"],
        message=row["delivery_message"],
        form=row["delivery_form"],
    )


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *returning: str) -> list[Row]:
    """Insert rows and skip those that conflict with existing ones; return `returning` columns of the new rows."""
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


def merge(
    connection: Connection,
    table: Table,
    rows: Sequence[Values],
    *,
    key: tuple[str, ...],
    only: Collection[str] = (),
    bits: str = "",
) -> None:
    """Insert rows; of rows that exist, overwrite the given columns, or `only` those. `bits`: a column to be OR-ed."""
    if not rows:
        return
    statement = _insert(connection, table)
    changed: dict[str, ColumnElement[Any]] = {
        name: statement.excluded[name] for name in only or rows[0] if name not in {*key, "first"}
    }
    if bits:
        changed[bits] = table.c[bits].bitwise_or(statement.excluded[bits])
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))


def signed(key: int) -> int:
    """Convert an unsigned to a signed 64-bit integer, the type that both databases have."""
    return key - U64 if key >= U64 >> 1 else key
