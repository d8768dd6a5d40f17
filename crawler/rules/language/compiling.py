"""Compilation of a rule, in any of its forms, to a tree with a version."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Final, assert_never

from crawler.errors import RuleError
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
from crawler.rules.language.terms import Context, make_single

_VERSION: Final = "1"  # of the language: to be increased when the meaning of a tree changes
_MAX_FIXES: Final = 10  # mistakes of one query that are corrected
_MAX_READ: Final = 40_000  # characters that are parsed for it in all: twice the longest rule
_MAX_SHOWN: Final = 200  # characters of readings that a message repeats
_ADVICE: Final = ": write "
_FORMS: Final = ("any", "all", "none", "title_any")
# An entry of a form is a plain word or phrase unless it has characters or operators of the query language.
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
    parts = [parse_with_corrections(partial(_query, context), spec.query)] if spec.query.strip() else []
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
        return parse_with_corrections(partial(_single_or_query, context), entry)
    except RuleError as error:
        message = f"{form}, entry {number}: {error.message}"
        raise RuleError(message, column=error.column, fix=error.fix) from error


def _query(context: Context, text: str) -> Node:
    return Parser(text, context).parse()


def _single_or_query(context: Context, entry: str) -> Node:
    if len(entry) > MAX_CHARS or _QUERY.search(entry):
        return _query(context, entry)
    return make_single(entry, 0, context)


def parse_with_corrections(parse: Callable[[str], Node], text: str) -> Node:
    """Parse `text` with `parse`. In the RuleError that it raises, `fix` is a valid rule or empty.

    So are its `readings`, which are added to the message. Each correction fixes one mistake; the remaining ones are
    fixed in turn, and a correction that does not lead to a valid rule is dropped.
    """
    try:
        return parse(text)
    except RuleError as error:
        suggested = error.fix
        error.readings = tuple(one for one in error.readings if _verified(parse, one[1]) == one[1])
        error.fix = error.readings[0][1] if error.readings else _verified(parse, suggested)
        if suggested and not error.fix:
            error.message = error.message.partition(_ADVICE)[0]
        shown = ", or ".join(shown for shown, _ in error.readings)
        if shown and len(shown) <= _MAX_SHOWN:
            error.message += _ADVICE + shown
        raise


def _verified(parse: Callable[[str], Node], fix: str) -> str:
    """Return `fix` if it is a valid rule, else the rule that its own corrections lead to; "" for none."""
    for _ in range(max(1, min(_MAX_FIXES, _MAX_READ // (len(fix) or 1)))):
        if not fix:
            break
        try:
            return fix if needs_presence(parse(fix)) else ""
        except RuleError as error:
            fix = error.fix if error.fix != fix else ""
    return ""


def canonical(node: Node) -> str:
    """Return a tree's meaning as text: independent of spelling and order."""
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
        case _:
            assert_never(node)
    return text
