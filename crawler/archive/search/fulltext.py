"""The full-text index over our own words: FTS5 on SQLite; GIN on PostgreSQL, with old entries packed (see `blocks`).

It finds the ids of articles that may match. Entries of deleted or changed articles do no harm: ids are never reused,
and the matcher reads the article itself. During a rebuild, every article that is not indexed yet may match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from crawler.archive.search import blocks
from crawler.archive.search.candidate_query import All, Any, CandidateQuery, Word, leaves

LAST = 2**63 - 1  # the highest id there can be
_SPELT_OUT: Final = 200  # words that all prefixes of a query may expand to
VOCABULARY: Final = "CREATE VIRTUAL TABLE temp.article_vocabulary USING fts5vocab('main', 'article_words', 'instance')"
"""The words of FTS5's index, in order: a view that each SQLite connection creates."""
UNINDEXED: Final = "unindexed"
"""The meta key during a rebuild, newest articles first: ids up to its value are not indexed yet."""


class _Dialect(NamedTuple):
    create: tuple[str, ...]
    write: str
    empty: str
    tidy: str  # merges small segments
    ids: str  # with :query, :low, :high, :size and the order
    word: str  # the syntax of a word in a query
    prefix: str
    both: str
    either: str


_SQLITE = _Dialect(
    create=(
        # Words only, no positions, no texts: the smallest FTS5 index (https://sqlite.org/fts5.html, 4.4 to 4.6)
        """CREATE VIRTUAL TABLE IF NOT EXISTS article_words USING fts5(
        words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '_'")""",
    ),
    write="INSERT INTO article_words (rowid, words) VALUES (:id, :words)",
    empty="INSERT INTO article_words (article_words) VALUES ('delete-all')",
    tidy="INSERT INTO article_words (article_words) VALUES ('optimize')",
    ids="SELECT rowid FROM article_words WHERE article_words MATCH :query AND rowid BETWEEN :low AND :high "
    "ORDER BY rowid {order} LIMIT :size",
    word='"{}"',
    prefix='"{}"*',
    both=" AND ",
    either=" OR ",
)
_POSTGRES = _Dialect(
    create=(
        """CREATE TABLE IF NOT EXISTS article_words (
        article_id BIGINT PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)""",
        "CREATE INDEX IF NOT EXISTS ix_article_words_words ON article_words USING gin (words)",
        blocks.CREATE,
    ),
    write="INSERT INTO article_words (article_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS TEXT[]))) "
    "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words",
    empty="TRUNCATE article_words, article_postings",
    tidy="SELECT gin_clean_pending_list('ix_article_words_words')",
    ids="SELECT article_id FROM article_words WHERE words @@ CAST(:query AS TSQUERY) "
    "AND article_id BETWEEN :low AND :high ORDER BY article_id {order} LIMIT :size",
    word="'{}'",
    prefix="'{}':*",
    both=" & ",
    either=" | ",
)
_NEXT = "SELECT term FROM article_vocabulary WHERE term >= :after LIMIT 1"
_REST = "SELECT id FROM articles WHERE id BETWEEN :low AND :high ORDER BY id {order} LIMIT :size"


def create(connection: Connection) -> None:
    """Create the index if it does not exist."""
    for statement in _dialect(connection).create:
        connection.execute(text(statement))


def write(connection: Connection, articles: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Index articles given as (id, words). One that is indexed already can be found by its new words too."""
    if not articles:
        return
    sqlite = connection.dialect.name == "sqlite"
    rows = [{"id": number, "words": " ".join(words) if sqlite else list(words)} for number, words in articles]
    connection.execute(text(_dialect(connection).write), rows)


def empty(connection: Connection) -> None:
    """Delete all entries."""
    connection.execute(text(_dialect(connection).empty))


def tidy(connection: Connection) -> None:
    """Optimize the index without reading the articles again."""
    dialect = _dialect(connection)
    connection.execute(text(dialect.tidy))
    if dialect is _POSTGRES:
        blocks.forget(connection)


def ids(
    connection: Connection, prefilter: CandidateQuery, low: int = 1, high: int = LAST, *, size: int, newest: bool = True
) -> list[int]:
    """Return at most `size` ids from `low` to `high` that pass the prefilter: the highest or lowest, in order."""
    dialect = _dialect(connection)
    order = "DESC" if newest else "ASC"
    prefixes = sum(word.prefix for word in leaves(prefilter))
    if dialect is _SQLITE and prefixes:
        prefilter = _spelt_out(connection, prefilter, _SPELT_OUT // prefixes)
    values: dict[str, str | int] = {"query": _written(prefilter, dialect), "low": low, "high": high, "size": size}
    found = list(connection.scalars(text(dialect.ids.format(order=order)), values))
    if dialect is _POSTGRES:
        found = _merged(
            found, blocks.ids(connection, prefilter, low, high, size=size, newest=newest), size, newest=newest
        )
    last = connection.scalar(text("SELECT value FROM meta WHERE key = :key"), {"key": UNINDEXED})
    if last is None or int(last) < low:
        return found
    values["high"] = min(high, int(last))
    return _merged(found, connection.scalars(text(_REST.format(order=order)), values).all(), size, newest=newest)


def _spelt_out(connection: Connection, prefilter: CandidateQuery, most: int) -> CandidateQuery:
    """Replace each prefix by the words that start with it, if there are at most `most`.

    Without a prefix index, FTS5 reads all entries of such words before it returns the first article: 120 ms for half a
    million.
    """
    if not isinstance(prefilter, Word):
        return replace(prefilter, parts=tuple(_spelt_out(connection, part, most) for part in prefilter.parts))
    words = _beginning(connection, prefilter.text, most) if prefilter.prefix else None
    return prefilter if words is None else Any(tuple(map(Word, words)) or (replace(prefilter, prefix=False),))


def _beginning(connection: Connection, start: str, most: int) -> list[str] | None:
    """Return the words of FTS5's index with this prefix; None for more than `most`. Each is one look-up."""
    found: list[str] = []
    after = start
    while (word := connection.scalar(text(_NEXT), {"after": after})) is not None and word.startswith(start):
        found.append(word)
        after = f"{word}\0"
        if len(found) > most:
            return None
    return found


def _merged(some: list[int], more: Sequence[int], size: int, *, newest: bool) -> list[int]:
    return sorted({*some, *more}, reverse=newest)[:size] if more else some


def _written(prefilter: CandidateQuery, dialect: _Dialect) -> str:
    if isinstance(prefilter, Word):
        return (dialect.prefix if prefilter.prefix else dialect.word).format(prefilter.text)
    joined = dialect.both if isinstance(prefilter, All) else dialect.either
    return f"({joined.join(_written(part, dialect) for part in prefilter.parts)})"


def _dialect(connection: Connection) -> _Dialect:
    return _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
