"""Queries that the grammar refuses because products read them differently, with message, position and correction.

Every function returns if the query is valid, or raises RuleError; `fix` is the whole query with the first mistake
corrected.
"""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple, NoReturn

from crawler.rules.language.lexer import Kind, Lexeme, refuse
from crawler.rules.language.syntax import And, Node, Not, Term, needs_presence

_TERMS = (Kind.WORD, Kind.PHRASE, Kind.LIST)
_MAX_SHOWN = 200  # characters of a query that a message repeats


class Part(NamedTuple):
    """An operand of a chain: its node, the operator before it (AND for the first), its position in the query."""

    node: Node
    kind: Kind
    operator: Lexeme
    start: int
    end: int


def _splice(query: str, start: int, end: int, text: str) -> str:
    return (query[:start] + text + query[end:]).strip()


def refuse_mixed(query: str, parts: list[Part]) -> None:
    """Refuse AND and OR on one level: `a OR b AND c` means two things."""
    odd = next((part for part in parts[1:] if part.kind is not parts[1].kind), None)
    if odd is None:
        return
    readings = [_grouped(query, parts, tight) for tight in (Kind.OR, Kind.AND)]
    whole = _with_corrections(query, parts[0].start, parts[-1].end, readings)
    refuse("AND and OR are mixed without parentheses", odd.operator.start, readings=whole)


