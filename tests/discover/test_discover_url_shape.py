from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.url_shape import is_article_url, score_url

ARTICLES = [
    # WordPress, Drupal, Arc, Methode, Escenic, CMS made in house; ids, dates and slugs in every place
    "https://example.com/2026/11/23/minister-resigns/",
    "https://example.com/2026/11/rain/",
    "https://example.com/world/2026/nov/23/rain-in-nairobi",
    "https://example.com/world/africa/minister-resigns-after-long-debate-in-parliament/",
    "https://example.com/minister-resigns-after-long-debate-4711234.html",
    "https://example.com/politics/minister-resigns_12345678",
    "https://example.com/news/articles/c4g9w9v1l8no",
    "https://example.com/news/world-europe-67890123",
    "https://example.com/article/3ab1c9f0-7d1e-4c1b-9a70-0f1e2d3c4b5a",
    "https://example.com/a/65464327",
    "https://example.com/politik/ausland/wahl-in-kenia-a-60a0111a-c2d2-46c8-9e93-b16a374e6ba8",
    "https://example.com/wirtschaft/zinsen-steigen-wieder-deutlich-an-1.7287711",
    "https://example.com/kultur/!5928990/",
    "https://example.com/news/202611230012.html",
    "https://example.com/cnt/dmf20261123_96887132",
    "https://example.com/economy/20261123_rates.html",
    "https://example.com/tv/2026/11/23/new-series-starts-tonight/",
    "https://example.com/columnists/201911181077343476-royal-arrogance/",
    # other scripts
    "https://example.com/новости/2026/11/23/дождь",
    "https://example.com/news/%D0%BC%D0%B8%D0%BD%D0%B8%D1%81%D1%82%D1%80-%D1%83%D1%88%D1%91%D0%BB-%D0%B2-%D0%BE%D1%82%D1%81%D1%82%D0%B0%D0%B2%D0%BA%D1%83-%D0%B2%D1%87%D0%B5%D1%80%D0%B0",
    "https://example.com/政治/内閣改造で新大臣が就任した日本の今後",
    "https://example.com/articles/ASR1234567890.html",
    # ids in the query
    "https://example.com/?p=2895",
    "https://example.com/news_lang.php?ArtNr=335614",
    "https://example.com/view.html?idxno=8576&page=1",
    "https://example.com/news?newsID=c3aa546f-24d3-4b47-9c0c-59db58b2f725",
    "https://example.com/index.php?id=30&tx_ttnews%5Btt_news%5D=477&aid=99",
]

OTHERS = [
    "https://example.com/",
    "https://example.com",
    "https://example.com/world",
    "https://example.com/world/",
    "https://example.com/sport/football",
    "https://example.com/world/middle-east",
    "https://example.com/tag/minister-resigns-after-long-debate",
    "https://example.com/author/ann-writer-of-many-words-here",
    "https://example.com/search?q=minister&id=12345",
    "https://example.com/login?id=12345",
    "https://example.com/about-us/our-team",
    "https://example.com/privacy-policy",
    "https://example.com/page/23456",
    "https://example.com/videos/minister-resigns-after-debate-1234567",
    "https://example.com/gallery/2026-in-pictures-the-best-of-all-of-it",
    "https://example.com/podcasts/the-daily-show-about-the-world-12345",
    "https://example.com/2026/11/23/picture.jpg",
    "https://example.com/files/report-of-the-committee-2026.pdf",
    "https://example.com/feed/",
    "https://example.com/2026/",
    "https://example.com/2026/11/23/feed",
    "https://example.com/?id=x",
    "https://example.com/a?page=2",
    "mailto:ann@example.com",
    "javascript:void(0)",
    "https://[broken",
    "",
]


@pytest.mark.parametrize("url", ARTICLES)
def test_articles(url: str):
    assert is_article_url(url), score_url(url)


@pytest.mark.parametrize("url", OTHERS)
def test_everything_else(url: str):
    assert not is_article_url(url), score_url(url)


def test_a_verdict_says_why():
    assert score_url("https://example.com/2026/11/23/minister-resigns-today/").reasons == (
        "deep path", "date in path", "slug",
    )  # fmt: skip
    assert score_url("https://example.com/tag/x").reasons == ("listing or service: tag",)
    assert score_url("https://example.com/a.pdf").reasons == ("a file",)


@given(st.text(max_size=200))
def test_any_text_has_a_score(text: str):
    for url in (text, "https://example.com/" + text):
        assert 0.0 <= score_url(url).score <= 1.0
