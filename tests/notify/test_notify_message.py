from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_samples import NOW, make_alert

from crawler.notify import alert_json, render, render_line
from crawler.notify.message import MAX_TITLE, cut, one_line, without_mentions


def test_a_message_says_rule_headline_why_source_times_and_link():
    message = render(make_alert())
    assert message.title == "us-in-iraq: Rockets land near the embassy"
    assert message.text == (
        "«Rockets» landed near the «green zone» on Sunday.\n"
        "The «embassy» was closed.\n"
        "\n"
        "Source: bbc-world\n"
        "Published: 2026-11-23 07:10 UTC\n"
        "Found: 2026-11-23 08:00 UTC\n"
        "https://news.example/story?id=7"
    )


def test_times_are_in_the_recipient_s_zone():
    assert "Published: 2026-11-23 10:10 EAT" in render(make_alert(), zone=ZoneInfo("Africa/Nairobi")).text
    assert render_line(make_alert(), zone=ZoneInfo("Africa/Nairobi")).startswith("11:00  us-in-iraq  Rockets")


def test_what_is_unknown_is_left_out():
    message = render(make_alert(published=None, excerpts=(), title=""))
    assert message.title == "us-in-iraq: (no headline)"
    assert message.text.startswith("Source:")
    assert "Published" not in message.text


HOSTILE = "a\x1b[31mred\x07\r\nb\u202eevil\u2066\x9b0m\u200bc\ud800\x00"


@pytest.mark.parametrize(
    "text", [render_line(make_alert(title=HOSTILE, source=HOSTILE, url=HOSTILE, rule=HOSTILE)), one_line(HOSTILE)]
)
def test_nothing_of_an_article_steers_a_terminal(text: str):
    assert text.isprintable()


def test_the_fields_of_a_message_cannot_break_its_lines():
    message = render(make_alert(title=HOSTILE, source=HOSTILE, excerpts=(HOSTILE,)))
    assert message.title.isprintable()
    assert [line.partition(":")[0] for line in message.text.splitlines()[-4:]] == [
        "Source",
        "Published",
        "Found",
        "https",
    ]
    assert all(line.isprintable() for line in message.text.splitlines())


def test_one_line_keeps_what_scripts_and_emoji_need():
    assert one_line("می\u200cخواهم 👩\u200d🚀\tüber\n\n東京") == "می\u200cخواهم 👩\u200d🚀 über 東京"


@given(st.text(), st.integers(0, 60))
def test_cut_keeps_its_limit(text: str, limit: int):
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith("…") or limit == 0


@given(st.text(max_size=600), st.text(max_size=900), st.integers(0, 900))
def test_a_message_keeps_its_limit(title: str, excerpt: str, limit: int):
    alert = make_alert(title=title, excerpts=(excerpt,) * 9)
    message = render(alert, max_chars=limit)
    assert len(message.text) <= limit
    assert len(message.title) <= MAX_TITLE


@pytest.mark.parametrize("limit", [130, 160, 400])
def test_the_link_survives_the_cut(limit: int):
    message = render(make_alert(excerpts=("word " * 200,)), max_chars=limit)
    assert message.text.endswith("https://news.example/story?id=7")


def test_too_little_space_leaves_the_link():
    assert render(make_alert(), max_chars=40).text == "https://news.example/story?id=7"


@pytest.mark.parametrize(
    "text", ["@everyone", "hi @Here", "<!channel>", "<@U123>", "<#C1>", "@channel", "@room", "@all"]
)
def test_mentions_are_broken(text: str):
    broken = without_mentions(text)
    assert broken != text
    assert broken.replace("\u200b", "") == text


@pytest.mark.parametrize("text", ["ann@example.org", "a < b", "@wirewatch", "x"])
def test_other_text_is_left_alone(text: str):
    assert without_mentions(text) == text


def test_the_json_of_an_alert():
    assert json.loads(json.dumps(alert_json(make_alert(published=None)))) == {
        "id": "alert-1",
        "rule": "us-in-iraq",
        "rule_version": "v1",
        "source": "bbc-world",
        "url": "https://news.example/story?id=7",
        "title": "Rockets land near the embassy",
        "matched": "2026-11-23T08:00:00Z",
        "published": None,
        "article_id": 7,
        "spans": [["title", 0, 7]],
        "excerpts": ["«Rockets» landed near the «green zone» on Sunday.", "The «embassy» was closed."],
        "kind": "new",
        "story": "",
        "listed": None,
        "fetched": None,
        "revision": 0,
        "content_hash": "",
        "outlets": 1,
        "baseline": False,
    }
    assert (
        alert_json(make_alert(published=NOW - timedelta(microseconds=1)))["published"] == "2026-11-23T07:59:59.999999Z"
    )


def test_the_other_outlets_and_our_own_page_are_named():
    alert = make_alert(outlets=5)
    text = render(alert, home="https://desk.example").text
    assert "Source: bbc-world, also in 4 outlets\n" in text
    assert "Details: https://desk.example/articles/7\nhttps://news.example/story?id=7" in text
    assert "(bbc-world, also in 1 outlet)" in render_line(make_alert(outlets=2))
    assert "also in" not in render(make_alert()).text
    assert "Details" not in render(make_alert()).text
    assert "Details" not in render(make_alert(article_id=0), home="https://desk.example").text
