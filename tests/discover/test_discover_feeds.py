from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.discover.feeds import read_feed
from crawler.discover.feeds.text import MAX_BYTES, MAX_ENTRIES
from crawler.discover.listing import Feed
from crawler.errors import FeedError
from crawler.items import Candidate

URL = "https://news.example.com/feeds/world"
SEVEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def rss(items: str, channel: str = "<title>World</title>", root: str = '<rss version="2.0">') -> bytes:
    return f"<?xml version='1.0'?>{root}<channel>{channel}{items}</channel></rss>".encode()


def item(number: int = 1, extra: str = "") -> str:
    return f"<item><title>Story {number}</title><link>https://news.example.com/{number}</link>{extra}</item>"


def only(body: bytes, content_type: str = "") -> Candidate:
    (candidate,) = read_feed(body, URL, content_type).candidates
    return candidate


def test_rss_2_with_everything():
    feed = read_feed(
        rss(
            "<item><title><![CDATA[Rain &amp; <b>storm</b>]]></title><link>https://news.example.com/2026/rain</link>"
            "<guid isPermaLink='false'>4711</guid><pubDate>Mon, 23 Nov 2026 09:00:00 +0200</pubDate>"
            "<description>&lt;p&gt;It &lt;i&gt;rained&lt;/i&gt;.&lt;script&gt;x()&lt;/script&gt;</description>"
            "<category>Weather</category><category>Weather</category><category>Kenya</category>"
            "<dc:creator>Ann Writer</dc:creator></item>",
            "<title>World &amp; more</title><link>https://news.example.com/</link><language>en-gb</language>"
            "<ttl>15</ttl><lastBuildDate>Mon, 23 Nov 2026 07:00:00 GMT</lastBuildDate>"
            '<atom:link rel="self" href="https://news.example.com/feeds/world.xml"/>'
            '<atom:link rel="hub" href="https://hub.example.net/"/>',
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">',
        ),
        URL,
    )
    expected = Candidate(
        url="https://news.example.com/2026/rain",
        title="Rain & storm",
        published=SEVEN,
        summary="It rained .",
        language="en-gb",
        tags=("Weather", "Kenya"),
        authors=("Ann Writer",),
        listed_in=URL,
        guid="4711",
    )
    assert feed == Feed(
        title="World & more",
        candidates=(expected,),
        language="en-gb",
        ttl_s=900,
        updated=SEVEN,
        hub="https://hub.example.net/",
        self_url="https://news.example.com/feeds/world.xml",
        site_url="https://news.example.com/",
        kind="rss20",
        entries=1,
    )


def test_atom_keeps_change_apart_from_publication_and_resolves_against_xml_base():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example.org/posts/" xml:lang="de">
      <title type="html">Caf&amp;eacute; &lt;b&gt;Blog&lt;/b&gt;</title><link rel="hub" href="/hub"/>
      <entry><title>Eins</title><link rel="enclosure" href="a.mp3" type="audio/mpeg"/><link href="eins"/><id>tag:1</id>
        <published>2026-11-23T07:00:00Z</published><updated>2026-11-24T07:00:00Z</updated>
        <author><name>Ute</name><email>ute@example.org</email></author><author><name>Jan</name></author>
        <category term="x" label="Wetter"/><summary>Kurz</summary></entry>
      <entry xml:base="/other/"><title>Zwei</title><link href="zwei"/><updated>2026-11-23T07:00:00Z</updated></entry>
    </feed>"""
    feed = read_feed(body, URL)
    first, second = feed.candidates
    assert (feed.title, feed.language, feed.kind, feed.hub) == (
        "Café Blog", "de", "atom10", "https://blog.example.org/hub",
    )  # fmt: skip
    assert (first.url, first.published, first.modified) == (
        "https://blog.example.org/posts/eins",
        SEVEN,
        datetime(2026, 11, 24, 7, tzinfo=UTC),
    )
    assert (first.authors, first.tags, first.summary) == (("Ute", "Jan"), ("Wetter",), "Kurz")
    assert (second.url, second.published, second.modified) == ("https://blog.example.org/other/zwei", None, SEVEN)


def test_rdf():
    body = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
      xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
      <channel rdf:about="https://news.example.com/"><title>RDF</title><sy:updatePeriod>hourly</sy:updatePeriod>
      <sy:updateFrequency>2</sy:updateFrequency></channel>
      <item rdf:about="https://news.example.com/1"><title>One</title><link>https://news.example.com/1</link>
      <dc:date>2026-11-23T16:00:00+09:00</dc:date></item></rdf:RDF>"""
    feed = read_feed(body, URL)
    assert (feed.kind, feed.ttl_s, feed.candidates[0].published) == ("rss10", 1800, SEVEN)


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ('<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.example/rss.dtd"><rss version="0.91">',
         "rss091u"),
        ('<rss version="0.92">', "rss092"),
        ("<rss>", "rss"),
        ("<RSS version='2.0'>", "rss20"),
    ],
)  # fmt: skip
def test_old_rss_versions(root: str, kind: str):
    feed = read_feed(rss(item(), root=root).replace(b"<?xml version='1.0'?>", b""), URL)
    assert (feed.kind, len(feed.candidates)) == (kind, 1)


