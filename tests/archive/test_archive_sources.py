"""Sources are remembered after they have left the watch file."""

from __future__ import annotations

from datetime import timedelta

from archive_samples import NOW

from crawler.archive import Archive
from crawler.archive.queries.sources import KnownSource, NamedSource

BBC = NamedSource("bbc", "https://bbc.example/", ("world",))
CNN = NamedSource("cnn", "https://cnn.example/feed\x00")
HOUR = timedelta(hours=1)


def test_sources_come_change_go_and_come_back(archive: Archive):
    archive.sources.note([BBC, CNN], NOW)
    archive.sources.note([BBC, CNN], NOW + HOUR)
    bbc = KnownSource("bbc", "https://bbc.example/", ("world",), NOW, None)
    cnn = KnownSource("cnn", "https://cnn.example/feed\ufffd", (), NOW, None)
    assert archive.sources.listed() == [bbc, cnn]
    archive.sources.note([NamedSource("bbc", "https://bbc.example/news", ("a", "b"))], NOW + 2 * HOUR)
    moved = KnownSource("bbc", "https://bbc.example/news", ("a", "b"), NOW, None)
    gone = KnownSource("cnn", cnn.address, (), NOW, NOW + 2 * HOUR)
    assert archive.sources.listed() == [moved, gone]
    archive.sources.note([CNN], NOW + 3 * HOUR)
    assert [one.removed for one in archive.sources.listed()] == [NOW + 3 * HOUR, None]
    archive.sources.note([], NOW + 4 * HOUR)
    assert [one.removed for one in archive.sources.listed()] == [NOW + 3 * HOUR, NOW + 4 * HOUR]
