"""The query text of a syntax tree: the reverse of the parser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from crawler.rules.language.syntax import And, AtLeast, Attribute, Near, Node, Not, Or, Regex, Term, leaves

_BARE: Final = re.compile(r"(?!(?i:and|or|not|o?near.*|atleast.*)$)[^\W_]+\*?")


def query_of(node: Node, lists: Mapping[Node, str] | None = None) -> str:
    """Return a query that compiles to a tree of the same meaning.

    `lists`: the references ("@name") of spelling lists by their trees; such a tree is written as its reference. Word
    forms are an option of the rule, not of its query: a term is written as it was typed.
    """
    return _chain(node, lists or {})


def _chain(node: Node, lists: Mapping[Node, str]) -> str:
    """Return the text of a node that may contain operators without brackets around it."""
    if isinstance(node, And):
        positive = [part for part in node.parts if not isinstance(part, Not)]
        negative = [part for part in node.parts if isinstance(part, Not)]
        return " AND ".join(_operand(part, lists) for part in (*positive, *negative))
    if isinstance(node, Or) and node not in lists:
        return " OR ".join(_operand(part, lists) for part in node.parts)
    return _operand(node, lists)


def _operand(node: Node, lists: Mapping[Node, str]) -> str:
    """Return the text of an operand of AND and OR."""
    if isinstance(node, Not):
        return f"NOT {_single(node.part, lists)}"
    if isinstance(node, Near):
        return _counted(node, lists)
    return _single(node, lists)


def _single(node: Node, lists: Mapping[Node, str]) -> str:
    """Return the text of a node as one unit: a leaf, a list, or something in brackets."""
    if node in lists:
        return lists[node]
    match node:
        case Term(raw, _, scope, exact):
            text = raw if _BARE.fullmatch(raw) else f'"{raw}"'
            return f"{f'{scope}:' if scope else ''}{'exact:' if exact else ''}{text}"
        case Regex(pattern, scope, exact):
            return f"{f'{scope}:' if scope else ''}{'exact:' if exact else ''}/{pattern}/"
        case Attribute(field, value):
            return f'{field}:"{value}"'
        case AtLeast():
            return _counted(node, lists)
        case And() | Or() | Near() | Not():
            return f"({_chain(node, lists)})"
        case _:
            assert_never(node)


def _counted(node: Near | AtLeast, lists: Mapping[Node, str]) -> str:
    """Return the text of NEAR or atleast; a field that all of its terms are in is written before its brackets."""
    scopes = {leaf.scope for leaf in leaves(node) if isinstance(leaf, Term)}
    scope = scopes.pop() if len(scopes) == 1 else ""
    if isinstance(node, AtLeast):
        text = f"atleast{node.count}({_chain(_in_scope(node.part, ''), lists) if scope else _chain(node.part, lists)})"
    else:
        parts = [_in_scope(part, "") if scope else part for part in node.parts]
        text = f" {'ONEAR' if node.ordered else 'NEAR'}/{node.distance} ".join(_single(part, lists) for part in parts)
    return f"{scope}:({text})" if scope else text


def _in_scope(node: Node, scope: str) -> Node:
    """Return what NEAR or atleast counts (a term or an OR group of terms) with another field."""
    if isinstance(node, Or):
        return Or(tuple(_in_scope(part, scope) for part in node.parts))
    return replace(node, scope=scope) if isinstance(node, Term) else node
