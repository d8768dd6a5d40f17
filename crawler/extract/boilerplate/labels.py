"""Labels: whole lines that name a piece of page boilerplate ("Read more", "上一篇", "Soma pia").

The phrases are data: one TOML file a language in `data/labels`, one list a kind. Grammar of a phrase: words as
`words.words` folds them; `#` is any number; `*` is up to 8 further words (40 characters), at the end or once inside.
Matching is linear in the line: one dictionary look-up for the whole line and one for each of its first words.

Kinds: related, nav, share, comments, subscribe, ads, consent are boilerplate everywhere. tags ("Topics") and lead
("Analysis", "Video") are also ordinary headings, so that they count only where position or links confirm it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

from crawler.extract.words import words

SURE = frozenset({"related", "nav", "share", "comments", "subscribe", "ads", "consent"})
WEAK = frozenset({"tags", "lead"})
MAX_LABEL_CHARS = 120
_MAX_START_WORDS = 10
_MAX_REST_CHARS = 40
_SENTENCE_END = (".", "!", "?", "。", "！", "？", "।", "؟")
_DELIMITERS = (":", "：", "|", ">", "»", "›", "→", "►", "▶", " - ", " – ", " — ")
_MAX_INTRO_CHARS = 60
_MIN_INTRO_WORDS = 2


class _Phrases(NamedTuple):
    exact: dict[str, str]  # folded line -> kind
    open: dict[str, tuple[tuple[str, str], ...]]  # folded start -> (kind, folded end)
    share_words: frozenset[str]
    intro: frozenset[str]  # single words that introduce a title even if nothing is linked


@cache
def _phrases() -> _Phrases:
    exact: dict[str, str] = {}
    opened: dict[str, list[tuple[str, str]]] = {}
    intro: set[str] = set()
    for entry in sorted(
        resources.files("crawler.extract.boilerplate").joinpath("data/labels").iterdir(), key=lambda e: e.name
    ):
        if not entry.name.endswith(".toml"):
            continue
        for kind, phrases in tomllib.loads(entry.read_text("utf-8")).items():
            if not isinstance(phrases, list):
                continue
            for phrase in phrases:
                start, star, end = phrase.partition("*")
                folded = _fold(start)
                if kind == "intro":
                    intro.add(folded)
                elif star:
                    opened.setdefault(folded, []).append((kind, _fold(end)))
                elif folded:
                    exact.setdefault(folded, kind)
    single = frozenset(p for p, kind in exact.items() if kind == "share" and " " not in p)
    return _Phrases(exact, {k: tuple(v) for k, v in opened.items()}, single, frozenset(intro))


def _fold(phrase: str) -> str:
    return " ".join("#" if word == "#" else " ".join(words(word)) for word in phrase.split())


def languages() -> tuple[str, ...]:
    """Return the languages that have a label file, sorted."""
    folder = resources.files("crawler.extract.boilerplate").joinpath("data/labels")
    return tuple(sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml")))


def label(line: str) -> str:
    """Return the kind of boilerplate that `line` is a label of, "" if it is not a label."""
    if len(line) > MAX_LABEL_CHARS:
        return ""
    found = words(line)
    if not found:
        return ""
    phrases = _phrases()
    folded = " ".join(found)
    kind = phrases.exact.get(folded)
    if kind is not None:
        return kind
    if line.rstrip().endswith(_SENTENCE_END) and not line.rstrip().endswith("..."):
        return ""
    if all(word in phrases.share_words or word == "#" for word in found) and found != ["#"]:
        return "share"
    return _open_label(found, folded, phrases)


def _open_label(found: list[str], folded: str, phrases: _Phrases) -> str:
    start = ""
    for word in found[:_MAX_START_WORDS]:
        start = f"{start} {word}" if start else word
        rest = folded[len(start) :].strip()
        if not rest or len(rest) > _MAX_REST_CHARS:
            continue
        for kind, end in phrases.open.get(start, ()):
            if not end or rest.endswith(end):
                return kind
    return ""


def is_boilerplate(line: str) -> bool:
    """Return whether `line` is a label that is boilerplate everywhere."""
    return label(line) in SURE


def introduction(line: str) -> str:
    """Return how a label introduction `line`: "strong" for "Read also: A title", "weak" for "Video: a title", else "".

    A weak one is boilerplate only if the line is linked.
    """
    head = _before_delimiter(line)
    if not head:
        return ""
    phrases = _phrases()
    folded = " ".join(words(head))
    kind = phrases.exact.get(folded, "")
    if folded in phrases.intro or (kind == "related" and len(folded.split()) >= _MIN_INTRO_WORDS):
        return "strong"
    return "weak" if kind in ("related", "lead") else ""


def _before_delimiter(line: str) -> str:
    """Return the text before the first delimiter, "" if there is none on one of its sides."""
    head = line[:_MAX_INTRO_CHARS].lstrip("-–—•>» ➡️👉*")
    cuts = [(at, mark) for mark in _DELIMITERS if (at := head.find(mark)) > 0]
    if not cuts:
        return ""
    at, mark = min(cuts)
    return head[:at] if any(c.isalnum() for c in head[at + len(mark) :]) or len(line) > _MAX_INTRO_CHARS else ""
