"""The recursive-descent parser of the query language. Queries that products read differently are refused.

::

    rule   = chain ;
    chain  = unary , { "OR" , unary }
           | unary , { [ "AND" ] , "NOT" , unary | "AND" , unary } ;
    unary  = [ "NOT" | "-" ] , near ;
    near   = prim , { ( "NEAR/" | "ONEAR/" ) , number , prim } ;
    prim   = "(" , chain , ")" | "atleast" , number , "(" , chain , ")" | field , ":" , prim
           | "@" , list | phrase | regex | word ;
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crawler.rules.language.lexer import Kind, Lexeme, Lexer, refuse
from crawler.rules.language.refusals import (
    Part,
    refuse_missing,
    refuse_mixed,
    refuse_near_mix,
    refuse_near_operand,
    refuse_or_not,
    refuse_side_by_side,
)
from crawler.rules.language.syntax import AtLeast, Near, Node, Not, Term, all_of, any_of, children
from crawler.rules.language.terms import Context, is_countable, make_leaf

MAX_TERMS: Final = 1_000
MAX_DEPTH: Final = 50
MAX_DISTANCE: Final = 1_000
MAX_NEAR_PARTS: Final = 6


class Parser:
    """A parser of one query. Raises RuleError with the column and the corrected query."""

    def __init__(self, query: str, context: Context) -> None:
        self.query = query
        self._context = context
        self._lexemes = Lexer(query).lexemes()
        self._next = self._lexemes[0]
        self._at = 0
        self._terms = 0

    def parse(self) -> Node:
        """Return the tree of the whole query."""
        if self._next.kind is Kind.END:
            refuse("the rule is empty: write at least one word", 0)
        node = self._chain(self._context)
        if self._next.kind is Kind.CLOSE:
            at = self._next.start
            refuse("this ) has no matching (: remove it", at, self._spliced(at, at + 1, ""))
        return node

    def _take(self) -> Lexeme:
        lexeme = self._next
        if lexeme.kind is not Kind.END:
            self._at += 1
            self._next = self._lexemes[self._at]
        return lexeme

    def _spliced(self, start: int, end: int, text: str) -> str:
        return (self.query[:start] + text + self.query[end:]).strip()

    def _chain(self, context: Context) -> Node:
        """Parse operands with one kind of operator, up to a bracket or the end."""
        parts = [self._operand(context, Kind.AND, self._next)]
        while self._next.kind not in (Kind.END, Kind.CLOSE):
            operator = self._next
            if operator.kind in (Kind.AND, Kind.OR):
                self._take()
            elif operator.kind is not Kind.NOT:
                refuse_side_by_side(self.query, parts[-1], self._lexemes[self._at :])
            kind = Kind.OR if operator.kind is Kind.OR else Kind.AND
            parts.append(self._operand(context, kind, operator))
        if len(parts) == 1:
            return parts[0].node
        refuse_mixed(self.query, parts)
        nodes = [part.node for part in parts]
        if parts[1].kind is Kind.AND:
            return all_of(nodes)
        refuse_or_not(self.query, parts)
        return any_of(nodes)

    def _operand(self, context: Context, kind: Kind, operator: Lexeme) -> Part:
        start = self._next.start
        negated = self._next.kind is Kind.NOT
        if negated:
            negation = self._take()
            if self._next.kind is Kind.NOT:
                fix = self._spliced(negation.start, self._next.end, "")
                refuse("double NOT: remove both", self._next.start, fix)
        node = self._near(context)
        return Part(Not(node) if negated else node, kind, operator, start, self._lexemes[self._at - 1].end)

    def _near(self, context: Context) -> Node:
        first = self._next
        parts = [self._prim(context)]
        operator = self._next
        if operator.kind not in (Kind.NEAR, Kind.ONEAR):
            return parts[0]
        spans = [(first.start, self._lexemes[self._at - 1].end)]
        while self._next.kind in (Kind.NEAR, Kind.ONEAR):
            if self._next[:2] != operator[:2]:
                refuse_near_mix(self.query, spans, operator, self._next)
            if self._next.number > MAX_DISTANCE:
                near = self._next
                fix = self._spliced(near.start, near.end, f"{near.kind.name}/{MAX_DISTANCE}")
                refuse(f"the maximum number of words is {MAX_DISTANCE:,}", near.start, fix)
            self._take()
            start = self._next.start
            parts.append(self._prim(context))
            spans.append((start, self._lexemes[self._at - 1].end))
        if len(parts) > MAX_NEAR_PARTS:
            refuse(f"a chain of NEAR has at most {MAX_NEAR_PARTS} parts: split it with AND", operator.start)
        for part, span in zip(parts, spans, strict=True):
            if not is_countable(part, context.scope):
                refuse_near_operand(self.query, operator, part, span, spans)
        return Near(tuple(parts), operator.number, ordered=operator.kind is Kind.ONEAR)

    def _prim(self, context: Context) -> Node:
        lexeme = self._take()
        match lexeme.kind:
            case Kind.OPEN:
                return self._bracket(lexeme, context)
            case Kind.ATLEAST:
                return self._atleast(lexeme, context)
            case Kind.FIELD:
                return self._field(lexeme, context)
            case Kind.LIST | Kind.WORD | Kind.PHRASE | Kind.REGEX:
                return self._leaf(lexeme, context)
            case _:
                return refuse_missing(self.query, self._lexemes, lexeme)

    def _bracket(self, opening: Lexeme, context: Context) -> Node:
        if context.depth >= MAX_DEPTH:
            refuse(f"parentheses are nested more than {MAX_DEPTH} deep", opening.start)
        node = self._chain(context.deeper())
        if self._take().kind is not Kind.CLOSE:
            refuse("this ( has no matching ): write ) after its last term", opening.start, self.query.rstrip() + ")")
        return node

    def _atleast(self, lexeme: Lexeme, context: Context) -> Node:
        if not 1 <= lexeme.number <= MAX_DISTANCE:
            fix = self._spliced(lexeme.start, lexeme.end, "atleast2")
            refuse(f"atleast takes a number from 1 to {MAX_DISTANCE:,}: write atleast2(...)", lexeme.start, fix)
        node = self._bracket(self._take(), context)
        if not is_countable(node, context.scope):
            refuse("atleast counts words, phrases, wildcards and OR groups of them", lexeme.start)
        return AtLeast(lexeme.number, node)

    def _field(self, lexeme: Lexeme, context: Context) -> Node:
        name = lexeme.text
        if name == "exact":
            return self._nested(replace(context, exact=True))
        if context.scope:
            fix = self._spliced(lexeme.start, lexeme.end, "")
            refuse(f"{name}: is nested in {context.scope}: and can never match; remove one of them", lexeme.start, fix)
        return self._nested(replace(context, scope=name))

    def _nested(self, context: Context) -> Node:
        """Parse the operand after a field's colon."""
        if context.depth >= MAX_DEPTH:
            refuse(f"fields are nested more than {MAX_DEPTH} deep", self._next.start)
        return self._prim(context.deeper())

    def _leaf(self, lexeme: Lexeme, context: Context) -> Node:
        node = make_leaf(self.query, lexeme, context)
        self._terms += 1 if isinstance(node, Term) else len(children(node)) or 1
        if self._terms > MAX_TERMS:
            refuse(f"a rule has at most {MAX_TERMS:,} terms", lexeme.start)
        return node
