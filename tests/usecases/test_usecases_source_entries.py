"""Entries of sources: names from titles, ids from names."""

from __future__ import annotations

import pytest

from crawler.config import Source, Watch
from crawler.usecases.preview import Preview
from crawler.usecases.sources.entries import entry_for, proposed_name


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("The Standard - Breaking News, Kenya News", "https://www.standardmedia.co.ke", "The Standard"),
        ("Latest news | The Guardian", "https://www.theguardian.com/world/rss", "The Guardian"),
        ("BBC News", "https://feeds.bbci.co.uk/news/rss.xml", "BBC News"),
        ("Home", "https://a.org", "Home"),
        ("", "https://a.org", ""),
        ("x" * 200, "https://a.org", "x" * 59 + "…"),
        ("Новости | Медуза", "https://meduza.io", "Новости"),
    ],
)
def test_a_title_gives_a_name(title: str, url: str, name: str):
    assert proposed_name(title, url) == name


def test_an_id_follows_from_the_name_and_is_free():
    known = Watch(sources=(Source(id="the-standard", site="https://other.example"),))
    found = Preview("site", "https://www.standardmedia.co.ke", "The Standard - Kenya", ())
    entry = entry_for(found, known)
    assert (entry["id"], entry["name"]) == ("the-standard-2", "The Standard")
    assert entry_for(found, known, name="Медуза")["id"] == "standardmedia"
    assert "name" not in entry_for(found, known, name="")
