"""The packed part of PostgreSQL's index, and an index that is made anew while others write."""

from __future__ import annotations

import random

import pytest
from archive_samples import NOW, make_article
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from crawler.archive import Archive, Entry, Visited
from crawler.archive.maintenance.vacuum import vacuum
from crawler.archive.search import blocks, fulltext, postings, reindex
from crawler.archive.search.postings import BLOCK, Unpacked, pack
from crawler.rules import Matcher, RuleSpec, compile_rule

WORDS = st.text("abz0_大é", min_size=1, max_size=6)


@given(
    st.dictionaries(WORDS, st.sets(st.integers(0, BLOCK - 1), min_size=1), max_size=30),
    st.integers(0, 1 << 40),
    st.sampled_from([1, 40, 16_384]),
)
def test_what_was_packed_is_unpacked(words: dict[str, set[int]], block: int, size: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_PIECE", size)
        pieces = list(pack({word: [block * BLOCK + place for place in places] for word, places in words.items()}))
    assert [piece.first for piece in pieces] == sorted(piece.first for piece in pieces)
    unpacked = [Unpacked(block, piece.body) for piece in pieces]
    found = {word: ids for piece in unpacked for word, ids in piece.all()}
    assert found == {word: sorted(block * BLOCK + place for place in places) for word, places in words.items()}
    for start in ("a", "大", "é0", "zz", *words):
        with_start = [ids for piece in unpacked for ids in piece.ids_of_prefix(start)]
        assert sorted(with_start) == sorted(id_ for word in found if word.startswith(start) for id_ in found[word])
        assert [ids for piece in unpacked if (ids := piece.ids(start))] == ([found[start]] if start in found else [])


def test_a_typical_block_takes_little_space():
    rng = random.Random(1)
    words: dict[str, set[int]] = {}
    for number in range(BLOCK):
        for _ in range(100):
            words.setdefault(f"w{int(rng.paretovariate(0.5)) % 50_000}", set()).add(number)
    count = sum(map(len, words.values()))
    assert sum(len(piece.body) for piece in pack(words)) < 1.5 * count, "1.5 bytes for a word of an article"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postings, blocks, reindex):
        monkeypatch.setattr(module, "BLOCK", 8)
    monkeypatch.setattr(blocks, "DUE", 2)
    monkeypatch.setattr(reindex, "PORTION", 7)


def ids(archive: Archive, query: str) -> list[int]:
    return sorted(row.id for row, _ in archive.search(Matcher([compile_rule(RuleSpec("q", query))])))


def fresh(archive: Archive) -> int:
    return int(archive.read(lambda connection: connection.scalar(text("SELECT count(*) FROM article_words"))) or 0)


def revise(archive: Archive, number: int, words: str) -> None:
    row = archive.article(number)
    assert row is not None
    changed = make_article(number - 1, text=words)
    archive.visits.record(Visited(number, NOW, None, 1, version=words, article=changed, changed=("text",)))


def fill(archive: Archive, count: int) -> None:
    start = archive.last_id()
    some = [make_article(number, text=f"rocket number{number + 1}") for number in range(start, start + count)]
    archive.store([Entry(article, revisit=NOW) for article in some])


@pytest.mark.usefixtures("small_blocks")
def test_whole_blocks_leave_gin_and_take_later_changes_up(archive: Archive):
    fill(archive, 30)
    done = sum(iter(archive.maintain_index, 0))
    packs = archive.read(lambda connection: connection.dialect.name) == "postgresql"
    assert done == (23 if packs else 0), "ids 1 to 23, the last block is not whole"
    assert ids(archive, "rocket") == list(range(1, 31))
    revise(archive, 3, "zeppelin")
    assert archive.maintain_index() == 0, "one change is left where it is"
    assert (ids(archive, "zeppelin"), ids(archive, "number3")) == ([3], [])
    revise(archive, 4, "zeppelin")
    assert archive.maintain_index() == (2 if packs else 0)
    assert (ids(archive, "zeppelin"), ids(archive, "number2"), ids(archive, "number4")) == ([3, 4], [2], [])
    if packs:
        assert fresh(archive) == 7


