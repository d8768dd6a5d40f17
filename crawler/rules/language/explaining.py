"""Explanation of a rule in one plain sentence."""

from __future__ import annotations

from typing import assert_never

from crawler.rules.language.spec import Rule
from crawler.rules.language.syntax import And, AtLeast, Attribute, Near, Node, Not, Or, Regex, Term

_PLACES = {
    "": "",
    "title": " in the title",
    "lead": " in the title or the first 60 words",
    "text": " in the text",
    "author": " among the authors",
    "section": " in the section",
    "tag": " among the tags",
}
_ATTRIBUTES = {
    "site": "the site is {} or a subdomain of it",
    "url": "the URL contains {}",
    "language": "the language is {}",
    "source": "the source is {}",
}


def explain(rule: Rule) -> str:
    """Return a sentence that describes when the rule matches."""
    spec = rule.spec
    conditions = []
    origins = [f"the source {name}" for name in spec.sources] + [f"sources tagged {tag}" for tag in spec.source_tags]
    if origins:
        conditions.append(f"from {_join(origins, 'or')}")
    if spec.languages:
        conditions.append(f"in the language {_join(list(spec.languages), 'or')}")
    where = f" {' and '.join(conditions)}" if conditions else ""
    forms = f", including other forms of words in {_join(list(spec.forms), 'and')}" if spec.forms else ""
    return f"Matches an article{where} when {_describe(rule.root)}{forms}."


def _join(items: list[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _describe(node: Node) -> str:
    match node:
        case Not(part):
            text = _describe_negation(part)
        case And(parts):
            text = " and ".join(f"({_describe(part)})" if isinstance(part, Or) else _describe(part) for part in parts)
        case Or(parts) if _common_place(node) is not None:
            text = (
                f"{_join([_name(part) for part in parts if isinstance(part, Term)], 'or')} appears{_common_place(node)}"
            )
        case Or(parts):
            text = " or ".join(f"({_describe(part)})" if isinstance(part, And) else _describe(part) for part in parts)
        case Near(parts, distance, ordered):
            order = "in this order" if ordered else "in any order"
            text = f"{_join([_group(part) for part in parts], 'and')} appear {order} with {_between(distance)}"
        case AtLeast(count, part):
            text = f"{_group(part)} appears at least {count} times"
        case Term(scope=scope):
            text = f"{_name(node)} appears{_PLACES[scope]}"
        case Regex(pattern, scope, exact):
            text = f"the pattern /{pattern}/ matches{' (case-sensitive)' if exact else ''}{_PLACES[scope]}"
        case Attribute(field, value):
            text = _ATTRIBUTES[field].format(value)
        case _:
            assert_never(node)
    return text


def _describe_negation(part: Node) -> str:
    if isinstance(part, Term):
        return f"{_name(part)} does not appear{_PLACES[part.scope]}"
    if isinstance(part, Or) and (place := _common_place(part)) is not None:
        return f"none of {_join([_name(one) for one in part.parts if isinstance(one, Term)], 'or')} appears{place}"
    return f"not ({_describe(part)})"


def _between(count: int) -> str:
    if not count:
        return "no word between"
    return f"at most {'one word' if count == 1 else f'{count} words'} between"


def _common_place(node: Or) -> str | None:
    scopes = {part.scope if isinstance(part, Term) else None for part in node.parts}
    scope = scopes.pop()
    return _PLACES[scope] if not scopes and scope is not None else None


def _group(node: Node) -> str:
    if isinstance(node, Or):
        return f"({_join([_group(part) for part in node.parts], 'or')})"
    return _name(node) if isinstance(node, Term) else _describe(node)


def _name(term: Term) -> str:
    if term.exact:
        return f'exactly "{term.raw}"'
    if term.raw.endswith("*"):
        return f'a word beginning with "{term.raw[:-1]}"' if " " not in term.raw else f'the phrase "{term.raw}"'
    return f'"{term.raw}"'
