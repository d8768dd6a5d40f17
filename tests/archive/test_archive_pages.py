"""Pages as they came: packed, read back, written as WARC."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta

import pytest
from archive_samples import NOW, make_article
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import Archive, Entry, ItemFilter, Page, Visited
from crawler.archive.files.warc import write_warc
from crawler.archive.queries.pages import MAX_BYTES, PORTION, pack, unpack
from crawler.archive.tables.schema import page_samples, pages
from crawler.errors import ArchiveError

HEADERS = (("Content-Type", "text/html"), ("Set-Cookie", "id=secret"), ("Content-Encoding", "gzip"))


def html(number: int, site: int = 0) -> bytes:
    rng = random.Random(site)
    boilerplate = "".join(f"<li class='c{rng.randint(0, 10**9)}'>{rng.random()}</li>" for _ in range(400))
    return f"<html>{boilerplate}<h1>{number}</h1><p>{random.Random(number).random()}</p></html>".encode()


def page(number: int, host: str = "news.example", **options: object) -> Page:
    values = {"body": html(number), "headers": HEADERS, "status": 200}
    return Page(f"https://{host}/{number}", NOW, **values | options)


@settings(max_examples=60)
@given(st.binary(max_size=3_000), st.binary(max_size=3_000))
def test_what_is_packed_comes_back(body: bytes, sample: bytes):
    assert unpack(pack(body, sample), sample) == body
    assert unpack(pack(body)) == body


def test_damage_is_reported():
    packed = pack(html(1), html(2))
    for broken in (packed[:-5], b"no zstd", packed[:20] + b"\x00" * (len(packed) - 20)):
        with pytest.raises(ArchiveError, match="damaged"):
            unpack(broken, html(2))
    with pytest.raises(ArchiveError, match="damaged"):
        unpack(pack(bytes(MAX_BYTES + 1)))


def test_pages_of_a_site_share_their_boilerplate(archive: Archive):
    archive.store([Entry(make_article(n), pages=(page(n),)) for n in range(30)])
    space = archive.pages.space()
    alone = len(pack(html(0)))
    assert space.pages == 30
    assert space.size == sum(len(html(n)) for n in range(30))
    assert space.packed < 3 * alone, "the boilerplate is stored once"
    (kept,) = archive.pages.of(7)
    assert kept == Page("https://news.example/6", NOW, html(6), 200, HEADERS[:1]), "nothing of the visit itself"
    assert archive.pages.of(99) == ()


def test_a_new_layout_gets_a_sample_of_its_own(archive: Archive):
    for number, site in enumerate([0, 0, 0, 1, 1, 1]):
        archive.store([Entry(make_article(number), pages=(page(number, body=html(number, site)),))])
    with archive._read() as connection:
        assert connection.scalar(select(func.count()).select_from(page_samples)) == 2
        sizes = list(connection.scalars(select(func.length(pages.c.body)).order_by(pages.c.id)))
    assert max(sizes) < 500
    assert [archive.pages.of(n + 1)[0].body for n in range(6)] == [html(n, int(n > 2)) for n in range(6)]


@pytest.mark.parametrize("body", [b"", b"x", "Straße".encode()])
def test_small_and_empty_pages(archive: Archive, body: bytes):
    archive.store([Entry(make_article(n), pages=(page(n, body=body), page(100 + n, body=body))) for n in range(2)])
    assert [one.body for one in archive.pages.of(2)] == [body, body]


def test_hostile_pages_are_stored(archive: Archive):
    headers = (("X\x00", "a\udc80"),)
    archive.store([Entry(make_article(1), pages=(Page("http://[", NOW, b"\x00\xff", 200, headers),))])
    (kept,) = archive.pages.of(1)
    assert kept.body == b"\x00\xff"
    assert kept.headers == (("X\ufffd", "a\ufffd"),)


def test_a_repeat_keeps_the_first_and_a_revision_the_newest(archive: Archive):
    archive.store([Entry(make_article(1), revisit=NOW, pages=(page(1),))])
    archive.store([Entry(make_article(1), pages=(page(2),))])
    assert [one.url for one in archive.pages.of(1)] == ["https://news.example/1"]
    changed = make_article(1, text="other")
    seen = Visited(1, NOW, None, 1, "v", article=changed, changed=("text",), pages=(page(3), page(4)))
    archive.visits.record(seen)
    assert [one.url for one in archive.pages.of(1)] == ["https://news.example/3", "https://news.example/4"]


def test_all_pages_come_in_portions_and_by_filter(archive: Archive):
    total = 2 * PORTION + 3
    entries = [Entry(make_article(n, source=f"s{n % 2}"), pages=(page(n),) if n % 5 else ()) for n in range(total)]
    archive.store(entries)
    every = [kept.article_id for kept in archive.pages.all(ItemFilter())]
    assert every == [n + 1 for n in range(total) if n % 5]
    mine = [kept.article_id for kept in archive.pages.all(ItemFilter(sources=("s1",)))]
    assert mine == [n + 1 for n in range(total) if n % 5 and n % 2]
    assert [kept.article_id for kept in archive.pages.all(ItemFilter(since=NOW - timedelta(minutes=2)))] == [2, 3]


@pytest.mark.parametrize("packed", [True, False])
def test_a_warc_file_is_read_by_others(archive: Archive, packed: bool):
    archive.store([Entry(make_article(n), pages=(page(n, status=200 if n else 299),)) for n in range(3)])
    stream = io.BytesIO()
    assert write_warc(archive.pages.all(ItemFilter()), stream, "Wirewatch/1", packed=packed) == 3
    stream.seek(0)
    records = []
    for record in ArchiveIterator(stream, check_digests=True):
        if record.rec_type == "response":
            records.append((record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read()))
            assert record.rec_headers.get_header("WARC-Date") == f"{NOW.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            assert record.http_headers.get_header("Content-Type") == "text/html"
            assert record.http_headers.get_header("Set-Cookie") is None
        else:
            assert record.rec_type == "warcinfo"
    assert records == [(f"https://news.example/{n}", html(n)) for n in range(3)]
    assert (stream.getvalue()[:2] == b"\x1f\x8b") is packed


def test_times_are_utc(archive: Archive):
    time = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    archive.store([Entry(make_article(1), pages=(Page("https://a.org/", time, b"x"),))])
    assert archive.pages.of(1)[0].fetched == time
