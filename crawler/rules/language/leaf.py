"""From one lexeme to a leaf of the tree, in the field and with the lists that hold where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from crawler.errors import RuleError
from crawler.rules.language.lexer import Kind, Lexeme, refuse
from crawler.rules.language.syntax import ATTRIBUTES, TEXT_FIELDS, Node, Or, Term, any_of
from crawler.rules.language.terms import make_attribute, make_regex, make_term

_MAX_SPELLINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for the part of a query being read."""

    scope: str = ""
    exact: bool = False
    depth: int = 0
    forms: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def deeper(self) -> Context:
        """Return what holds within one more pair of brackets."""
        return Context(self.scope, self.exact, self.depth + 1, self.forms, self.lists)


def make_leaf(query: str, lexeme: Lexeme, context: Context) -> Node:
    """Return the node of a word, phrase, pattern or list. Raises RuleError, its fix the whole query corrected."""
    if lexeme.kind is Kind.LIST:
        return _list(lexeme, context)
    if lexeme.kind is Kind.REGEX:
        if context.scope not in ("", *TEXT_FIELDS):
            fix = _spliced(query, lexeme, f'"{lexeme.text}"')
            refuse(f"patterns work in title, lead and text, not in {context.scope}:", lexeme.start, fix)
        return make_regex(lexeme.text, lexeme.start, scope=context.scope, exact=context.exact)
    start = lexeme.start + (lexeme.kind is Kind.PHRASE)
    try:
        return make_single(lexeme.text, start, context)
    except RuleError as error:
        if error.fix:
            whole = lexeme.kind is Kind.WORD or error.fix.startswith(("exact:", "/"))
            error.fix = _spliced(query, lexeme, error.fix if whole else f'"{error.fix}"')
        raise


def make_single(raw: str, start: int, context: Context) -> Node:
    """Return the leaf of a word or phrase as typed. Raises RuleError, its fix a replacement of `raw`."""
    if context.scope in ATTRIBUTES:
        return make_attribute(context.scope, raw, start)
    return make_term(raw, start, scope=context.scope, exact=context.exact, forms=context.forms)


def _list(lexeme: Lexeme, context: Context) -> Node:
    spellings = context.lists.get(lexeme.text)
    if spellings is None:
        known = ", ".join(f"@{name}" for name in context.lists) or "none"
        refuse(f"unknown list @{lexeme.text}; defined lists: {known}", lexeme.start)
    if not 0 < len(spellings) <= _MAX_SPELLINGS:
        refuse(f"the list @{lexeme.text} needs 1 to {_MAX_SPELLINGS:,} spellings", lexeme.start)
    nodes = []
    for number, spelling in enumerate(spellings, 1):
        try:
            nodes.append(make_single(spelling, 0, context))
        except RuleError as error:
            _refuse_spelling(lexeme, number, error)
    return any_of(nodes)


def _refuse_spelling(lexeme: Lexeme, number: int, error: RuleError) -> NoReturn:
    raise RuleError(f"list @{lexeme.text}, spelling {number}: {error.message}", column=lexeme.start + 1) from error


def is_countable(node: Node, scope: str) -> bool:
    """Say whether NEAR and atleast may count `node`: a term in the field that holds, or an OR group of such."""
    if isinstance(node, Or):
        return all(is_countable(part, scope) for part in node.parts)
    return isinstance(node, Term) and node.scope == scope


def _spliced(query: str, lexeme: Lexeme, text: str) -> str:
    return query[: lexeme.start] + text + query[lexeme.end :]