@pytest.mark.usefixtures("small_blocks")
def test_what_is_changed_while_it_is_packed_stays_in_gin(archive: Archive):
    if archive.read(lambda connection: connection.dialect.name) == "sqlite":
        return
    fill(archive, 20)
    with archive._engine.connect() as connection:
        block = blocks.due(connection)
        assert block == 1
        seen = blocks.Fresh(connection, block)
    revise(archive, 9, "zeppelin")
    assert archive.write(seen.pack) == 7
    assert (ids(archive, "zeppelin"), ids(archive, "rocket")) == ([9], [n for n in range(1, 21) if n != 9])


@pytest.mark.usefixtures("small_blocks")
def test_a_new_index_is_right_at_any_time(archive: Archive):
    fill(archive, 30)
    archive.write(reindex.begin)
    stored, done = 30, 0
    while some := archive.maintain_index():
        done += some
        assert ids(archive, "rocket") == list(range(1, stored + 1)), "articles that are not in it are looked at"
        assert ids(archive, "number2 OR number29") == [2, 29]
        fill(archive, 1)  # others write
        stored += 1
        revise(archive, 5, f"rocket zeppelin{stored}")
        assert ids(archive, f"zeppelin{stored}") == [5]
    assert done >= 30
    assert archive.read(reindex.left) == 0
    assert archive.maintain_index() == 0


@pytest.mark.usefixtures("small_blocks")
def test_two_that_fill_an_index_do_each_portion_once(archive: Archive):
    fill(archive, 12)
    archive.write(reindex.begin)
    portion = reindex.Portion(archive._engine, archive.read(reindex.left))
    archive.maintain_index()
    assert archive.write(portion.write) == 0
    assert sum(iter(archive.maintain_index, 0)) < 12
    assert ids(archive, "rocket") == list(range(1, 13))


def test_a_large_archive_of_other_words_opens_at_once_and_is_filled_later(
    archive: Archive, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    fill(archive, 10)
    archive.write(lambda connection: connection.execute(text("UPDATE meta SET value = '1' WHERE key = 'words'")))
    monkeypatch.setattr(reindex, "MANY", 5)
    with Archive.open(database_url) as other:
        assert other.read(reindex.left) == 10
        assert "rebuilding the search index of 10 articles" in caplog.text
        assert ids(other, "number3") == [3]
    monkeypatch.setattr(reindex, "MANY", 20)
    with Archive.open(database_url) as other:
        assert other.read(reindex.left) == 0, "few are done when it is opened"
        assert ids(other, "number3") == [3]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("reindex", [False, True])
def test_vacuum_forgets_blocks_that_are_gone(archive: Archive, reindex: bool):
    fill(archive, 30)
    while archive.maintain_index():
        pass
    gone = "DELETE FROM articles WHERE id < 12"
    archive.write(lambda connection: connection.execute(text(gone)))
    assert ids(archive, "rocket") == list(range(12, 31))
    vacuum(archive, reindex=reindex)
    assert ids(archive, "rocket") == list(range(12, 31))
    if archive.read(lambda connection: connection.dialect.name) == "postgresql":
        kept = archive.read(
            lambda connection: connection.scalars(text("SELECT DISTINCT block FROM article_postings")).all()
        )
        assert sorted(kept) == ([1, 2, 3] if reindex else [1, 2])


def test_a_query_without_a_packed_block_reads_only_gin(archive: Archive):
    fill(archive, 3)
    with archive._engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            prefilter = fulltext.Word("rocket")
            assert blocks.ids(connection, prefilter, 1, fulltext.LAST, size=5, newest=True) == []
    assert ids(archive, "rocket") == [1, 2, 3]
