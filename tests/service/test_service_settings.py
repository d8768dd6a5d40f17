"""The settings that each crawl copies."""

from __future__ import annotations

import gc

import pytest
from scrapy.settings import BaseSettings, Settings

from crawler.service.service import settled_heap
from crawler.service.worker.project import CrawlSettings, project_settings


def test_a_copy_is_equal_and_apart():
    first = CrawlSettings.of(project_settings())
    copy = first.copy()
    assert copy.copy_to_dict() == first.copy_to_dict() == project_settings().copy_to_dict()
    assert {name: copy.getpriority(name) for name in copy} == {name: first.getpriority(name) for name in first}
    copy.set("DOWNLOAD_DELAY", 9.0, priority="spider")
    copy["ITEM_PIPELINES"]["x.Y"] = 1
    copy.set("DOWNLOAD_HANDLERS", {"http": "z"}, priority="spider")
    copy.freeze()
    assert (first["DOWNLOAD_DELAY"], "x.Y" in first["ITEM_PIPELINES"], first.frozen) == (1.0, False, False)
    assert first.getdict("DOWNLOAD_HANDLERS") == project_settings().getdict("DOWNLOAD_HANDLERS")
    with pytest.raises(TypeError):
        copy.set("DOWNLOAD_DELAY", 1)


@pytest.mark.parametrize("value", [{"a": [1]}, [1, 2], {1, 2}, BaseSettings({"a": 1}), "text", 3, None])
def test_every_kind_of_value_is_kept(value: object):
    copy = CrawlSettings.of(Settings({"X": value})).copy()
    assert copy["X"] == value


def test_the_heap_is_as_it_was_in_the_end():
    before = gc.get_threshold()
    with settled_heap():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
