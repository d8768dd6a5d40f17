"""The original pages of articles, stored for later extractions and for reference.

A site's pages are compressed against one of them, its sample. A page that gains little from it becomes the next sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import zstandard
from sqlalchemy import Connection, delete, func, insert, select

from crawler.archive.model import ItemFilter, Page
from crawler.archive.queries.articles import conditions
from crawler.archive.queries.grouping import site_of_url
from crawler.archive.tables.rows import clean
from crawler.archive.tables.schema import articles, page_samples, pages
from crawler.errors import ArchiveError

GAIN: Final = 0.8  # share of a page's own compressed size; a page that stays above it becomes its site's sample
MAX_SAMPLE_BYTES: Final = 2 * 1024 * 1024
PORTION: Final = 20  # articles
_SECRET: Final = frozenset({"set-cookie", "content-encoding", "transfer-encoding"})  # of a session, or of the transfer

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class ArticlePages:
    """The stored pages of one article, in order."""

    article_id: int
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """The size of the stored pages. `packed` includes the samples."""

    pages: int
    size: int  # bytes as received
    packed: int  # bytes as stored


class Pages:
    """Pages in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def of(self, article_id: int) -> tuple[Page, ...]:
        """Return the pages of one article."""
        with self._read() as connection:
            return next((kept.pages for kept in _kept(connection, [article_id])), ())

    def all(self, item_filter: ItemFilter) -> Iterator[ArticlePages]:
        """Yield the pages of the filter's articles by id, in bounded memory; order and position are ignored."""
        last = 0
        while True:
            with self._read() as connection:
                mine = select(articles.c.id).where(*conditions(connection, item_filter), articles.c.id > last)
                has = articles.c.id.in_(select(pages.c.article_id).where(pages.c.article_id > last))
                ids = list(connection.scalars(mine.where(has).order_by(articles.c.id).limit(PORTION)))
                found = _kept(connection, ids)
            yield from found
            if len(ids) < PORTION:
                return
            last = ids[-1]

    def space(self) -> Space:
        """Return the size of the stored pages."""
        packed = func.coalesce(func.sum(func.length(pages.c.body)), 0)
        with self._read() as connection:
            count, size, bodies = connection.execute(
                select(func.count(), func.coalesce(func.sum(pages.c.size), 0), packed).select_from(pages)
            ).one()
            samples = connection.scalar(select(func.coalesce(func.sum(func.length(page_samples.c.body)), 0)))
        return Space(count, int(size), int(bodies) + int(samples or 0))


def keep(connection: Connection, article_id: int, found: Sequence[Page]) -> None:
    """Store the pages of an article in place of earlier ones."""
    if not found:
        return
    connection.execute(delete(pages).where(pages.c.article_id == article_id))
    for number, page in enumerate(found):
        sample_id, packed = _packed(connection, page)
        headers = [[clean(name), clean(value)] for name, value in page.headers if name.lower() not in _SECRET]
        row = {"article_id": article_id, "number": number, "fetched": page.fetched, "url": clean(page.url)}
        row |= {"status": page.status, "headers": headers, "size": len(page.body)}
        connection.execute(insert(pages).values(**row, sample_id=sample_id, body=packed))


def _packed(connection: Connection, page: Page) -> tuple[int | None, bytes]:
    """Return the site's sample and the body compressed against it; make the page the new sample if that pays."""
    site = site_of_url(page.url)
    newest = select(page_samples.c.id, page_samples.c.body).where(page_samples.c.site == site)
    known = connection.execute(newest.order_by(page_samples.c.id.desc()).limit(1)).first()
    alone = pack(page.body)
    if known is not None:
        packed = pack(page.body, unpack(known.body))
        if len(packed) <= GAIN * len(alone):
            return known.id, packed
    if not site or not page.body or len(page.body) > MAX_SAMPLE_BYTES:
        return None, alone
    insertion = insert(page_samples).values(site=site, created=page.fetched, body=alone).returning(page_samples.c.id)
    return connection.execute(insertion).scalar_one(), pack(page.body, page.body)


def _kept(connection: Connection, ids: Sequence[int]) -> list[ArticlePages]:
    statement = select(pages).where(pages.c.article_id.in_(ids)).order_by(pages.c.article_id, pages.c.number)
    rows = connection.execute(statement).all()
    needed = {row.sample_id for row in rows if row.sample_id is not None}
    samples = {
        row.id: unpack(row.body)
        for row in connection.execute(select(page_samples).where(page_samples.c.id.in_(needed)))
    }
    found: dict[int, list[Page]] = {}
    for row in rows:
        body = unpack(row.body, samples.get(row.sample_id, b""))
        headers = tuple((name, value) for name, value in row.headers)
        found.setdefault(row.article_id, []).append(Page(row.url, row.fetched, body, row.status, headers))
    return [ArticlePages(article_id, tuple(some)) for article_id, some in found.items()]


LEVEL: Final = 6  # 354 kB become 54; level 12 saves another 3 % and takes three times as long (docs/decisions)
MAX_BYTES: Final = 64 * 1024 * 1024  # of an uncompressed page: a larger size means damage


def pack(body: bytes, sample: bytes = b"") -> bytes:
    """Return the body compressed, against a sample if there is one."""
    dictionary = _dictionary(sample)
    sizes = {"source_size": len(body), "dict_size": len(sample)}
    options = zstandard.ZstdCompressionParameters.from_level(LEVEL, **sizes)
    return zstandard.ZstdCompressor(dict_data=dictionary, compression_params=options).compress(body)


def unpack(packed: bytes, sample: bytes = b"") -> bytes:
    """Return the body that `pack` compressed. Raises ArchiveError for damaged data."""
    try:
        if zstandard.frame_content_size(packed) > MAX_BYTES:
            raise ArchiveError("a stored page is damaged: impossible size")
        return zstandard.ZstdDecompressor(dict_data=_dictionary(sample)).decompress(packed)
    except zstandard.ZstdError as error:
        raise ArchiveError(f"a stored page is damaged: {error}") from error


def _dictionary(sample: bytes) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(sample, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if sample else None
