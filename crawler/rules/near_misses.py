"""Near misses of a rule: articles that match all but one part of it.

A rule is relaxed in one place at a time (see `relaxations`). Each relaxed rule matches all that the rule matches, and
more: what is more is nearly found. `NearMiss.query` is the rule with that place relaxed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, assert_never

from crawler.errors import RuleError
from crawler.rules.language.compiling import compile_rule
from crawler.rules.language.spec import Rule, RuleSpec
from crawler.rules.language.stems import ALGORITHMS, stem, stem_ways
from crawler.rules.language.syntax import (
    WORD_FIELDS,
    And,
    AtLeast,
    Attribute,
    Near,
    Node,
    Not,
    Or,
    Regex,
    Term,
    all_of,
    any_of,
    leaves,
    needs_presence,
)
from crawler.rules.language.wildcards import is_pattern
from crawler.rules.language.writing import query_of
from crawler.rules.match.document import Document
from crawler.rules.match.evaluate import marks, matches, places
from crawler.rules.variants import form_prefix, one_edit, transliterations
from crawler.text import Step, fold

MAX_RELAXATIONS: Final = 60
"""Of one rule. A rule of more parts is relaxed in the first ones."""
_MAX_BY_WORDS: Final = 40  # of them
_MAX_WAYS: Final = 400  # of a term in one query of the search index
_MIN_BEGINNING: Final = 5  # letters that words share
_LONGEST_ENDING: Final = 3  # letters more than the term has
_FARTHER: Final = 3
"""Times the distance of a NEAR, and at least this many words more."""


class Kind(StrEnum):
    """What an article lacks to match."""

    SPELLING = "spelling"
    SCRIPT = "script"
    FORM = "form"
    BEGINNING = "beginning"
    DISTANCE = "distance"
    ORDER = "order"
    FIELD = "field"
    CASE = "case"
    COUNT = "count"
    EXCLUDED = "excluded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A rule that is relaxed in one place: `part`.

    `roots`: what is relaxed matches one of these trees; there are several where one would be too large for the search
    index. Where the part is a term that may be replaced by other words, `words` says what each of them is; its other
    forms depend on the language of an article.
    """

    kind: Kind
    part: Node
    roots: tuple[Node, ...]
    words: Mapping[str, Kind] | None = None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Why an article does not match: `part` of the rule, as query text, is not fulfilled.

    `found`: what the article has instead, "" for nothing. `query`: the rule with this part relaxed, "" where that
    cannot be written as a query.
    """

    kind: Kind
    part: str
    found: str
    query: str

    @property
    def key(self) -> str:
        """What all articles share that miss the rule in the same way."""
        return " ".join(f"{self.kind} {self.part} {fold(self.found)}".split())  # a form may have changed line breaks


class Relaxed:
    """A rule with its relaxations. `languages`: those in which forms of words are looked for (ISO 639-1)."""

    def __init__(self, rule: Rule, languages: Iterable[str]) -> None:
        self.rule = rule
        self._languages = tuple(language for language in languages if language in ALGORITHMS)
        self._with_words: dict[tuple[Term, str], tuple[Term, Node]] = {}
        self._queries: dict[Node, str] = {}

    @cached_property
    def relaxations(self) -> tuple[Relaxation, ...]:
        """At most 60 relaxations, at most 40 of them by other words, which come first."""
        by_words: dict[Node, Relaxation] = {}
        found: list[Relaxation] = []
        for kind, part, root in _relaxed(self.rule.root):
            if kind is not Kind.SPELLING:
                if needs_presence(root):
                    found.append(Relaxation(kind, part, (root,)))
            elif part not in by_words and len(by_words) < _MAX_BY_WORDS and (one := self._by_words(part)):
                by_words[part] = one
        order = list(Kind)
        found.sort(key=lambda one: order.index(one.kind))
        return (*by_words.values(), *found[: MAX_RELAXATIONS - len(by_words)])

    def near_miss(self, relaxation: Relaxation, document: Document) -> NearMiss | None:
        """Return why the rule does not match an article to which it applies; None where more than this part is missing.

        The article must not be a hit of the rule.
        """
        part = relaxation.part
        if relaxation.words is None or not isinstance(part, Term):
            root = relaxation.roots[0]
            is_near = matches(root, document)
            return NearMiss(relaxation.kind, self._text(part), "", self._query(root)) if is_near else None
        language = document.language.partition("-")[0]
        others, root = self._by_other_words(part, relaxation.words, language)
        if not matches(root, document):
            return None
        found = _text_of(others, document)
        default = Kind.FORM if " " in found else Kind.BEGINNING
        kind = Kind.FORM if _is_form(found, part, language) else relaxation.words.get(fold(found), default)
        wider = _replaced(self.rule.root, part, any_of([part, replace(part, raw=found, ways=())]))
        return NearMiss(kind, self._text(part), found, self._query(wider))

    def _by_words(self, term: Node) -> Relaxation | None:
        """Return the relaxation of a term by words spelled differently, in another script or in another form.

        None for what has no other words. Authors, sections and tags are compared without places, so they have none.
        """
        if not isinstance(term, Term) or term.scope in WORD_FIELDS:
            return None
        words: dict[str, Kind] = {}
        for way in term.ways:
            if len(way) == 1 and not is_pattern(way[0].key) and ":" not in way[0].key:
                words |= dict.fromkeys(one_edit(way[0].key), Kind.SPELLING)
                words |= dict.fromkeys(transliterations(way[0].key), Kind.SCRIPT)
        forms = tuple(dict.fromkeys((*filter(None, map(self._beginnings, term.ways)), *_beginning_ways(term))))
        if not words and not forms:
            return None
        ways = (*forms, *_other_ways(term, words, ""))
        chunks = [ways[at : at + _MAX_WAYS] for at in range(0, len(ways), _MAX_WAYS)]
        roots = [_replaced(self.rule.root, term, replace(term, ways=chunk, exact=False)) for chunk in chunks]
        return Relaxation(Kind.SPELLING, term, tuple(roots), words)

    def _beginnings(self, way: tuple[Step, ...]) -> tuple[Step, ...] | None:
        """Return what the forms of the words of a way begin with; None where the stemmers know none."""
        if any(is_pattern(step.key) or ":" in step.key or step.glued for step in way):
            return None
        starts = [form_prefix(step.key, self._languages) for step in way]
        steps = (Step(f"{start}*" if start else step.key, glued=False) for start, step in zip(starts, way, strict=True))
        return tuple(steps) if any(starts) else None

    def _by_other_words(self, term: Term, words: Mapping[str, Kind], language: str) -> tuple[Term, Node]:
        """Return a term's other words, forms in the language of an article included, and the rule with them instead."""
        key = (term, language)
        if key not in self._with_words:
            others = replace(term, ways=_other_ways(term, words, language), exact=False)
            self._with_words[key] = others, _replaced(self.rule.root, term, others)
        return self._with_words[key]

    def _text(self, part: Node) -> str:
        return query_of(part, self._lists)

    def _query(self, root: Node) -> str:
        if root not in self._queries:
            query = query_of(root, self._lists)
            try:
                compile_rule(widened(self.rule.spec, query))
            except RuleError:  # more terms than a rule may have, or a word that means something else when typed
                query = ""
            self._queries[root] = query
        return self._queries[root]

    @cached_property
    def _lists(self) -> dict[Node, str]:
        spec = self.rule.spec
        written = " ".join((spec.query, *spec.any, *spec.all, *spec.none, *spec.title_any))
        names = [name for name in dict(spec.lists) if f"@{name}" in written]
        specs = {name: RuleSpec(name, f"@{name}", lists=spec.lists, forms=spec.forms) for name in names}
        return {compile_rule(spec).root: f"@{name}" for name, spec in specs.items()}


