from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import within

from crawler.dedupe.diff import diff, summary
from crawler.dedupe.noise import substance


def old_and_new(pieces) -> tuple[str, str]:
    return (
        "".join(piece.text for piece in pieces if piece.kind != "added"),
        "".join(piece.text for piece in pieces if piece.kind != "removed"),
    )


TEXTS = st.lists(st.sampled_from(["a", "b", "cat", " ", "\n\n", ".", "港", "-"]), max_size=40).map("".join)


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_texts(old: str, new: str):
    pieces = diff(old, new)
    assert old_and_new(pieces) == (old, new)
    assert all(piece.text for piece in pieces)
    assert all(left.kind != right.kind for left, right in itertools.pairwise(pieces))


def test_words_of_changed_paragraphs_are_distinguished():
    old = "First stays.\n\nAbout 3,200 people left.\n\nLast stays."
    new = "First stays.\n\nAbout 4,700 people left.\n\nLast stays.\n\nMore came."
    assert [(p.kind, p.text) for p in diff(old, new) if p.kind != "same"] == [
        ("removed", "3,200"), ("added", "4,700"), ("added", "\n\nMore came."),
    ]  # fmt: skip
    assert diff("same", "same") == [("same", "same")]
    assert diff("", "") == []


def test_a_summary_names_the_change_and_its_surroundings():
    old = "The board met on Tuesday and eleven villages were cut off by the water in the night."
    new = "The board met on Tuesday and fourteen villages were cut off by the water in the night. Two died."
    assert summary(diff(old, new)) == [
        "The board met on Tuesday and [eleven -> fourteen] villages were cut off by the",
        "by the water in the night. [+ Two died.]",
    ]
    assert summary(diff(new, old))[-1] == "by the water in the night. [- Two died.]"
    assert summary(diff(old, old)) == []
    assert len(summary(diff("a b c d e f g h", "1 b 2 d 3 f 4 h"), 2)) == 2


def test_hostile_texts_take_bounded_time():
    one, two = " ".join(f"a{n}" for n in range(40_000)), " ".join(f"b{n}" for n in range(40_000))
    with within(10):
        assert {piece.kind for piece in diff(one, two)} == {"removed", "added"}
        assert diff("x " * 20_000, "y " * 20_000)


@pytest.mark.parametrize(
    "noise",
    [
        "Updated 5 minutes ago",
        "Updated: 23 November 2026, 08:15",
        "Aktualisiert vor 12 Minuten",
        "Publié il y a 5 minutes",
        "127 comments",
        "3 min read",
        "Updated 5 minutes ago.",
        "1,204 views",
        "Museum says that its golden mask is genuine",
        "Related",
        "",
    ],
)
def test_noise_has_no_substance(noise: str):
    assert substance(f"The board met for six hours.\n\n{noise}") == substance("The board met for six hours.")


@pytest.mark.parametrize(
    "line",
    [
        "Eleven people were killed.",
        "The board published its figures on Tuesday, and 3 members read them.",
        "Council tax rises by 5 per cent.",
        "“We did not know,” she said.",
        "Updated figures show 5 people were killed there.",
        "市政府宣布工程推迟到明年春天",
    ],
)
def test_what_is_said_has_substance(line: str):
    assert substance(line)


def test_ages_inside_a_sentence_do_not_count():
    assert substance("Updated 5 minutes ago. The board met.") == substance("Updated 17 minutes ago. The board met.")
    assert substance("Five people died here, 12 days ago.") != substance("Six people died here, 12 days ago.")
