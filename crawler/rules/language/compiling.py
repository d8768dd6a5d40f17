"""From a rule as written, in any of its forms, to one tree with a version."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Final

from crawler.errors import RuleError
from crawler.rules.language.advice import advised
from crawler.rules.language.leaf import Context, make_single
from crawler.rules.language.lexer import MAX_CHARS
from crawler.rules.language.parser import MAX_TERMS, Parser
from crawler.rules.language.spec import Rule, RuleSpec
from crawler.rules.language.stems import ALGORITHMS
from crawler.rules.language.syntax import (
    FIELDS,
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

_VERSION: Final = "1"  # of the language: raise it when a tree comes to mean something else
_FORMS: Final = ("any", "all", "none", "title_any")
# An entry of a form is a plain word or phrase unless it shows the signs of the query language.
_QUERY: Final = re.compile(
    rf'["“”„«»()@]|^[-/]|(?:^|\s)(?:AND|OR|NOT|O?NEAR\S*)(?:\s|$)|(?:^|\s)(?:{"|".join(FIELDS)}):|^atleast'
)


def compile_rule(spec: RuleSpec) -> Rule:
    """Return the compiled rule. Raises RuleError with the column (in the query or in the entry) and the correction."""
    try:
        root = _tree(spec)
    except RuleError as error:
        error.subject = spec.id
        raise
    meaning = "\n".join(
        [
            canonical(root),
            *(" ".join(sorted(set(names))) for names in (spec.sources, spec.source_tags, spec.languages)),
        ]
    )
    digest = blake2b(meaning.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Rule(spec, root, f"{_VERSION}:{digest}")


def _tree(spec: RuleSpec) -> Node:
    unknown = [language for language in spec.forms if language not in ALGORITHMS]
    if unknown:
        raise RuleError(f"no word forms for {unknown[0]}; supported: {', '.join(ALGORITHMS)}", column=1)
    context = Context(forms=spec.forms, lists={name: tuple(spellings) for name, spellings in dict(spec.lists).items()})
    parts = [advised(partial(_query, context), spec.query)] if spec.query.strip() else []
    for form in _FORMS:
        entries: tuple[str, ...] = getattr(spec, form)
        nodes = [_entry(form, number, entry, context) for number, entry in enumerate(entries, 1)]
        if nodes:
            parts.append(_combined(form, nodes))
    if not parts:
        raise RuleError("the rule is empty: write a query, or one of any, all, title_any", column=1)
    root = all_of(parts)
    if not needs_presence(root):
        raise RuleError("a rule needs at least one term without NOT", column=1)
    if sum(1 for _ in leaves(root)) > MAX_TERMS:
        raise RuleError(f"a rule has at most {MAX_TERMS:,} terms", column=1)
    return root


def _combined(form: str, nodes: list[Node]) -> Node:
    if form == "all":
        return all_of(nodes)
    node = any_of(nodes)
    return Not(node) if form == "none" else node


def _entry(form: str, number: int, entry: str, context: Context) -> Node:
    """Return the tree of one entry of a form: a plain word or phrase, or a query of its own."""
    if form == "title_any":
        context = replace(context, scope="title")
    try:
        return advised(partial(_single_or_query, context), entry)
    except RuleError as error:
        message = f"{form}, entry {number}: {error.message}"
        raise RuleError(message, column=error.column, fix=error.fix) from error


def _query(context: Context, text: str) -> Node:
    return Parser(text, context).parse()


def _single_or_query(context: Context, entry: str) -> Node:
    if len(entry) > MAX_CHARS or _QUERY.search(entry):
        return _query(context, entry)
    return make_single(entry, 0, context)


def canonical(node: Node) -> str:
    """Return what a tree means as text: equal for equal meaning as far as spelling and order go."""
    match node:
        case Term(raw, ways, scope, exact):
            steps = "|".join(sorted(" ".join(("~" if s.glued else "") + s.key for s in way) for way in ways))
            text = f"{scope}[{steps}]" if not exact else f"{scope}={raw!r}"
        case Regex(pattern, scope, exact):
            text = f"{scope}/{'' if exact else 'i'}{pattern!r}"
        case Attribute(name, value):
            text = f"{name}:{value!r}"
        case Near(parts, distance, ordered):
            inner = [canonical(part) for part in parts]
            text = f"near{distance}({','.join(inner)})" if ordered else f"near{distance}{{{','.join(sorted(inner))}}}"
        case AtLeast(count, part):
            text = f"atleast{count}({canonical(part)})"
        case And(parts):
            text = f"and({','.join(sorted({canonical(part) for part in parts}))})"
        case Or(parts):
            text = f"or({','.join(sorted({canonical(part) for part in parts}))})"
        case Not(part):
            text = f"not({canonical(part)})"
    return text