BROKEN = {
    "bare ampersands": (rss("<item><title>Tom & Jerry</title><link>https://a.example/?a=1&b=2</link></item>"),
                        "Tom & Jerry", "https://a.example/?a=1&b=2"),
    "HTML in the title": (rss("<item><title>One <br> two</title><link>https://a.example/1</link></item>"),
                          "One two", "https://a.example/1"),
    "HTML entities": (rss("<item><title>Caf&eacute;&nbsp;au lait</title><link>https://a.example/1</link></item>"),
                      "Café au lait", "https://a.example/1"),
    "torn off": (rss(item() + "<item><title>To")[:-30], "Story 1", "https://news.example.com/1"),
    "NULs and control characters": (rss(item()).replace(b"Story", b"St\x00o\x0br\x1by"), "Story 1",
                                    "https://news.example.com/1"),
    "warnings before it": (b"\n <br />\n<b>Warning</b>: x in y.php\n" + rss(item()), "Story 1",
                           "https://news.example.com/1"),
    "a byte order mark": (b"\xef\xbb\xbf\n" + rss(item()), "Story 1", "https://news.example.com/1"),
    "an undeclared prefix": (rss(item(extra="<media:thumbnail url='x'/>")), "Story 1", "https://news.example.com/1"),
    "a relative link": (rss("<item><title>R</title><link>../r?x=1</link></item>"), "R", "https://news.example.com/r?x=1"),
    "a guid instead": (rss("<item><title>G</title><guid>https://a.example/g</guid></item>"), "G", "https://a.example/g"),
    "an Atom link in RSS": (rss('<item><title>A</title><atom:link href="https://a.example/a"/></item>',
                                root='<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'),
                            "A", "https://a.example/a"),
    "space in a link": (rss("<item><title>S</title><link>\n  https://a.example/s\n</link></item>"), "S",
                        "https://a.example/s"),
    "a Google Alert": (rss("<item><title>A</title><link>https://www.google.com/url?sa=t&amp;url=https://a.example/x%3Fy%3D1"
                           "&amp;ct=ga</link></item>"), "A", "https://a.example/x?y=1"),
    "FeedBurner's original link": (
        rss("<item><title>F</title><link>https://feedproxy.google.com/~r/x</link>"
            "<feedburner:origLink>https://a.example/f</feedburner:origLink></item>",
            root='<rss version="2.0" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">'),
        "F", "https://a.example/f"),
    "an unclosed CDATA section": (rss(item() + "<item><title><![CDATA[never"), "Story 1", "https://news.example.com/1"),
    "comments": (rss("<!-- <item> -->" + item() + "<!-- never"), "Story 1", "https://news.example.com/1"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_publishers_get_wrong(name: str):
    body, title, url = BROKEN[name]
    candidate = only(body)
    assert (candidate.title, candidate.url) == (title, url)


TITLE = {
    "ru": "Новости дня: дождь",
    "zh": "中国新闻网站今日报道",
    "fr": "Été, déjà là",
    "tw": "中國新聞網站今日報導",
    "ja": "今日のニュース",
}


@pytest.mark.parametrize(
    ("title", "actual", "declared", "content_type"),
    [
        (TITLE["ru"], "utf-8", "", ""),
        (TITLE["ru"], "windows-1251", "windows-1251", ""),
        (TITLE["ru"], "windows-1251", "", "text/xml; charset=windows-1251"),
        (TITLE["ru"], "utf-8", "windows-1251", ""),
        (TITLE["ru"], "utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        (TITLE["ru"], "koi8-r", "koi8-r", "text/xml; charset=utf-8"),
        (TITLE["zh"], "gb18030", "gb2312", ""),
        (TITLE["tw"], "big5", "big5", ""),
        (TITLE["zh"], "utf-16", "utf-16", ""),
        (TITLE["zh"], "utf-16-be", "utf-16", ""),
        (TITLE["zh"], "utf-16-le", "utf-16", ""),
        (TITLE["zh"], "utf-32", "utf-32", ""),
        (TITLE["ja"], "iso-2022-jp", "iso-2022-jp", ""),
        (TITLE["ja"], "shift_jis", "Shift_JIS", ""),
        (TITLE["fr"], "latin-1", "utf-8", ""),
        (TITLE["fr"], "latin-1", "", ""),
        (TITLE["fr"], "utf-8", "no-such-charset", "text/xml; charset=garbage"),
        (TITLE["fr"], "cp1252", "iso-8859-1", "text/xml"),
    ],
)
def test_charsets_declared_rightly_wrongly_and_not_at_all(title: str, actual: str, declared: str, content_type: str):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    text = (
        f'{declaration}<rss version="2.0"><channel><item><title>{title}</title><link>/1</link></item></channel></rss>'
    )
    assert only(text.encode(actual), content_type).title == title


def test_a_few_damaged_bytes_do_not_change_the_charset_of_the_rest():
    body = rss(f"<item><title>{TITLE['ru']}</title><link>/1</link></item>").replace("дня".encode(), b"\xd0\xff\xd0\xbd")
    assert only(body).title.startswith("Новости ")


def test_undeclared_cyrillic_is_guessed():
    summary = "Сегодня шёл сильный дождь. " * 20
    text = f"<item><title>{TITLE['ru']}</title><link>/1</link><description>{summary}</description></item>"
    body = rss(text).decode().encode("windows-1251")
    assert only(body).title == TITLE["ru"]


def test_repeated_entries_are_left_out_but_counted():
    items = (
        item(1),
        item(1, "<pubDate>x</pubDate>"),
        item(1).replace("/1<", "/1?utm_source=rss<"),
        "<item><link>javascript:alert(1)</link></item>",
        "<item><link>mailto:a@example.com</link></item>",
        "<item/>",
        item(2),
    )
    feed = read_feed(rss("".join(items)), URL)
    assert [candidate.url for candidate in feed.candidates] == [
        "https://news.example.com/1",
        "https://news.example.com/2",
    ]
    assert (feed.entries, feed.unusable) == (7, "3 entries without a link, a title or a text")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 07:00:00", SEVEN),
        ("2026-11-23T07:00:00", SEVEN),
        ("Mon, 23 Nov 2026 08:00:00 CET", SEVEN),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 00:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates(date: str, expected: datetime | None):
    assert only(rss(item(extra=f"<pubDate>{date}</pubDate>"))).published == expected


@pytest.mark.parametrize(
    ("channel", "ttl_s"),
    [
        ("<ttl>60</ttl>", 3600),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", 604_800),
        ("<ttl>1</ttl>", 60),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1000000</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ],
)
def test_how_long_the_publisher_wants_it_cached(channel: str, ttl_s: int | None):
    root = '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
    assert read_feed(rss(item(), channel, root), URL).ttl_s == ttl_s


def test_podcasts_are_recognised_and_news_with_a_few_sounds_are_not():
    sound = '<enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="1"/>'
    assert read_feed(rss("".join(item(number, sound) for number in range(5))), URL).podcast
    assert not read_feed(rss(item(0, sound) + "".join(item(number) for number in range(1, 5))), URL).podcast


NOT_FEEDS = [
    (b"", "empty"),
    (b" \n\xef\xbb\xbf", "empty"),
    (b"<!DOCTYPE html><html><head><title>404</title></head><body><p>gone</html>", "HTML"),
    (b"<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>\n<head><title>x</title>", "HTML"),
    (b"<html><body><a href='/rss'>our <rss> feeds</a></body></html>", "HTML"),
    (b'<urlset xmlns="x"><url><loc>https://a.example/</loc></url></urlset>', "sitemap"),
    (b"<sitemapindex></sitemapindex>", "sitemap index"),
    (b"<opml version='2.0'></opml>", "OPML"),
    (b"<note>hello</note>", "<note> is not"),
    (b"plain words", "not XML"),
    (b"\x1f\x8b\x08\x00binary", "not XML"),
    (b"\x00" * 1000, "empty"),
    (b'{"items": 1}', "no JSON Feed"),
    (b"{broken", "broken JSON"),
    (b"<rss" + b"a" * 100, "not XML|is not"),
]


@pytest.mark.parametrize(("body", "reason"), NOT_FEEDS)
def test_what_is_no_feed_is_refused_with_the_reason(body: bytes, reason: str):
    with pytest.raises(FeedError, match=reason) as caught:
        read_feed(body, URL)
    assert caught.value.subject == URL


def test_over_50_megabytes_is_refused():
    for body in (b"<rss>" + b" " * MAX_BYTES, b'{"items":[' + b" " * MAX_BYTES):
        with pytest.raises(FeedError, match="more than"):
            read_feed(body, URL)


def test_entities_are_neither_expanded_nor_fetched():
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    dtd = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{declared}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = rss("<item><title>&l11; &f; end</title><link>https://a.example/1</link></item>")
    title = only(body.replace(b"<rss", dtd.encode() + b"<rss", 1)).title
    assert title.endswith("end")
    assert "lol" not in title
    assert "root:" not in title


@pytest.mark.slow
def test_at_most_5000_entries_and_the_newest_first():
    feed = read_feed(rss("".join(item(number) for number in range(MAX_ENTRIES + 500))), URL)
    assert len(feed.candidates) == MAX_ENTRIES
    assert feed.candidates[0].url == "https://news.example.com/0"


def test_long_texts_are_cut():
    summary = f"<description><![CDATA[<p>{'&amp; ' * 9000}]]></description>"
    long = rss(f"<item><title>{'word ' * 5000}</title><link>/1</link>{summary}</item>")
    candidate = only(long)
    assert len(candidate.title) == 500
    assert len(candidate.summary) <= 2000


def test_what_is_not_read_is_left_out_without_losing_entries():
    picture = '<media:group><media:content url="https://a.example/1.jpg"><media:credit>X</media:credit></media:content>'
    items = (
        item(1, "<content:encoded><![CDATA[</p> the <b>whole</b> article]]></content:encoded><slash:comments/>"),
        item(2, picture + "</media:group>"),
        item(3, "<media:thumbnail url='never closed'>"),
        item(4, "<media:thumbnail url='closed'></media:thumbnail>"),
        item(5, picture),
        item(6),
    )
    feed = read_feed(rss("".join(items)), URL)
    assert [candidate.title for candidate in feed.candidates] == [f"Story {number}" for number in range(1, 7)]
    assert {candidate.summary for candidate in feed.candidates} == {""}


HOSTILE = {
    "media that are never closed": b"".join(b"<media:a%d>" % number for number in range(60_000)),
    "nested tags": b"<a>" * 60_000,
    "open quotes": b'<a b="' * 100_000,
    "open comments": b"<!--" * 100_000,
    "open CDATA": b"<![CDATA[" * 100_000,
    "doctypes": b"<!DOCTYPE x [" * 50_000,
    "ampersands": b"&" * 1_000_000,
    "long author": b"<author>" + b"a" * 2_000_000 + b"</author>",
    "many words in an author": b"<author>" + (b"a" * 290 + b" ") * 5_000 + b"</author>",
    "scripts": b"<description>" + b"&lt;script" * 100_000 + b"</description>",
    "less-than signs": b"<" * 500_000,
    "processing instructions": b"<?" * 200_000,
    "digits in a date": b"<pubDate>" + b"1" * 1_000_000 + b"</pubDate>",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_ends_in_bounded_time(name: str):
    with within(15):
        feed = read_feed(rss(item(1) + "<item>@@@</item>" + item(2)).replace(b"@@@", HOSTILE[name]), URL)
    assert feed.candidates[0].url == "https://news.example.com/1"


@given(st.binary(max_size=300), st.integers(0, 200))
def test_garbage_gives_a_feed_or_a_feed_error(junk: bytes, place: int):
    whole = rss(item(1, "<pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate>"))
    for body in (junk, whole[:place] + junk + whole[place:]):
        try:
            feed = read_feed(body, URL)
        except FeedError:
            continue
        assert all(candidate.url.startswith("http") for candidate in feed.candidates)


def test_json_feed():
    body = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "JSON &amp; more", "language": "en",
      "home_page_url": "https://news.example.com/", "feed_url": "https://news.example.com/feed.json",
      "hubs": [{"type": "rssCloud", "url": "https://x.example/"}, {"type": "WebSub", "url": "https://hub.example.net/"}],
      "items": [
       {"id": "1", "url": "/1", "title": "One", "content_html": "<p>Text <b>bold</b></p>", "tags": ["a", 7, "a"],
        "date_published": "2026-11-23T09:00:00+02:00", "date_modified": "2026-11-23T07:00:00Z",
        "authors": [{"name": "Ann"}, "x"], "language": "sw"},
       {"id": "https://news.example.com/2", "author": {"name": "Bob"}, "summary": "S", "content_text": "T"},
       {"id": "3", "external_url": "https://other.example/3"}, {"id": "4"}, 5, {"url": ["x"], "attachments": 1}]}"""
    feed = read_feed(body, URL)
    first, second, third = feed.candidates
    assert (feed.title, feed.kind, feed.language, feed.hub) == ("JSON & more", "json", "en", "https://hub.example.net/")
    assert (feed.self_url, feed.site_url) == ("https://news.example.com/feed.json", "https://news.example.com/")
    assert first == Candidate(
        "https://news.example.com/1", "One", SEVEN, SEVEN, "Text bold", "sw", ("a",), ("Ann",), URL, guid="1"
    )
    assert (second.url, second.summary, second.authors) == ("https://news.example.com/2", "S", ("Bob",))
    assert third.url == "https://other.example/3"
    assert feed.entries == 5


def test_json_podcast_and_deep_json():
    sound = b'{"version":"x","items":[{"url":"/1","attachments":[{"mime_type":"audio/mpeg"}]}]}'
    assert read_feed(sound, URL).podcast
    with pytest.raises(FeedError, match="broken JSON"):
        read_feed(b'{"items":' + b"[" * 100_000, URL)


@pytest.mark.parametrize(
    ("language", "written", "expected", "uncertain"),
    [
        ("fr", "mar., 24 nov. 2026 08:00:00 +0100", datetime(2026, 11, 24, 7, tzinfo=UTC), False),
        ("ro", "mar, 24 noiembrie 2026 09:00:00 +0200", datetime(2026, 11, 24, 7, tzinfo=UTC), False),
        ("ko", "2026년 11월 24일 오후 4:00 KST", datetime(2026, 11, 24, 7, tzinfo=UTC), False),
        ("de", "03/04/2026 09:00 +0200", datetime(2026, 4, 3, 7, tzinfo=UTC), False),
        ("en-US", "03/04/2026 02:00 EST", datetime(2026, 3, 4, 7, tzinfo=UTC), False),
        ("en", "03/04/2026 02:00 EST", None, False),
        ("en", "2026-11-24T07:00:00", datetime(2026, 11, 24, 7, tzinfo=UTC), True),
    ],
)
def test_dates_are_read_in_the_feeds_language(
    language: str, written: str, expected: datetime | None, *, uncertain: bool
):
    item = f"<item><title>A</title><link>https://a.example/1</link><pubDate>{written}</pubDate></item>"
    body = f'<rss version="2.0"><channel><language>{language}</language>{item}</channel></rss>'
    (candidate,) = read_feed(body.encode(), "https://a.example/feed").candidates
    assert (candidate.published, candidate.published_uncertain) == (expected, uncertain)


def test_a_json_feed_may_count_seconds():
    item = '{"id": "1", "url": "/1", "date_published": 1795503600}'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}'
    (candidate,) = read_feed(body.encode(), "https://a.example/feed.json").candidates
    assert candidate.published == datetime(2026, 11, 24, 7, tzinfo=UTC)
