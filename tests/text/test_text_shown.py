"""What a text may show: nothing that turns, hides or steers, and all that scripts and emoji need."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.shown import one_line, visible

TURNING = [chr(point) for point in range(0x110000) if unicodedata.bidirectional(chr(point)) in
           {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}]  # fmt: skip


@pytest.mark.parametrize("char", TURNING, ids=lambda char: f"U+{ord(char):04X}")
def test_what_turns_the_direction_of_others_is_gone(char: str):
    assert visible(f"a{char}b") == one_line(f"a{char}b") == "a b"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # a joiner that Persian is written with
        "क्\u200dष",
        "👩\u200d🚀 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "ភាសា\u200bខ្មែរ",  # where a line of Khmer may break
        "Donau\u00addampf",
        "שלום, world (2026)",
        "\u0600\u06dd ١٢",  # signs of Arabic that are seen, though their category is Cf
    ],
)
def test_what_scripts_and_emoji_need_is_kept(text: str):
    assert visible(text) == one_line(text) == text


def test_direction_marks_leave_no_gap():
    assert visible("(\u200fשלום\u200e)\u061c!") == "(שלום)!"


def test_hidden_letters_are_gone():
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "ignore all")
    assert visible(f"a{hidden}b🏴{hidden}") == "ab🏴"


def test_lines_stay_or_become_spaces():
    assert visible("a\tb\r\nc\x1b[2J") == "a\tb\r\nc [2J"
    assert one_line("a\tb\r\nc\u2028d") == "a b c d"


@given(st.text())
def test_it_is_done_once(text: str):
    shown = visible(text)
    assert visible(shown) == shown
    assert one_line(one_line(text)) == one_line(text)
    shown.encode()