def _with_corrections(query: str, start: int, end: int, readings: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((reading, _splice(query, start, end, reading)) for reading in readings)


def _grouped(query: str, parts: list[Part], tight: Kind) -> str:
    """Return the chain with brackets around the operands that `tight` connects."""
    groups: list[list[Part]] = []
    for part in parts:
        if groups and part.kind is tight:
            groups[-1].append(part)
        else:
            groups.append([part])
    texts = []
    for group in groups:
        begin = group[0].start
        negated = tight is Kind.OR and isinstance(group[0].node, Not)
        inner = query[begin : group[-1].end]
        if len(group) > 1:
            negation, rest = _without_not(inner) if negated else ("", inner)
            inner = f"{negation}({rest})"
        texts.append(_operator_before(query, group[0], inner) + inner)
    return " ".join(texts)


def _without_not(text: str) -> tuple[str, str]:
    negation = "-" if text[0] in "-−" else "NOT "
    return negation, text[1 if negation == "-" else 3 :].lstrip()


def _operator_before(query: str, part: Part, text: str) -> str:
    """Return the operator before a group, "" for the first and for a NOT without operator."""
    if part.operator.start == part.start:
        return ""
    return f"{query[part.operator.start : part.operator.end]} " if text else ""


def refuse_side_by_side(query: str, before: Part, lexemes: list[Lexeme]) -> NoReturn:
    """Refuse two terms without an operator: OR in one product, AND in another, a phrase in a third."""
    following = lexemes[0]
    words = list(takewhile(lambda lexeme: lexeme.kind in _TERMS, lexemes))
    left = query[before.start : before.end]
    if not words:
        fix = _splice(query, following.start, following.start, "AND ")
        refuse("no operator between two terms: write AND or OR between them", following.start, fix)
    right = [query[lexeme.start : lexeme.end] for lexeme in words]
    plain = all(lexeme.kind is Kind.WORD for lexeme in words) and not isinstance(before.node, Not) and _is_word(left)
    phrase = f'"{" ".join([left, *right])}"'
    readings = [phrase] if plain else []
    readings += [f" {operator} ".join([left, *right]) for operator in ("AND", "OR")]
    whole = _with_corrections(query, before.start, words[-1].end, readings)
    refuse("no operator between two terms", following.start, readings=whole)


def _is_word(text: str) -> bool:
    return not any(char in text for char in ' ()"“”„«»/@:')


def refuse_or_not(query: str, parts: list[Part]) -> None:
    """Refuse `a OR NOT b`, which matches nearly everything."""
    negative = [part for part in parts if not needs_presence(part.node)]
    if not negative:
        return
    positive = [query[part.start : part.end] for part in parts if needs_presence(part.node)]
    if not positive or not all(query.startswith(("NOT", "-", "−"), part.start) for part in negative):
        refuse("OR NOT would match nearly every article: add a term that must be present", negative[0].start)
    required = f"({' OR '.join(positive)})" if len(positive) > 1 else positive[0]
    reading = " ".join([required, *("NOT " + _without_not(query[part.start : part.end])[1] for part in negative)])
    hint = f": write {reading}" if len(reading) <= _MAX_SHOWN else ""
    fix = _splice(query, parts[0].start, parts[-1].end, reading)
    refuse(f"OR NOT would match nearly every article{hint}", negative[0].start, fix)


def refuse_missing(query: str, lexemes: list[Lexeme], found: Lexeme) -> NoReturn:
    """Refuse an operator, a closing bracket or the end in place of a term."""
    index = lexemes.index(found)
    previous = lexemes[index - 1] if index else None
    if previous is not None and previous.kind is Kind.OPEN and found.kind in (Kind.CLOSE, Kind.END):
        refuse("empty parentheses: remove them", previous.start)
    if previous is None and found.kind is Kind.CLOSE:
        refuse("this ) has no matching (: remove it", found.start, _splice(query, found.start, found.end, ""))
    if previous is not None and found.kind in (Kind.CLOSE, Kind.END):
        fix = _without(query, previous)
        refuse(f"missing term after {query[previous.start : previous.end]}", previous.start, fix)
    refuse(f"missing term before {found.text}", found.start, _without(query, found))


def _without(query: str, lexeme: Lexeme) -> str:
    return f"{query[: lexeme.start].rstrip()} {query[lexeme.end :].lstrip()}".strip()


def refuse_near_mix(query: str, spans: list[tuple[int, int]], first: Lexeme, second: Lexeme) -> NoReturn:
    """Refuse two kinds of NEAR, or two numbers, in one chain."""
    left = query[spans[0][0] : spans[-1][1]]
    middle = query[spans[-1][0] : spans[-1][1]]
    name = query[second.start : second.end]
    fix = _splice(query, spans[0][0], second.end, f"{left} AND {middle} {name}")
    refuse(
        f"{query[first.start : first.end]} and {name} cannot share a chain: write ({left}) AND ({middle} {name} ...)",
        second.start,
        fix,
    )


def refuse_near_operand(
    query: str, operator: Lexeme, part: Node, span: tuple[int, int], spans: list[tuple[int, int]]
) -> NoReturn:
    """Refuse an operand of NEAR without a position, or in a field: (a AND b) NEAR/5 c, title:a NEAR/5 b."""
    name = query[operator.start : operator.end]
    reading = ""
    if isinstance(part, Term) and query.startswith(f"{part.scope}:", span[0]):
        texts = [query[start:end] for start, end in spans]
        texts[spans.index(span)] = query[span[0] + len(part.scope) + 1 : span[1]].strip()
        reading = f"{part.scope}:({f' {name} '.join(texts)})"
    if isinstance(part, And) and len(spans) == 2:  # noqa: PLR2004
        reading = _distributed(query, name, part, span, spans)
    hint = f": write {reading}" if reading else ""
    fix = _splice(query, spans[0][0], spans[-1][1], reading) if reading else ""
    refuse(f"{name} takes words, phrases and OR groups of them{hint}", span[0], fix)


def _distributed(query: str, name: str, part: And, span: tuple[int, int], spans: list[tuple[int, int]]) -> str:
    """Return (a NEAR/5 c) AND (b NEAR/5 c) for (a AND b) NEAR/5 c, "" when a and b are not simple terms."""
    written = [f'"{term.raw}"' if " " in term.raw else term.raw for term in part.parts if isinstance(term, Term)]
    if len(written) < len(part.parts) or any(leaf.scope or leaf.exact for leaf in part.parts if isinstance(leaf, Term)):
        return ""
    other = spans[1 - spans.index(span)]
    text = query[other[0] : other[1]]
    first = span < other
    pairs = [f"({term} {name} {text})" if first else f"({text} {name} {term})" for term in written]
    return " AND ".join(pairs)
