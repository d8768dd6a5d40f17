"""robots.txt: the cases of RFC 9309 and of Google's parser, where the two agree, in words of our own."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.discover.robots import MAX_BYTES, RobotsFile, product_token, read_robots

SITE = "https://kisumu.example"


def allows(text: str | bytes, path: str, agent: str = "Wirewatch") -> bool:
    return read_robots(text if isinstance(text, bytes) else text.encode()).allows(SITE + path, agent)


@pytest.mark.parametrize(
    ("line", "is_us"),
    [
        ("Wirewatch", True),
        ("wireWATCH", True),
        ("Wirewatch/2.0", True),
        ("Wirewatch/2.0 (+https://kisumu.example/bots)", True),
        ("Wirewatch 2.0", True),
        ("Wirewatch (news monitoring)", True),
        ("Wirewatch # since May", True),
        ("Wirewatch\t", True),
        ("Wirewatch*", True),
        ("Mozilla/5.0 (compatible; Wirewatch/2.0; +https://kisumu.example)", True),
        ("*", True),
        ("wire", False),
        ("watch", False),
        ("w", False),
        ("wirewatch-images", False),
        ("wirewatch_news", False),
        ("Wirewatch2", False),
        ("WirewatchBot/1.0", False),
        ("NotWirewatch", False),
        ("Mozilla/5.0 (compatible; Otherbot/2.0)", False),
        ("Mozilla/5.0", False),
        ("", False),
        ("/", False),
    ],
)
def test_our_name_counts_as_a_whole_and_whatever_follows_it(line: str, is_us: bool):
    assert allows(f"User-agent: {line}\nDisallow: /\n", "/news") is not is_us


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("Wirewatch/0.1.0 (+https://wirewatch.example)", "wirewatch"),
        ("desk-monitor", "desk-monitor"),
        ("Mozilla/5.0 (compatible; DeskMonitor/3; +mailto:desk@example.org)", "deskmonitor"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "mozilla"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_the_product_token_of_a_header(agent: str, token: str):
    assert product_token(agent) == token


@pytest.mark.parametrize(
    "between",
    [
        "Crawl-delay: 5",
        "Sitemap: https://kisumu.example/s.xml",
        "Request-rate: 1/10",
        "Host: kisumu.example",
        "Clean-param: sid /",
        "Noindex: /x",
        "something else altogether",
        "# a comment",
        "",
        "Content-Signal: ai-train=no",
    ],
)
def test_other_records_do_not_end_the_names_of_a_group(between: str):
    robots = f"User-agent: Wirewatch\n{between}\nUser-agent: Otherbot\nDisallow: /archive\n"
    assert not allows(robots, "/archive/1")
    assert not allows(robots, "/archive/1", "Otherbot")


@pytest.mark.parametrize("rule", ["Allow: /x", "Disallow: /x", "Disallow:", "Allow:"])
def test_a_rule_ends_the_names_of_a_group(rule: str):
    assert allows(f"User-agent: Wirewatch\n{rule}\nUser-agent: Otherbot\nDisallow: /\n", "/news")


def test_several_groups_of_one_agent_are_one():
    robots = (
        "User-agent: Wirewatch\nDisallow: /one\n\nUser-agent: *\nDisallow: /all\n\n"
        "User-agent: Otherbot\nUser-agent: wirewatch/3\nCrawl-delay: 7\nDisallow: /two\n"
    )
    assert [allows(robots, path) for path in ("/one", "/two", "/all")] == [False, False, True]
    assert [allows(robots, path, "Nobody") for path in ("/one", "/two", "/all")] == [True, True, False]
    assert read_robots(robots.encode()).crawl_delay_s("Wirewatch") == 7
    twice = "User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b\n"
    assert not allows(twice, "/a")
    assert not allows(twice, "/b")


def test_a_group_of_our_own_without_rules_allows_all():
    assert allows("User-agent: *\nDisallow: /\nUser-agent: Wirewatch\n", "/news")


def test_rules_before_any_name_are_ignored():
    assert allows("Disallow: /\nUser-agent: Wirewatch\nDisallow: /x\n", "/news")


PLAIN = "User-agent: *\nDisallow: /\nUser-agent: Wirewatch\nDisallow: /é/\nDisallow: /closed\n"


@pytest.mark.parametrize(
    "body",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        codecs.BOM_UTF8 * 2 + PLAIN.encode(),
        b"\xef\xbb" + PLAIN.encode(),
        b"\xef" + PLAIN.encode(),
        codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("latin-1"),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\r\n").encode("utf-16"),
    ],
    ids=["utf8", "mark", "twice", "torn2", "torn1", "16le", "16be", "bare16le", "bare16be", "latin1", "cr", "16crlf"],
)
def test_byte_order_marks_and_utf_16(body: bytes):
    assert [allows(body, path) for path in ("/news", "/closed/1", "/%C3%A9/1")] == [True, False, False]
    assert not allows(body, "/news", "Otherbot")


def test_a_mark_in_front_of_our_name():
    assert not allows(codecs.BOM_UTF8 + b"User-agent: Wirewatch\nDisallow: /\n", "/")


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x85", "\u2028", "\x1c"])
def test_only_line_ends_end_a_line(character: str):
    assert allows(f"User-agent: Wirewatch\nDisallow: /x{character}Disallow: /\n", "/news")


@pytest.mark.parametrize(
    ("rules", "open_", "closed"),
    [
        ("disallow: /", [], ["/", "/a", "/?q"]),
        ("Disallow:", ["/", "/a"], []),
        ("Disallow: /\nAllow: /robots", ["/robots.txt", "/robots"], ["/"]),
        ("Disallow: /", ["/robots.txt"], ["/robots.txt?x=1", "/news/robots.txt"]),
        # names in any case, values as they are
        ("DISALLOW: /harbour", ["/Harbour", "/HARBOUR"], ["/harbour", "/harbourmaster", "/harbour/1"]),
        ("dIsAlLoW : /harbour", [], ["/harbour"]),
        # customary mistakes
        ("disallow /harbour", ["/"], ["/harbour"]),
        ("dissallow: /harbour", ["/"], ["/harbour"]),
        ("Disallow: harbour", ["/harbour"], []),
        ("Disallow: https://kisumu.example/harbour", ["/harbour"], []),
        # the longest pattern decides, whatever the order; allow where they are equal
        ("Disallow: /a/ferry\nAllow: /a/", ["/a/", "/a/boat"], ["/a/ferry"]),
        ("Allow: /a/ferry\nDisallow: /a/", ["/a/ferry"], ["/a/", "/a/boat"]),
        ("Disallow: /a\nAllow: /a", ["/a"], []),
        ("Disallow: /\nAllow: /", ["/", "/a"], []),
        ("Disallow: /quay\nAllow: /quay/", ["/quay/", "/quay/1"], ["/quay", "/quays"]),
        ("Allow: /p\nDisallow: /*.html", ["/p"], ["/p.html"]),
        ("Allow: /pier.h\nDisallow: /*.html", ["/pier.html"], ["/other.html"]),
        # wildcards
        ("Disallow: /*.pdf", ["/pdf", "/a.PDF"], ["/a.pdf", "/a/b.pdf?x", "/a.pdf.html", "/i?f=a.pdf"]),
        ("Disallow: /*.pdf$", ["/a.pdf?x", "/a.pdf/", "/a.pdf5", "/apdf"], ["/a.pdf", "/a/b.pdf", "/a.pdf.pdf"]),
        ("Disallow: *.pdf", ["/a"], ["/a.pdf"]),
        ("Disallow: *", [], ["/", "/a"]),
        ("Disallow: /a*z", ["/a", "/bz"], ["/az", "/a/b/z", "/abczd"]),
        ("Disallow: /a*z$", ["/azy"], ["/az", "/azaz"]),
        ("Disallow: /a***b", ["/a"], ["/ab", "/axxb"]),
        ("Disallow: /a*", ["/b"], ["/a", "/ab"]),
        ("Disallow: /aba*ba$", ["/aba"], ["/ababa", "/abaXba"]),
        ("Disallow: /$", ["/a", "/?q"], ["/"]),
        ("Disallow: /a$b", ["/a", "/ab"], ["/a$b", "/a%24b"]),
        ("Disallow: /a%24", ["/a"], ["/a$", "/a%24c"]),
        ("Disallow: /a%2Ab", ["/axb", "/ab"], ["/a*b", "/a%2ab"]),
        ("Disallow: /*?", ["/a"], ["/a?", "/a?b=1", "/a/b?c"]),
        ("Disallow: /*?*page=", ["/a?q=1"], ["/a?page=2", "/a?q=1&page=2"]),
        # comments and fragments
        ("# Disallow: /a\nDisallow: /b#c", ["/a"], ["/b", "/b#d", "/bc"]),
        ("Disallow: /b", ["/a#/b"], ["/b"]),
        ("Disallow: /a%23b", ["/a", "/a#b"], ["/a%23b"]),
        # escapes: RFC 9309 section 2.2.2, table of examples
        ("Disallow: /ñ", ["/n"], ["/%C3%B1", "/%c3%b1", "/ñ/1"]),
        ("Disallow: /%c3%b1", ["/n"], ["/%C3%B1", "/ñ"]),
        ("Disallow: /%66erry", ["/%2566erry"], ["/ferry", "/%66%65rry"]),
        ("Disallow: /ferry", [], ["/%66erry"]),
        ("Disallow: /a%2Fb", ["/a/b"], ["/a%2fb", "/a%2Fb"]),
        ("Disallow: /a/b", ["/a%2Fb"], ["/a/b"]),
        (
            "Disallow: /go?to=https://x.example",
            ["/go"],
            ["/go?to=https://x.example/1", "/go?to=https%3A%2F%2Fx.example"],
        ),
        ("Disallow: /go?to=https%3A%2F%2Fx.example", ["/go"], ["/go?to=https://x.example/1"]),
        ("Disallow: /a b", ["/a"], ["/a%20b"]),
        ("Disallow: /50%", ["/5"], ["/50%", "/50%25"]),
    ],
)
def test_which_paths_are_open(rules: str, open_: list[str], closed: list[str]):
    robots = read_robots(f"User-agent: Wirewatch\n{rules}\n".encode())
    assert [path for path in open_ if not robots.allows(SITE + path, "Wirewatch")] == []
    assert [path for path in closed if robots.allows(SITE + path, "Wirewatch")] == []


def test_the_group_of_all_counts_only_without_one_of_our_own():
    robots = "User-agent: *\nDisallow: /a\nUser-agent: Wirewatch\nDisallow: /b\n"
    assert allows(robots, "/a")
    assert not allows(robots, "/b")
    assert not allows(robots, "/a", "Otherbot")
    assert allows("User-agent: Otherbot\nDisallow: /\n", "/a")
    assert allows("", "/a")
    assert read_robots(b"User-agent: *\nDisallow: /\n").allows("https://kisumu.example", "x") is False
    assert read_robots(b"User-agent: *\nDisallow: /?q\n").allows("https://kisumu.example?q", "x") is False


@pytest.mark.parametrize(
    ("line", "delay_s"),
    [
        ("Crawl-delay: 5", 5),
        ("crawl-delay:0.5", 0.5),
        ("Crawl-delay: 1,5", 1.5),
        ("Crawl-delay: 10 s", 10),
        ("Crawl-delay: -3", 0),
        ("Crawl-delay: soon", 0),
        ("Crawl-delay:", 0),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: 3\nCrawl-delay: 2", 3),
    ],
)
def test_pauses(line: str, delay_s: float):
    robots = read_robots(f"User-agent: *\n{line}\nDisallow: /x\n".encode())
    assert robots.crawl_delay_s("Wirewatch") == delay_s
    assert read_robots(f"{line}\n".encode()).crawl_delay_s("Wirewatch") == 0


def test_sitemaps_stand_anywhere():
    text = (
        "Sitemap: /a.xml\nUser-agent: x\nDisallow: /\nSITEMAP : https://k.example/b.xml # b\nSitemap: /a.xml\nSitemap:"
    )
    assert read_robots(text.encode("utf-16")).sitemaps == ("/a.xml", "https://k.example/b.xml")


@pytest.mark.slow
def test_the_first_500_kib_count_to_their_last_whole_line():
    line = "Disallow: /closed-{:06d}\n"
    head = "User-agent: *\n"
    body = (head + "".join(map(line.format, range(30_000)))).encode()
    whole = (MAX_BYTES - len(head)) // len(line.format(0))
    assert whole < 30_000
    assert not allows(body, f"/closed-{whole - 1:06d}")
    assert allows(body, f"/closed-{whole:06d}")
    torn = b"User-agent: *\nDisallow: /x\n" + b"#" * (MAX_BYTES - 40) + b"\nDisallow: /private\n"
    assert allows(torn, "/news"), "a rule that was cut off in the middle is not a shorter rule"


@pytest.mark.slow
def test_a_hostile_file_costs_little():
    body = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 5000 + b"b\n" + b"Disallow: /*x\n" * 20_000
    robots = read_robots(body)
    with within(1):
        assert robots.allows(SITE + "/" + "a" * 2000, "Wirewatch")


@given(st.binary(max_size=300), st.text(max_size=60), st.text(max_size=30))
def test_nothing_breaks_it(body: bytes, path: str, agent: str):
    robots = read_robots(b"User-agent: *\nDisallow: /" + body)
    assert robots.allows(f"{SITE}/{path}", agent) in {True, False}
    assert robots.crawl_delay_s(agent) >= 0


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="#*$?"), min_size=1, max_size=20)
)
def test_a_path_forbids_itself(path: str):
    assert not allows(f"User-agent: *\nDisallow: /{path}\n", f"/{path}")


@pytest.mark.timeout(300)
def test_many_names_over_many_rules_cost_their_sum_and_not_their_product():
    names = "".join(f"User-agent: a{n}\n" for n in range(12_000))
    body = (names + "Disallow:/x\n" * 20_000 + "Disallow: /last").encode()
    robots = read_robots(body)
    assert [allows_last(robots, name) for name in ("a0", "a11999", "other")] == [False, False, True]


def allows_last(robots: RobotsFile, agent: str) -> bool:
    return robots.allows("https://news.example.org/last", agent)


def test_groups_of_one_name_are_one_whatever_other_names_they_have():
    both = b"User-agent: wirewatch\nUser-agent: other\nDisallow: /a\nCrawl-delay: 3\n\n"
    robots = read_robots(both + b"User-agent: wirewatch\nDisallow: /b\n")
    assert [robots.allows(f"https://x.example/{path}", "wirewatch") for path in "ab"] == [False, False]
    assert [robots.allows(f"https://x.example/{path}", "other") for path in "ab"] == [False, True]
    assert robots.crawl_delay_s("wirewatch") == robots.crawl_delay_s("other") == 3
