from __future__ import annotations

import hashlib

import pytest

from crawler.discover.url_sessions import without_sessions
from crawler.items import Candidate

TOKEN = "9f86d081884c7d659a2feaa0c55ad015"
NAMES = ["sid", "s", "session", "SessionID", "session_id", "_session_id", "token_id"]


def cleaned(*urls: str) -> list[str]:
    return [one.url for one in without_sessions([Candidate(url) for url in urls])]


@pytest.mark.parametrize("name", NAMES)
def test_what_all_addresses_share_is_a_session(name: str):
    urls = [f"https://harbour.example/view?id={n}&{name}={TOKEN}" for n in range(3)]
    assert cleaned(*urls) == [f"https://harbour.example/view?id={n}" for n in range(3)]
    urls = [f"https://harbour.example/ferry-{n}?{name}={TOKEN}#top" for n in range(4)]
    assert cleaned(*urls, "https://harbour.example/map") == [
        *(f"https://harbour.example/ferry-{n}" for n in range(4)),
        "https://harbour.example/map",
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["{:d}", "{:016d}", "{:032x}"])
def test_what_differs_names_the_article(name: str, form: str):
    urls = [f"https://harbour.example/view?{name}={form.format(n * 7919)}" for n in range(1, 9)]
    assert cleaned(*urls) == urls
    hashes = [f"https://harbour.example/view?{name}={hashlib.md5(url.encode()).hexdigest()}" for url in urls]
    assert cleaned(*hashes) == hashes


@pytest.mark.parametrize(
    "urls",
    [
        [f"https://harbour.example/view?id=1&sid={TOKEN}"],
        [f"https://harbour.example/view?sid={TOKEN}", f"https://harbour.example/view?sid={TOKEN}&print=1"],
        [f"https://harbour.example/view?sid={TOKEN}#c{n}" for n in range(5)],
        [f"https://harbour.example/view?id={n}&sid=4711" for n in range(5)],
        [f"https://harbour.example/view?id={n}&s=economy" for n in range(5)],
        [f"https://harbour.example/view?id={n}&sid={TOKEN}" for n in range(5)] + ["https://harbour.example/v?sid=1"],
        [f"https://harbour{n}.example/view?id={n}&sid={TOKEN}" for n in range(5)],
        [f"https://harbour.example/view?id={n}&article={TOKEN}" for n in range(5)],
        [f"https://[/view?id={n}" for n in range(5)],
        [],
    ],
    ids=["one", "versions", "fragments", "short", "word", "differs", "hosts", "name", "broken", "none"],
)
def test_what_is_not_certain_stays(urls: list[str]):
    assert cleaned(*urls) == urls


def test_a_name_that_an_address_has_twice_with_two_values_is_no_session():
    urls = [f"https://harbour.example/view-{n}?sid={TOKEN}&sid=1234567890abcdef{n}" for n in range(4)]
    assert cleaned(*urls) == urls


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_addresses_of_nothing_but_sessions_cost_their_length():
    many = "&".join(f"s=0123456789abcdef{n}" for n in range(380))
    urls = [f"https://harbour.example/view?{many}&n={n}" for n in range(500)]
    assert cleaned(*urls) == urls
