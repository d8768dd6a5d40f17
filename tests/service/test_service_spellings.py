"""Spellings that the archive proposes are whole words, and entries of a list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.rules import RuleSpec, compile_rule
from crawler.rules.spellings import suggest
from crawler.usecases.spellings import _WORD


def test_words_are_not_cut_at_their_marks():
    assert _WORD.findall("मुंबई में O’Brien और al-Kadhemi 2026") == ["मुंबई", "में", "O’Brien", "और", "al-Kadhemi"]


@given(st.text(max_size=40))
def test_every_spelling_can_stand_in_a_list(text: str):
    words = dict.fromkeys(_WORD.findall(text), 1)
    for word in words:
        for spelling in suggest(word, words):
            compile_rule(RuleSpec("x", "", any=(spelling.word,)))