def widened(spec: RuleSpec, query: str) -> RuleSpec:
    """Return a rule with another query in place of its query and word lists."""
    return replace(spec, query=query, any=(), all=(), none=(), title_any=())


def _relaxed(node: Node) -> Iterator[tuple[Kind, Node, Node]]:
    """Yield (kind, part, tree) for each place in which a tree can be relaxed.

    A term that may be replaced by other words comes as SPELLING, with an unchanged tree.
    """
    match node:
        case And():
            yield from _relaxed_and(node)
        case Or(parts):
            for at, part in enumerate(parts):
                for kind, what, inner in _relaxed(part):
                    yield kind, what, any_of([*parts[:at], inner, *parts[at + 1 :]])
        case Near() | AtLeast():
            yield from ((Kind.SPELLING, leaf, node) for leaf in leaves(node))  # a field is that of all its terms
            yield from _relaxed_count(node)
        case Term():
            yield Kind.SPELLING, node, node
            if node.exact:
                yield Kind.CASE, node, replace(node, exact=False)
            if node.scope:
                yield Kind.FIELD, node, replace(node, scope="")
        case Regex() | Attribute() | Not():
            return
        case _:
            assert_never(node)


def _relaxed_count(node: Near | AtLeast) -> Iterator[tuple[Kind, Node, Node]]:
    if isinstance(node, Near):
        yield Kind.DISTANCE, node, replace(node, distance=max(_FARTHER * node.distance, node.distance + _FARTHER))
        if node.ordered:
            yield Kind.ORDER, node, replace(node, ordered=False)
    elif node.count > 1:
        yield Kind.COUNT, node, replace(node, count=node.count - 1)


