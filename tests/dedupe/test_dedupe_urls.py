from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.urls import believable_alias, canonical_url, registered_domain, url_key

CANONICAL = [
    ("HTTP://News.Example.COM:80/World", "http://news.example.com/World"),
    ("https://example.com:443", "https://example.com/"),
    ("https://example.com:8443/a", "https://example.com:8443/a"),
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://example.com./a", "https://example.com/a"),
    (" https://example.com/a\n", "https://example.com/a"),
    ("https://example.com/a#comments", "https://example.com/a"),
    ("https://example.com/#!/article/7", "https://example.com/#!/article/7"),
    ("https://example.com/#/article/7", "https://example.com/#/article/7"),
    ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
    ("https://example.com/%7euser/%c3%a9t%C3%A9?q=%e9", "https://example.com/~user/%C3%A9t%C3%A9?q=%E9"),
    ("https://example.com/100%/a b", "https://example.com/100%25/a%20b"),
    ("https://example.com/a/./b/../c//d", "https://example.com/a/c/d"),
    ("https://example.com/../../a/..", "https://example.com/"),
    ("https://web.archive.org/web/2011/http://a.example/b", "https://web.archive.org/web/2011/http://a.example/b"),
    ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
    ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
    # parameters
    ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
    ("https://example.com/a?t=2&t=1", "https://example.com/a?t=2&t=1"),
    ("https://example.com/a?utm_source=x&UTM_Medium=y&id=7&fbclid=z", "https://example.com/a?id=7"),
    ("https://example.com/a?gclid=1&mc_eid=2&at_medium=RSS&at_campaign=KARANGA", "https://example.com/a"),
    ("https://example.com/a?amp;utm_source=x&amp;id=7", "https://example.com/a?id=7"),
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/?p=2895", "https://example.com/?p=2895"),
    ("https://example.com/a?q=a%20b", "https://example.com/a?q=a+b"),
    ("https://example.com/a?ref=homepage&source=rss", "https://example.com/a"),
    ("https://example.com/a?source=58354", "https://example.com/a?source=58354"),
    ("https://example.com/?source=reuters", "https://example.com/?source=reuters"),
    ("https://example.com/a?id=7?utm_source=x", "https://example.com/a?id=7"),
    ("https://www.nytimes.com/a?campaign_id=2&emc=edit_1&instance_id=3", "https://www.nytimes.com/a"),
    (
        "https://example.com/a?campaign_id=2&emc=1&instance_id=3",
        "https://example.com/a?campaign_id=2&emc=1&instance_id=3",
    ),
    ("https://www.dailymail.co.uk/a?ns_mchannel=rss&ico=1490&ito=5", "https://www.dailymail.co.uk/a"),
    # sessions
    ("https://example.com/a.html;jsessionid=B01.2_cid390?x=1", "https://example.com/a.html?x=1"),
    ("https://example.com/(S(abc123def456))/a.aspx", "https://example.com/a.aspx"),
    ("https://example.com/t?s=0123456789abcdef0123&t=9", "https://example.com/t?s=0123456789abcdef0123&t=9"),
    ("https://example.com/t;sid=4711", "https://example.com/t;sid=4711"),
    ("https://example.com/t?CFID=12&CFTOKEN=34&id=7", "https://example.com/t?id=7"),
    ("https://example.com/t?s=economy&PHPSESSID=abc", "https://example.com/t?s=economy"),
    # index pages
    ("https://example.com/world/index.html", "https://example.com/world/"),
    ("https://example.com//index.php?id=30", "https://example.com/?id=30"),
    ("https://example.com/Default.aspx", "https://example.com/"),
    ("https://example.com/index.html/story", "https://example.com/index.html/story"),
    # devices
    ("https://en.m.wikipedia.org/wiki/Iraq", "https://en.wikipedia.org/wiki/Iraq"),
    ("https://m.example.co.uk/a", "https://example.co.uk/a"),
    ("https://amp.example.com/2026/11/a", "https://example.com/2026/11/a"),
    ("https://m.de/a", "https://m.de/a"),
    ("https://example.com/news/a-long-story-4711/amp", "https://example.com/news/a-long-story-4711"),
    ("https://example.com/news/a-long-story/amp/", "https://example.com/news/a-long-story/"),
    ("https://example.com/amp/news/a-long-story", "https://example.com/news/a-long-story"),
    ("https://example.com/a-long-story.amp.html", "https://example.com/a-long-story.html"),
    ("https://example.com/politics/a-long-story.amp", "https://example.com/politics/a-long-story"),
    ("https://example.com/guitars/amp", "https://example.com/guitars/amp"),
    ("https://example.com/a?outputType=amp", "https://example.com/a"),
    ("https://example.com/a?amp", "https://example.com/a"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a-b-c?x=1", "https://www.example.com/a-b-c?x=1"),
    ("https://www.google.com/amp/s/amp.example.com/a-b-c", "https://example.com/a-b-c"),
    ("https://www.google.com/search?q=a", "https://www.google.com/search?q=a"),
    ("https://cdn.ampproject.org.example.com/c/a", "https://cdn.ampproject.org.example.com/c/a"),
    ("https://x.cdn.ampproject.org/", "https://x.cdn.ampproject.org/"),
]


@pytest.mark.parametrize(("url", "expected"), CANONICAL)
def test_canonical_form(url: str, expected: str):
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


BROKEN = [
    "",
    "news.example.com/a",
    "/relative",
    "//example.com/a",
    "ftp://example.com/a",
    "javascript:alert(1)",
    "mailto:a@example.com",
    "http://",
    "http://:80/",
    "http://exa mple.com/",
    "http://example..com/",
    "http://-/",
    "http://a%00b/",
    "http://example.com:99999/",
    "http://example.com:0/",
    "http://example.com:port/",
    "http://[::1/",
    "http://[v1.x]/",
    "http://xn--a.\u0378/",
    "http://example.com/\ud800",
    "http://example.com/" + "a" * 9000,
]


@pytest.mark.parametrize("url", BROKEN)
def test_what_is_no_web_address_is_refused_with_a_reason(url: str):
    with pytest.raises(ValueError, match=r"URL|host|domain|IPv6"):
        canonical_url(url)
    assert not believable_alias("https://example.com/a", url)


PIECES = st.sampled_from(
    [
        "a",
        "2026",
        "story-about-rain",
        "amp",
        "/amp",
        "index.html",
        "..",
        ".",
        "//",
        "%41",
        "%2f",
        "%zz",
        ";",
        "(",
        ")",
        "é",
        "日本",
        "+",
        "&",
        "=",
        "?",
        "#",
        "!",
        "@",
        "m",
        "amp.",
        ".amp",
        "utm_source=x",
        "ref=a",
        "s=0123456789abcdef",
        "id=7",
        ";jsessionid=1",
        "(S(12345678))",
        "http://b.example",
        "%25",
        "%3f",
        "amp;",
    ]
)
HOSTS = st.sampled_from(
    [
        "example.com",
        "m.example.com",
        "www.m.amp.example.co.uk",
        "a.blogspot.com",
        "xn--bcher-kva.example",
        "127.0.0.1",
        "localhost",
        "[::1]",
        "x-example-com.cdn.ampproject.org/c/s/m.example.com",
        "www.google.de/amp/s/example.com",
        "ÉXAMPLE.com",
        "m.s3.m.amazonaws.com",
    ]
)


@given(
    st.sampled_from(["http://", "HTTPS://"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=8),
    st.sampled_from(["", "/"]),
)
def test_canonical_is_idempotent_and_stays_a_url(scheme: str, host: str, port: str, pieces: list[str], glue: str):
    url = f"{scheme}{host}{port if '/' not in host else ''}/{glue.join(pieces)}"
    try:
        canonical = canonical_url(url)
    except ValueError:
        return
    assert canonical_url(canonical) == canonical
    assert canonical.isascii()
    assert urlsplit(canonical).scheme in {"http", "https"}
    assert 0 <= url_key(canonical) < 2**64
    assert registered_domain(canonical)


@given(
    st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from(["/a-{}", "/{}/a", "/?p={}", "/a?id={}&x=1", "/a;{}"])
)
def test_two_articles_never_merge(first: int, second: int, form: str):
    keys = {url_key(canonical_url(f"https://example.com{form.format(number)}")) for number in (first, second)}
    assert len(keys) == len({first, second})


TRACKING = """
utm utm_source utm_pubreferrer mtm mtm_source ga_source ga_place yclid _openstat fb_action_ids fb_ref fbclid
action_object_map gs_l mkt_tok hmb_source gclid srsltid otm_source otm_campaign cmpid os_ehash _ga _gl
__twitter_impression wt_mc wt_zmc wtmc wtzmc wtrid WT.mc_id dclid Echobox spm vn_a vn_source_x tracking_source
ceneo_spo itm_campaign __hsfp __hssc __hstc _hsenc __s hsCtaTracking mc_eid mc_cid mc_tc ml_subscriber
ml_subscriber_hash msclkid oly_anon_id oly_enc_id rb_clickid s_cid vero_conv vero_id wickedid twclid af gaa_at gaa_sig
mibextid _gcl_au trkCampaign et_rid dm_i hss_channel cm_mmc gbraid igsh
"""


@pytest.mark.parametrize("name", TRACKING.split())
@pytest.mark.parametrize("value", ["", "rss", "0123456789abcdef0", "12"])
def test_what_is_only_tracking_goes(name: str, value: str):
    for spelling in (name, name.upper()):
        assert canonical_url(f"https://example.com/?id=7&{spelling}={value}") == "https://example.com/?id=7"
        assert canonical_url(f"https://example.com/a-story?{spelling}={value}") == "https://example.com/a-story"


NUMBERS = """
id sid s session sessionid session_id sess p pid aid cid nid tid kid article articleid article_id artid story storyid
story_id news newsid news_id no num idx seq item key uid guid doc docid post post_id a n t v q c page ref source from
feed mod cmp ad_id campaign_id segment_id instance_id emc rpc taid iref ito ico token_id
"""


@pytest.mark.parametrize("name", NUMBERS.split())
@given(
    st.sampled_from(["{:d}", "{:016x}", "{:032x}", "{:x}0", "N{:d}"]),
    st.lists(st.integers(1, 2**60), min_size=2, max_size=2, unique=True),
    st.sampled_from(["/view.php", "/", "/news/story/"]),
)
def test_what_may_name_an_article_stays(name: str, form: str, numbers: list[int], path: str):
    urls = [f"https://example.com{path}?{name}={form.format(number)}&utm_source=x" for number in numbers]
    assert len({url_key(canonical_url(url)) for url in urls}) == 2


def test_pages_that_differ_stay_apart():
    urls = [
        "https://example.com/",
        "https://example.com/a",
        "https://example.com/A",
        "https://example.com/a?page=2",
        "https://example.com/a/2",
        "https://example.com/a%2Fb",
        "https://example.com/a/b",
        "https://example.com/a.html",
        "https://news.example.com/a",
        "https://example.com:8443/a",
        "https://example.com/view?no=1",
        "https://example.com/view?no=2",
        "https://example.com/?a?b",
        "https://example.com/?a&b",
    ]
    assert len({url_key(canonical_url(url)) for url in urls}) == len(urls)


def test_key_folds_scheme_www_and_trailing_slash_and_is_stable():
    variants = ["http://example.com/a", "https://www.example.com/a/", "https://example.com/a"]
    assert {url_key(canonical_url(url)) for url in variants} == {12358514535292141278}


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://news.bbc.co.uk/a", "bbc.co.uk"),
        ("https://a.blogspot.com/", "a.blogspot.com"),
        ("https://blogspot.com/", "blogspot.com"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://[::1]/", "[::1]"),
        ("http://localhost:8000/", "localhost"),
        ("https://www.bücher.example/", "www.xn--bcher-kva.example"),
        ("https://co.uk/", "co.uk"),
    ],
)
def test_registered_domain(url: str, domain: str):
    assert registered_domain(url) == domain


ARTICLE = "https://www.example.com/world/2026/11/23/minister-resigns/"


@pytest.mark.parametrize(
    ("url", "alias", "believed"),
    [
        (ARTICLE, "https://example.com/world/minister-resigns-4711", True),
        (ARTICLE, "https://news.example.com/a", True),
        (ARTICLE, ARTICLE + "?utm_source=x", True),
        (ARTICLE, "https://www.example.com/?p=4711", True),
        (ARTICLE, "https://other.example.org/world/2026/11/23/minister-resigns/", False),
        (ARTICLE, "https://www.example.com/", False),
        (ARTICLE, "https://www.example.com", False),
        (ARTICLE, "https://www.example.com/en", False),
        (ARTICLE, "https://www.example.com/pt-br/", False),
        (ARTICLE, "https://www.example.com/world/", False),
        (ARTICLE + "2/", ARTICLE, True),
        ("https://a.blogspot.com/2026/11/a.html", "https://b.blogspot.com/2026/11/a.html", False),
        ("https://www.example.com/", "https://example.com/", True),
        ("http://127.0.0.1/a-1", "http://127.0.0.1/a-2", True),
        ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a-b-c", "https://example.com/a-b-c", True),
        ("not a url", ARTICLE, False),
    ],
)
def test_believable_alias(url: str, alias: str, believed: bool):
    assert believable_alias(url, alias) is believed
