"""The packed part of PostgreSQL's full-text index (see postings): its table, and the search for candidates in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import zstandard
from sqlalchemy import Connection, text

from crawler.archive.search.candidate_query import All, CandidateQuery, Word, leaves
from crawler.archive.search.postings import BLOCK, Unpacked, pack

CREATE: Final = """CREATE TABLE IF NOT EXISTS article_postings (
    block BIGINT, first TEXT COLLATE "C", body BYTEA NOT NULL, PRIMARY KEY (block, first))"""
DUE: Final = 512  # changed articles of a packed block after which it is packed again
_MOST_BLOCKS: Final = 128  # read at once
_MOST_READS: Final = 1024  # words times blocks
_LAST_CHAR: Final = "\U0010ffff"
_PACKERS_LOCK: Final = 0x57495250  # "WIRP", PostgreSQL's advisory lock for packing

_ENDS = "SELECT min(block), max(block) FROM article_postings"
# LATERAL and OFFSET force PostgreSQL's plan: one index look-up for each word of each block, and a range scan for
# each prefix
_PIECES = """SELECT word.number, chosen.block, piece.body
FROM unnest(CAST(:starts AS TEXT[])) WITH ORDINALITY AS word (start, number)
CROSS JOIN unnest(CAST(:blocks AS BIGINT[])) AS chosen (block) CROSS JOIN LATERAL (
    SELECT one.body FROM article_postings AS one
    WHERE one.block = chosen.block AND one.first <= word.start ORDER BY one.first DESC LIMIT 1) AS piece
UNION ALL SELECT word.number, chosen.block, piece.body
FROM unnest(CAST(:starts AS TEXT[]), CAST(:ends AS TEXT[])) WITH ORDINALITY AS word (start, stop, number)
CROSS JOIN unnest(CAST(:blocks AS BIGINT[])) AS chosen (block) CROSS JOIN LATERAL (
    SELECT one.body FROM article_postings AS one
    WHERE one.block = chosen.block AND one.first > word.start AND one.first <= word.stop OFFSET 0) AS piece
WHERE word.stop > word.start"""
_DUE = """SELECT fresh.block FROM (
    SELECT article_id / :size AS block, count(*) AS changed FROM article_words GROUP BY 1) AS fresh
WHERE fresh.block < (SELECT max(id) / :size FROM articles) AND (fresh.changed >= :due
    OR NOT EXISTS (SELECT 1 FROM article_postings AS packed WHERE packed.block = fresh.block))
ORDER BY fresh.block DESC LIMIT 1"""
_GONE = "DELETE FROM article_postings WHERE block < (SELECT min(id) / :size FROM articles)"
_FRESH = """SELECT article_id, CAST(ctid AS TEXT), array_to_string(tsvector_to_array(words), ' ') FROM article_words
WHERE article_id BETWEEN :low AND :high"""
_TAKEN = """DELETE FROM article_words AS fresh
USING unnest(CAST(:ids AS BIGINT[]), CAST(:rows AS TID[])) AS seen (id, row)
WHERE fresh.article_id = seen.id AND fresh.ctid = seen.row"""  # a row that was changed in between has another ctid


def lock(connection: Connection) -> None:
    """Let one process at a time pack, until the transaction ends. Take it before the writers' lock, never after it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PACKERS_LOCK})


def ids(
    connection: Connection, prefilter: CandidateQuery, low: int, high: int, *, size: int, newest: bool
) -> list[int]:
    """Return ids from `low` to `high` that pass the prefilter: at least the `size` highest or lowest, in any order."""
    first, last = connection.execute(text(_ENDS)).one()
    if first is None:
        return []
    numbers = range(max(first, low // BLOCK), min(last, high // BLOCK) + 1)
    words = [*dict.fromkeys(leaves(prefilter))]
    order = numbers[::-1] if newest else numbers
    most = max(1, min(_MOST_BLOCKS, _MOST_READS // len(words)))
    found: list[int] = []
    read, count = 0, 1  # blocks; common words need only the first
    while len(found) < size and read < len(order):
        holding = _holding(connection, words, order[read : read + count])
        found += {number for number in _let_through(prefilter, holding) if low <= number <= high}
        read += count
        count = min(most, 1 + (size - len(found)) * read // max(1, len(found)))  # extrapolated
    return found


def _holding(connection: Connection, words: Sequence[Word], blocks: Sequence[int]) -> dict[Word, list[int]]:
    """Return the ids of the articles of these blocks by word; for a prefix some ids may repeat."""
    spans = {
        "starts": [word.text for word in words],
        "ends": [word.text + _LAST_CHAR if word.prefix else word.text for word in words],
        "blocks": [*blocks],
    }
    found: dict[Word, list[int]] = {word: [] for word in words}
    packer = zstandard.ZstdDecompressor()
    for number, block, body in connection.execute(text(_PIECES), spans).all():
        word, piece = words[number - 1], Unpacked(block, body, packer)
        found[word] += piece.ids_of_prefix(word.text) if word.prefix else piece.ids(word.text)
    return found


def _let_through(prefilter: CandidateQuery, holding: Mapping[Word, list[int]]) -> Collection[int]:
    if isinstance(prefilter, Word):
        return holding[prefilter]
    parts = [_let_through(part, holding) for part in prefilter.parts]
    if isinstance(prefilter, All):
        fewest, *more = sorted(parts, key=len)
        return set(fewest).intersection(*more)
    parts = [part for part in parts if part]
    return parts[0] if len(parts) == 1 else set[int]().union(*parts)


def write(connection: Connection, block: int, postings: Mapping[str, Sequence[int]]) -> None:
    """Replace a block."""
    connection.execute(text("DELETE FROM article_postings WHERE block = :block"), {"block": block})
    rows = [{"block": block, "first": piece.first, "body": piece.body} for piece in pack(postings)]
    if rows:
        connection.execute(text("INSERT INTO article_postings VALUES (:block, :first, :body)"), rows)


def due(connection: Connection) -> int | None:
    """Return a block that is due for packing: a complete unpacked one, or one with many articles changed since."""
    found: int | None = connection.scalar(text(_DUE), {"size": BLOCK, "due": DUE})
    return found


def forget(connection: Connection) -> None:
    """Delete the blocks whose articles are all deleted: the oldest."""
    connection.execute(text(_GONE), {"size": BLOCK})


def postings_of(rows: Iterable[tuple[int, Iterable[str]]]) -> dict[str, list[int]]:
    """Return each word with the ids of the articles that contain it, from rows of (id, words)."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, words in rows:
        for word in words:
            found[word].append(number)
    return found


class Fresh:
    """A block that is to be packed: its packed postings, merged with those in the GIN index."""

    def __init__(self, connection: Connection, block: int) -> None:
        """Read the block; the caller holds the packing lock."""
        self.block = block
        span = {"low": block * BLOCK, "high": block * BLOCK + BLOCK - 1}
        rows = connection.execute(text(_FRESH), span).all()
        self._rows = {"ids": [row[0] for row in rows], "rows": [row[1] for row in rows]}
        self._postings = postings_of((row[0], row[2].split(" ")) for row in rows)
        packed = text("SELECT body FROM article_postings WHERE block = :block")
        for body in connection.scalars(packed, {"block": block}):
            for word, numbers in Unpacked(block, body).all():
                self._postings[word] += numbers

    def pack(self, connection: Connection) -> int:
        """Write the block; return how many rows left the GIN index."""
        write(connection, self.block, self._postings)
        return connection.execute(text(_TAKEN), self._rows).rowcount
