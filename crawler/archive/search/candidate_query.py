"""The words that the full-text index stores of an article, and the query for candidates of a rule.

Both use the forms of the matcher: keys of words, neighbours in scripts without spaces ("大+使"), and fields
("author:smith"). The prefilter of a rule passes every article that the rule matches, and some that it does not: the
matcher decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypeAlias

from crawler.archive.search.neighbours import needed, neighbours
from crawler.archive.tables.rows import clean
from crawler.items import Article
from crawler.rules.language.spec import Rule
from crawler.rules.language.syntax import WORD_FIELDS, And, AtLeast, Near, Node, Not, Or, Regex, Term
from crawler.rules.match.document import Document
from crawler.rules.match.needs import Costs, Need, needs
from crawler.text import Piece, Step, piece_of

WORDS_VERSION: Final = "3"
"""Raise it when articles get other words: the index of older archives is then rebuilt when they are opened."""
FIELDS: Final = ("author", "section", "site", "language", "source")
"""Fields whose forms are in the index; a source's own tags are not."""
MAX_WORD_CHARS: Final = 32
"""Longer words are truncated, in the index and in queries."""
EVERY: Final = "_every"
"""The only word of an article that has too many: every query includes it."""
_MAX_CHARS: Final = 200_000  # of all words of an article: PostgreSQL's limit is a megabyte
_MAX_CACHE: Final = 100_000
_MANY: Final = 5_000  # words of an article; fewer never exceed the limit
_TITLE: Final = "title_"  # the words of the title are also indexed with this prefix
_MIN_PREFIX: Final = 2  # characters; shorter prefixes match too many words
_MAX_WORDS: Final = 500  # of one query
_WILD: Final = re.compile(r"[*?]")
_PLAIN: Final = {code: "_" for code in range(128) if not chr(code).isalnum()} | {
    code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the index, or with `prefix` every word that starts with it."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """A conjunction of queries."""

    parts: tuple[CandidateQuery, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """A disjunction of queries."""

    parts: tuple[CandidateQuery, ...]


CandidateQuery: TypeAlias = Word | All | Any


def words_of(article: Article) -> list[str]:
    """Return the index words of an article: ASCII letters, digits and _, and any other characters."""
    document = Document(article)
    title, text = (set[str]().union(*map(_runs.__getitem__, part.runs)) for part in document.body.texts)
    words = title | text | {_word(form) for form in document.forms(FIELDS, pairs=False)}
    words.update([f"{_TITLE}{word}"[:MAX_WORD_CHARS] for word in title], *map(neighbours, document.body.texts))
    return [EVERY] if len(words) > _MANY and sum(map(len, words)) > _MAX_CHARS else list(words)


class _Runs(dict[str, tuple[str, ...]]):
    """A cache of the words of each whitespace-separated run."""

    def __missing__(self, run: str) -> tuple[str, ...]:
        piece = piece_of(run)
        if len(piece.keys) == 1 == len(piece.keys[0]) and (key := piece.keys[0][0]).isalnum() and key.isascii():
            words: tuple[str, ...] = (key[:MAX_WORD_CHARS],)  # nearly all
        else:
            words = self._all(piece)
        if len(run) <= MAX_WORD_CHARS:
            if len(self) >= _MAX_CACHE:
                self.clear()
            self[run] = words
        return words

    @staticmethod
    def _all(piece: Piece) -> tuple[str, ...]:
        forms = {*piece.pairs, *(join.key for join in piece.joins)}.union(*piece.keys)
        return tuple({_word(form) for form in forms})


_runs: Final = _Runs()


def leaves(prefilter: CandidateQuery) -> Iterator[Word]:
    """Yield every word of a prefilter, from left to right."""
    return iter((prefilter,)) if isinstance(prefilter, Word) else chain.from_iterable(map(leaves, prefilter.parts))


def candidate_query(rules: Iterable[Rule]) -> CandidateQuery | None:
    """Return the query that an article must pass for any of the rules to match; None if any article may match."""
    prefilters = [_of_rule(rule) for rule in rules]
    whole = _any(prefilters)
    return None if whole is None or sum(1 for _ in leaves(whole)) > _MAX_WORDS else Any((whole, Word(EVERY)))


def _of_rule(rule: Rule) -> CandidateQuery | None:
    sources = rule.spec.sources if not rule.spec.source_tags else ()
    named = [_any([_form(f"source:{source.casefold()}") for source in sources])] if sources else []
    return _all([_prefilter(rule.root), *named])


def _prefilter(node: Node) -> CandidateQuery | None:
    match node:
        case And(parts) | Near(parts):
            return _all([_prefilter(part) for part in parts])
        case Or(parts):
            return _any([_prefilter(part) for part in parts])
        case AtLeast(_, part):
            return _prefilter(part)
        case Not() | Regex():
            return None
        case Term():
            return _any([_way(node, way) for way in node.ways])
        case _:
            return _all([_need(need) for need in needs(node, Costs(Counter()))])


def _way(term: Term, way: tuple[Step, ...]) -> CandidateQuery | None:
    """Return the query for one sequence of keys: each of them, and each pair of neighbours."""
    where = _TITLE if term.scope == "title" else ""
    pairs = [Word(word) for word in needed(way)] if term.scope not in WORD_FIELDS else []
    return _all([*(_need(need, where) for need in needs(replace(term, ways=(way,)), Costs(Counter()))), *pairs])


def _need(need: Need, where: str = "") -> CandidateQuery | None:
    return _any([_form(form, where) for form in sorted(need)])


def _form(form: str, where: str = "") -> CandidateQuery | None:
    """Return the word for a form; None for forms that are not indexed: stems, tags, short prefixes."""
    field, colon, _ = form.partition(":")
    if colon and field not in FIELDS:
        return None
    wild = None if colon else _WILD.search(form)
    if wild is None:
        return Word(_word(f"{where}{form}"))
    start = form[: wild.start()]
    return Word(_word(f"{where}{start}"), prefix=True) if len(start) >= _MIN_PREFIX else None


def _word(form: str) -> str:
    return clean(form).translate(_PLAIN)[:MAX_WORD_CHARS]


def _all(parts: list[CandidateQuery | None]) -> CandidateQuery | None:
    """Combine the parts that are known; an unknown part restricts nothing."""
    known = tuple(dict.fromkeys(part for part in parts if part is not None))
    return known[0] if len(known) == 1 else All(known) if known else None


def _any(parts: list[CandidateQuery | None]) -> CandidateQuery | None:
    known = tuple(dict.fromkeys(part for part in parts if part is not None))
    if not known or None in parts:
        return None
    return known[0] if len(known) == 1 else Any(known)