def _relaxed_and(node: And) -> Iterator[tuple[Kind, Node, Node]]:
    parts = node.parts
    positive = sum(not isinstance(part, Not) for part in parts)
    for at, part in enumerate(parts):
        before, after = parts[:at], parts[at + 1 :]
        if isinstance(part, Not):
            for excluded, left in _included(part):
                yield Kind.EXCLUDED, excluded, all_of([*before, *left, *after])
            continue
        if positive > 1:
            yield Kind.MISSING, part, all_of([*before, *after])
        for kind, what, inner in _relaxed(part):
            yield kind, what, all_of([*before, inner, *after])


def _included(node: Not) -> Iterator[tuple[Node, list[Node]]]:
    """Yield each thing that a NOT excludes, with what is left to exclude."""
    if not isinstance(node.part, Or):
        yield node.part, []
        return
    for at, part in enumerate(node.part.parts):
        yield part, [Not(any_of([*node.part.parts[:at], *node.part.parts[at + 1 :]]))]


def _other_ways(term: Term, words: Mapping[str, Kind], language: str) -> tuple[tuple[Step, ...], ...]:
    """Return the ways of other words, and of the forms of the term's own words in a language that has a stemmer."""
    ways = (*((Step(word, glued=False),) for word in words), *_beginning_ways(term))
    stemmed = any(":" in step.key for way in term.ways for step in way)
    return ways if stemmed or language not in ALGORITHMS else (*ways, *stem_ways(term.ways, (language,)))


def _beginning_ways(term: Term) -> tuple[tuple[Step, ...], ...]:
    """Return the ways of words with the same beginning, which are forms where no stemmer knows them.

    At most as many letters more as an ending has; of words of fewer than six letters, other words begin so.
    """
    ways = []
    for way in term.ways:
        key = way[0].key
        if len(way) == 1 and key.isalpha() and len(key) > _MIN_BEGINNING:
            start = key[: max(_MIN_BEGINNING, len(key) - 2)]
            longest = len(key) - len(start) + _LONGEST_ENDING
            ways += [(Step(start + "?" * more, glued=False),) for more in range(longest + 1)]
    return tuple(ways)


def _text_of(term: Term, document: Document) -> str:
    """Return the first occurrence of a term in an article, in one line and without quotation marks."""
    number, start, end = marks(term, places(term, document)[:1], document)[0]
    text = document.article.text if number else document.article.title
    return " ".join(text[start:end].replace('"', " ").split())


def _is_form(word: str, term: Term, language: str) -> bool:
    if language not in ALGORITHMS:
        return False
    return any(len(way) == 1 and stem(fold(word), language) == stem(way[0].key, language) for way in term.ways)


def _replaced(node: Node, term: Term, other: Node) -> Node:
    """Return a tree with another node in all places of a term."""
    match node:
        case Term():
            return other if node == term else node
        case And(parts) | Or(parts) | Near(parts):
            made = [_replaced(part, term, other) for part in parts]
            return any_of(made) if isinstance(node, Or) else replace(node, parts=tuple(made))
        case Not():
            return node
        case AtLeast(_, part):
            return replace(node, part=_replaced(part, term, other))
        case _:
            return node
