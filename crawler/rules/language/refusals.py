"""What the grammar refuses although other products read it, one way or the other: the message, the place, the fix.

Every function returns when all is well or raises RuleError; `fix` is the whole query with the first mistake corrected.
"""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple, NoReturn

from crawler.rules.language.lexer import Kind, Lexeme, refuse
from crawler.rules.language.syntax import And, Node, Not, Term, needs_presence

_TERMS = (Kind.WORD, Kind.PHRASE, Kind.LIST)
_MAX_SHOWN = 200  # characters of a query that a message repeats


class Part(NamedTuple):
    """An operand of a chain: its node, the operator before it (AND for the first), its place in the query."""

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
    whole = _wholes(query, parts[0].start, parts[-1].end, readings)
    refuse("AND and OR are mixed without parentheses", odd.operator.start, readings=whole)


def _wholes(query: str, start: int, end: int, readings: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((reading, _splice(query, start, end, reading)) for reading in readings)


def _grouped(query: str, parts: list[Part], tight: Kind) -> str:
    """Return the chain with brackets around what `tight` connects."""
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
            sign, rest = _without_not(inner) if negated else ("", inner)
            inner = f"{sign}({rest})"
        texts.append(_lead(query, group[0], inner) + inner)
    return " ".join(texts)


def _without_not(text: str) -> tuple[str, str]:
    sign = "-" if text[0] in "-−" else "NOT "
    return sign, text[1 if sign == "-" else 3 :].lstrip()


def _lead(query: str, part: Part, text: str) -> str:
    """Return the operator in front of a group, "" for the first and where NOT stands alone."""
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
    whole = _wholes(query, before.start, words[-1].end, readings)
    refuse("no operator between two terms", following.start, readings=whole)


def _is_word(text: str) -> bool:
    return not any(sign in text for sign in ' ()"“”„«»/@:')


def refuse_or_not(query: str, parts: list[Part]) -> None:
    """Refuse `a OR NOT b`, which matches nearly everything."""
    negative = [part for part in parts if not needs_presence(part.node)]
    if not negative:
        return
    positive = [query[part.start : part.end] for part in parts if needs_presence(part.node)]
    if not positive or not all(query.startswith(("NOT", "-", "−"), part.start) for part in negative):
        refuse("OR NOT would match nearly every article: add a term that must be present", negative[0].start)
    wanted = f"({' OR '.join(positive)})" if len(positive) > 1 else positive[0]
    reading = " ".join([wanted, *("NOT " + _without_not(query[part.start : part.end])[1] for part in negative)])
    hint = f": write {reading}" if len(reading) <= _MAX_SHOWN else ""
    fix = _splice(query, parts[0].start, parts[-1].end, reading)
    refuse(f"OR NOT would match nearly every article{hint}", negative[0].start, fix)


def refuse_missing(query: str, lexemes: list[Lexeme], found: Lexeme) -> NoReturn:
    """Refuse an operator, a closing bracket or the end where a term should stand."""
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


def refuse_near_mix(query: str, places: list[tuple[int, int]], first: Lexeme, second: Lexeme) -> NoReturn:
    """Refuse two kinds of NEAR, or two numbers, in one chain."""
    left = query[places[0][0] : places[-1][1]]
    middle = query[places[-1][0] : places[-1][1]]
    name = query[second.start : second.end]
    fix = _splice(query, places[0][0], second.end, f"{left} AND {middle} {name}")
    refuse(
        f"{query[first.start : first.end]} and {name} cannot share a chain: write ({left}) AND ({middle} {name} ...)",
        second.start,
        fix,
    )


def refuse_near_operand(
    query: str, operator: Lexeme, part: Node, place: tuple[int, int], places: list[tuple[int, int]]
) -> NoReturn:
    """Refuse an operand of NEAR that has no place, or is in a field: (a AND b) NEAR/5 c, title:a NEAR/5 b."""
    name = query[operator.start : operator.end]
    reading = ""
    if isinstance(part, Term) and query.startswith(f"{part.scope}:", place[0]):
        texts = [query[start:end] for start, end in places]
        texts[places.index(place)] = query[place[0] + len(part.scope) + 1 : place[1]].strip()
        reading = f"{part.scope}:({f' {name} '.join(texts)})"
    if isinstance(part, And) and len(places) == 2:  # noqa: PLR2004
        reading = _distributed(query, name, part, place, places)
    hint = f": write {reading}" if reading else ""
    fix = _splice(query, places[0][0], places[-1][1], reading) if reading else ""
    refuse(f"{name} takes words, phrases and OR groups of them{hint}", place[0], fix)


def _distributed(query: str, name: str, part: And, place: tuple[int, int], places: list[tuple[int, int]]) -> str:
    """Return (a NEAR/5 c) AND (b NEAR/5 c) for (a AND b) NEAR/5 c, "" when a and b are not simple terms."""
    written = [f'"{term.raw}"' if " " in term.raw else term.raw for term in part.parts if isinstance(term, Term)]
    if len(written) < len(part.parts) or any(leaf.scope or leaf.exact for leaf in part.parts if isinstance(leaf, Term)):
        return ""
    other = places[1 - places.index(place)]
    text = query[other[0] : other[1]]
    first = place < other
    pairs = [f"({term} {name} {text})" if first else f"({text} {name} {term})" for term in written]
    return " AND ".join(pairs)
