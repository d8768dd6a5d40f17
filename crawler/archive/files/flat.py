"""The flat row of an article: the same names and meanings in JSON lines, CSV and Parquet.

JSON has lists as arrays and times as RFC 3339 text in UTC; CSV joins lists with "; "; Parquet has list<string> and
timestamp[us, UTC]. An unknown time is null (CSV: empty), an unknown text is "".
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from crawler.archive.model import ArticleRow

Value = int | bool | str | datetime | list[str] | None


class Kind(StrEnum):
    """The type of a column."""

    INTEGER = "integer"
    FLAG = "flag"
    TEXT = "text"
    TIME = "time"
    LIST = "list of texts"


class FlatColumn(NamedTuple):
    """One column of an export."""

    name: str
    kind: Kind
    meaning: str


FLAT_COLUMNS = (
    FlatColumn("id", Kind.INTEGER, "number in the archive; increasing, never reused"),
    FlatColumn("found", Kind.TIME, "when the crawler found the article"),
    FlatColumn("published", Kind.TIME, "publication time according to the page"),
    FlatColumn("published_from", Kind.TEXT, "origin of the publication time: json-ld, feed, byline, url, ..."),
    FlatColumn(
        "published_uncertain", Kind.FLAG, "no time zone, ambiguous day and month, or a different day in the feed"
    ),
    FlatColumn("modified", Kind.TIME, "modification time according to the page"),
    FlatColumn("modified_from", Kind.TEXT, "origin of the modification time"),
    FlatColumn("source", Kind.TEXT, "id of the source in the watch file"),
    FlatColumn("title", Kind.TEXT, "headline"),
    FlatColumn("url", Kind.TEXT, "URL it was fetched from"),
    FlatColumn("canonical_url", Kind.TEXT, "canonical URL; unique"),
    FlatColumn("language", Kind.TEXT, "ISO 639-1 code"),
    FlatColumn("authors", Kind.LIST, "names in the byline"),
    FlatColumn("agency", Kind.TEXT, "credited wire service"),
    FlatColumn("section", Kind.TEXT, "section of the site"),
    FlatColumn("tags", Kind.LIST, "the page's and the source's tags"),
    FlatColumn("rules", Kind.LIST, "ids of the rules that raised alerts"),
    FlatColumn("word_count", Kind.INTEGER, "words of the text"),
    FlatColumn("paywalled", Kind.FLAG, "behind a paywall; only a part is free"),
    FlatColumn("live", Kind.FLAG, "a live blog"),
    FlatColumn("image", Kind.TEXT, "URL of the lead image"),
    FlatColumn("content_hash", Kind.TEXT, "hash of title and text"),
    FlatColumn("lead", Kind.TEXT, "summary provided by the page"),
    FlatColumn("text", Kind.TEXT, "text of the article, paragraphs separated by blank lines"),
    FlatColumn("markdown", Kind.TEXT, "text as Markdown, with headings, lists, quotes and tables"),
    FlatColumn("captions", Kind.LIST, "image captions"),
    FlatColumn("listed", Kind.TIME, "when the listing that led to it was read"),
    FlatColumn("fetched", Kind.TIME, "when its page was received"),
    FlatColumn("found_by", Kind.TEXT, "the other listing of the site that named it first; empty: the source's own"),
)


def flat(row: ArticleRow) -> dict[str, Value]:
    """Return the values of FLAT_COLUMNS, in their order."""
    own: dict[str, Value] = {"id": row.id, "rules": list(row.rules)}
    return {
        name: own[name] if name in own else _plain(getattr(row.article, name), kind) for name, kind, _ in FLAT_COLUMNS
    }


def rfc3339(time: datetime) -> str:
    """Return `2026-11-23T08:00:00Z`, with six decimals if the time has a fraction."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Value | tuple[str, ...], kind: Kind) -> Value:
    return list(value) if kind is Kind.LIST and isinstance(value, tuple) else value  # type: ignore[return-value]
