from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.boilerplate.labels import SURE, introduction, is_boilerplate, label, languages
from crawler.extract.boilerplate.prompts import prompt
from crawler.extract.words import key, squeeze, words


def test_thirty_languages_at_least():
    assert len(languages()) >= 30


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Read More", "related"),
        ("  READ  MORE » ", "related"),
        ("À LIRE AUSSI :", "related"),
        ("A lire aussi", "related"),
        ("Lesen Sie auch:", "related"),
        ("اقرأ أيضًا", "related"),
        ("Читайте также", "related"),
        ("相关阅读", "related"),
        ("関連記事", "related"),
        ("Baca juga", "related"),
        ("Soma pia", "related"),
        ("यह भी पढ़ें", "related"),
        ("More from East Africa", "related"),
        ("Previous article", "nav"),
        ("下一篇：", "nav"),
        ("Page 2 of 5", "nav"),
        ("1,204 shares", "share"),
        ("Facebook Twitter WhatsApp", "share"),
        ("12 Comments", "comments"),
        ("Sign up for our newsletter", "subscribe"),
        ("Advertisement", "ads"),
        ("Anzeige", "ads"),
        ("Accept all cookies", "consent"),
        ("Related Topics", "tags"),
        ("Video", "lead"),
    ],
)
def test_labels(line, kind):
    assert label(line) == kind


@pytest.mark.parametrize(
    "line",
    [
        "Readers who want to read more may write to the library.",
        "She wanted to read more.",
        "The previous article of the treaty was struck out.",
        "More from the bottom of the sea than anyone had hoped came to light that day in the nets of the crew",
        "Advertisement spending fell by a tenth last year.",
        "Comments by the minister were not recorded.",
        "Share prices fell.",
        "",
        "***",
    ],
)
def test_sentences_that_contain_such_words_stay(line):
    assert label(line) not in SURE


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("Read also: Ferry returns in spring", "strong"),
        ("Leia também: Porto reabre", "strong"),
        ("Related: What the council decided", "strong"),
        ("Video: The ferry leaves", "weak"),
        ("Engineers: eleven months of work", ""),
        ("Read also:", ""),
        ("A sentence without a delimiter", ""),
    ],
)
def test_introductions(line, how):
    assert introduction(line) == how


@pytest.mark.parametrize(
    ("paragraph", "kind"),
    [
        ("Sign up for the Harbour Briefing and get our newsletter every Sunday.", "subscribe"),
        ("Follow us on Facebook for more.", "follow"),
        ("Ingrid Sole can be reached at ingrid@harbourpost.example.", "contact"),
        ("Your email address will not be published.", "comments"),
        ("© 2026 Harbour Post. All rights reserved.", "rights"),
        ("Um diesen Inhalt zu sehen, brauchen wir Ihre Zustimmung.", "consent"),
        ("The harbour office will sign up new crew in January.", ""),
        ("He is a follower of the old school.", ""),
        ("x" * 500, ""),
    ],
)
def test_prompts(paragraph, kind):
    assert prompt(paragraph) == kind


def test_words_fold_what_readers_do_not_see():
    assert words("Café 12,500 — l’ÉTÉ") == words("CAFE 7 - l'ete") == ["cafe", "#", "l", "ete"]
    assert words("上一篇") == ["上", "一", "篇"]
    assert key("A b") == key("a  B!")
    assert squeeze(" a \n b ") == "a b"


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_text_has_words_and_at_most_one_label(text):
    assert all(word == word.strip() and word for word in words(text))
    assert label(text) in {*SURE, "tags", "lead", "intro", ""}
    assert isinstance(is_boilerplate(text), bool)
    assert isinstance(prompt(text), str)
    assert introduction(text) in ("strong", "weak", "")
