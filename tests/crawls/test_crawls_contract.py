"""What components read from spiders, and what travels with an article from its spider to the archive."""

from __future__ import annotations

from types import SimpleNamespace

from scrapy import Spider

from crawler.config import parse_watch
from crawler.dedupe.urls import url_key
from crawler.extensions.contract import SpiderContract
from crawler.extensions.items import ArticleItem
from crawler.items import Article
from crawler.spiders.article import PageSpider
from crawler.spiders.news import NewsSpider
from crawler.spiders.revisit import RevisitSpider

SOURCE = parse_watch("sources: [{id: a, feed: 'http://10.0.0.1/f', private: true}]", {}, subject="watch.yaml").sources[
    0
]


def of(spider: Spider) -> SpiderContract:
    return SpiderContract.of(SimpleNamespace(spider=spider))


def test_a_spider_that_is_not_ours_has_the_defaults():
    found = of(Spider("shell"))
    assert (found.source, found.runtime, found.task, found.config_error) == (None, None, "", None)
    assert (found.run_prefix, found.keeps_history, found.inside) == ("", True, frozenset())


def test_our_spiders_say_how_their_runs_are_recorded():
    found = {spider.name: (of(spider()).run_prefix, of(spider()).keeps_history) for spider in (NewsSpider, PageSpider)}
    assert found == {"news": ("", True), "page": ("fetch:", True)}
    assert not of(RevisitSpider()).keeps_history


def test_a_crawl_may_reach_the_private_hosts_of_its_source_or_of_its_address():
    spider = NewsSpider(url="http://10.0.0.2/")
    assert of(spider).inside == {"10.0.0.2"}
    spider.source = SOURCE
    assert of(spider).inside == SOURCE.private_network_hosts == {"10.0.0.1"}
    assert of(NewsSpider(url="https://example.org/")).inside == frozenset()


def test_an_article_is_seen_under_its_canonical_address_and_all_that_led_to_it():
    article = Article("https://example.org/a?x=1", "T", "text", canonical_url="https://example.org/a")
    own = url_key("https://example.org/a")
    assert ArticleItem(article).keys == {own}
    assert ArticleItem(article, aliases=frozenset({1, 2})).keys == {1, 2, own}
