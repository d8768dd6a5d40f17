"""Which charset a document is in: sentences of many languages, declared rightly, wrongly and not at all."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.feeds import read_feed
from crawler.discover.feeds.json_feed import read_json_feed
from crawler.discover.sitemaps import read_sitemap
from crawler.discover.sitemaps.compressed import inflate
from crawler.extract import examine
from crawler.text.charset import charset_of, decode

SENTENCES = {
    "ru": "Речной порт открыл навигацию на две недели раньше, чем в прошлом году, сообщил капитан.",
    "uk": "Річковий порт відкрив навігацію на два тижні раніше, ніж торік, повідомив його капітан.",
    "bg": "Речното пристанище откри навигацията две седмици по-рано, отколкото миналата година.",
    "el": "Το λιμάνι του ποταμού άνοιξε δύο εβδομάδες νωρίτερα από πέρυσι, είπε ο λιμενάρχης.",
    "tr": "Nehir limanı geçen yıla göre iki hafta önce açıldı; kaptan, buzların eridiğini söyledi.",
    "ar": "افتتح الميناء النهري موسم الملاحة قبل أسبوعين من موعده في العام الماضي كما قال القبطان",
    "he": "נמל הנהר נפתח שבועיים מוקדם יותר מאשר בשנה שעברה, כך מסר אתמול רב החובל",
    "th": "ท่าเรือแม่น้ำเปิดเร็วกว่าปีที่แล้วสองสัปดาห์ กัปตันบอกกับผู้สื่อข่าวเมื่อวานนี้",
    "ja": "川の港は昨年より二週間早く開いたと港長が記者に話した。フェリーは来週から動く。",
    "ko": "강의 항구가 작년보다 두 주 일찍 문을 열었다고 항만장이 기자들에게 말했다.",
    "zh": "河港比去年提前两个星期开放，港务局长昨天对记者说，渡轮将从下星期开始运行。",
    "zh-tw": "河港比去年提前兩個星期開放，港務局長昨天對記者說，渡輪將從下星期開始運行。",
    "pl": "Port rzeczny otwarto dwa tygodnie wcześniej niż w zeszłym roku, mówił kapitan żeglugi.",
    "cs": "Říční přístav otevřeli o dva týdny dříve než loni, řekl včera novinářům kapitán přístavu.",
    "hu": "A folyami kikötő két héttel korábban nyílt meg, mint tavaly, mondta a kikötő kapitánya.",
    "fr": "Le port fluvial a ouvert deux semaines plus tôt que l'été dernier, a déclaré le préfet.",
    "lv": "Upes osta atvērta divas nedēļas agrāk nekā pērn, vakar žurnālistiem teica ostas kapteinis.",
}
CHARSETS = [
    ("ru", "cp1251"),
    ("ru", "koi8-r"),
    ("ru", "cp866"),
    ("ru", "iso8859-5"),
    ("uk", "cp1251"),
    ("uk", "koi8-u"),
    ("bg", "cp1251"),
    ("el", "cp1253"),
    ("el", "iso8859-7"),
    ("tr", "cp1254"),
    ("ar", "cp1256"),
    ("ar", "iso8859-6"),
    ("he", "cp1255"),
    ("th", "cp874"),
    ("ja", "cp932"),
    ("ja", "euc_jp"),
    ("ja", "iso2022_jp"),
    ("ko", "cp949"),
    ("zh", "gb18030"),
    ("zh-tw", "big5hkscs"),
    ("pl", "cp1250"),
    ("pl", "iso8859-2"),
    ("cs", "cp1250"),
    ("cs", "iso8859-2"),
    ("hu", "cp1250"),
    ("fr", "cp1252"),
    ("lv", "cp1257"),
]
SITE = "https://news.example.org/a"
FEED = """{declaration}<rss version="2.0"><channel><title>News</title><link>https://news.example.org/</link>
<item><title>{title}</title><link>https://news.example.org/a-1</link><description>{text}</description></item>
</channel></rss>"""


@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "right", "no-such-charset"])
@pytest.mark.parametrize(("language", "charset"), CHARSETS)
def test_a_feed_is_read_whatever_it_declares(language: str, charset: str, declared: str) -> None:
    sentence = SENTENCES[language]
    label = charset if declared == "right" else declared
    declaration = f'<?xml version="1.0" encoding="{label}"?>' if label else ""
    body = FEED.format(declaration=declaration, title=sentence[:30].strip(), text=sentence).encode(charset)
    (item,) = read_feed(body, SITE, "text/xml").candidates
    assert (item.title, item.summary) == (sentence[:30].strip(), sentence)


@pytest.mark.parametrize(("language", "charset"), CHARSETS)
def test_a_page_is_read_though_the_server_says_utf_8(language: str, charset: str) -> None:
    sentence = SENTENCES[language]
    html = f"<html><head><title>{sentence}</title></head><body><h1>{sentence}</h1><p>{sentence * 8}</p></body></html>"
    assert sentence in decode(html.encode(charset), "text/html; charset=utf-8", SITE)
    assert sentence in decode(html.encode(charset), "iso-8859-1", SITE)


@pytest.mark.parametrize("stray", [b"\xff", b"\xa0", b"\x80"])
@pytest.mark.parametrize("declared", ["", "right"])
@pytest.mark.parametrize(("language", "charset"), [pair for pair in CHARSETS if pair[1] != "iso2022_jp"])
def test_a_stray_byte_costs_its_surroundings_not_the_charset(
    language: str, charset: str, declared: str, stray: bytes
) -> None:
    sentence = SENTENCES[language]
    before, after = f"<p>{sentence}</p>\n".encode(charset) * 3, f"<p>{sentence}</p>\n".encode(charset) * 3
    label = charset if declared else ""
    text = decode(before + b"<p>(" + stray + b")</p>\n" + after, label)
    assert text.count(sentence) == 6


@given(st.binary(min_size=1, max_size=2), st.integers(0, 900))
def test_a_stray_byte_in_utf_8_costs_one_character(stray: bytes, at: int) -> None:
    lines = [f"<p>{sentence}</p>\n" for sentence in SENTENCES.values()]
    data = "".join(lines).encode()
    text = decode(data[:at] + stray.replace(b"\x00", b"") + data[at:], "windows-1251")
    assert sum(line in text for line in lines) >= len(lines) - 1


@pytest.mark.parametrize("sentence", ["Ein Café", "Zürich", "naïve façade"])
def test_few_letters_in_utf_8_with_one_stray_byte(sentence: str) -> None:
    assert sentence in decode(f"<p>{sentence}</p><p>{sentence}</p> caf".encode() + b"\xe9", "iso-8859-1")


def test_text_that_is_cut_within_a_character() -> None:
    assert decode("<p>Zür".encode() + "ü".encode()[:1]) == "<p>Zür\ufffd"
    assert decode("<p>河港比去".encode()[:-1]).startswith("<p>河港比")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("declared", ["", "utf-8", "utf-16"])
def test_utf_16_with_and_without_a_mark(encoding: str, mark: str, declared: str) -> None:
    sentence = SENTENCES["zh"]
    body = (mark + FEED.format(declaration='\n<?xml version="1.0"?>', title="x", text=sentence)).encode(encoding)
    (item,) = read_feed(body, "https://news.example.org/feed", f"text/xml; charset={declared}").candidates
    assert item.summary == sentence
    page = f"{mark}<!doctype html><html><title>x</title><p>{sentence * 20}</p>".encode(encoding)
    assert sentence in examine(page, "https://news.example.org/a").article.text
    plain = f"{mark}User-agent: *\nDisallow: /ä\n".encode(encoding)
    assert "Disallow: /ä" in decode(plain, declared)


def test_json_feeds_are_decoded_like_the_others() -> None:
    item = {"id": "1", "url": "https://news.example.org/1", "title": SENTENCES["ru"]}
    document = str({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).replace("'", '"')
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "cp1251"):
        feed = read_feed(document.encode(encoding), "https://news.example.org/feed.json", "application/feed+json")
        assert [one.title for one in feed.candidates] == [SENTENCES["ru"]], encoding
    assert read_json_feed(document.encode(), "https://news.example.org/feed.json").entries == 1


def test_a_mark_of_utf_8_before_text_that_is_not() -> None:
    assert decode(b"\xef\xbb\xbf" + SENTENCES["ru"].encode("cp1251")) == SENTENCES["ru"]
    assert decode(b"\xef\xbb\xbf" + SENTENCES["ru"].encode()) == SENTENCES["ru"]


def test_what_is_declared_decides_between_alike_charsets() -> None:
    assert charset_of("“Café” costs 3 €".encode("iso8859-15", "ignore"), "iso-8859-15") == "iso8859-15"
    assert charset_of(SENTENCES["ru"].encode("mac-cyrillic"), "x-mac-cyrillic") == "mac-cyrillic"
    assert charset_of(b"Caf\xe9", "text/html; charset=ISO-8859-1") == "cp1252"


def test_baltic_text_that_is_declared_so() -> None:
    lithuanian = "Upės uostas atidarytas dviem savaitėmis anksčiau nei pernai, sakė kapitonas žurnalistams."
    assert decode(lithuanian.encode("cp1257"), "windows-1257") == lithuanian  # undeclared it is taken for Western


def test_the_country_helps_where_letters_are_few() -> None:
    short = "Ğüneş".encode("cp1254")
    assert decode(short, "", "https://haber.example.tr/x") == "Ğüneş"


@pytest.mark.parametrize("label", ["utf-7", "rot13", "idna", "hex", "zlib", "unicode_escape", "x" * 400, "\x00", "é"])
def test_labels_that_name_no_charset_are_passed_over(label: str) -> None:
    assert decode(b"plain +ADw-script+AD4-", label) == "plain +ADw-script+AD4-"
    assert decode(SENTENCES["ru"].encode("cp1251"), label) == SENTENCES["ru"]


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_never_raises(data: bytes, declared: str, url: str) -> None:
    decode(data, declared, url)


def test_gzip_of_several_members() -> None:
    pages = [f"<url><loc>https://news.example.org/2026/story-{n}</loc></url>".encode() for n in range(3)]
    members = [gzip.compress(part) for part in (b"<urlset>", *pages, b"</urlset>")]
    for joined in (b"".join(members), b"\x00\x00".join(members), b"".join(members) + b"trailing rubbish"):
        assert len(read_sitemap(joined, "https://news.example.org/sitemap.xml.gz").candidates) == 3
    torn = b"".join(members)[:-12]
    assert len(read_sitemap(torn, "https://news.example.org/sitemap.xml.gz").candidates) == 3


def test_inflate_is_bounded() -> None:
    assert inflate(b"plain", 3) == b"pla"
    bomb = gzip.compress(b"\x00" * 10_000_000)
    assert len(inflate(bomb * 100, 5_000_000)) == 5_000_000
    tiny = gzip.compress(b"") * 200_000
    assert inflate(tiny, 100) == b""
    padded = gzip.compress(b"ab") + b"\x00" * 20_000_000 + gzip.compress(b"cd")
    assert inflate(padded, 100) == b"abcd"
    with pytest.raises(zlib.error):
        inflate(b"\x1f\x8b" + b"rubbish" * 9, 100)
