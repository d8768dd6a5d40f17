"""A rule in one plain sentence, so that its reader sees what was understood."""

from __future__ import annotations

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
    """Return one sentence that says when the rule matches."""
    spec = rule.spec
    conditions = []
    origins = [f"the source {name}" for name in spec.sources] + [f"sources tagged {tag}" for tag in spec.source_tags]
    if origins:
        conditions.append(f"from {_listed(origins, 'or')}")
    if spec.languages:
        conditions.append(f"in the language {_listed(list(spec.languages), 'or')}")
    where = f" {' and '.join(conditions)}" if conditions else ""
    forms = f", including other forms of words in {_listed(list(spec.forms), 'and')}" if spec.forms else ""
    return f"Matches an article{where} when {_said(rule.root)}{forms}."


def _listed(items: list[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _said(node: Node) -> str:
    match node:
        case Not(part):
            said = _denied(part)
        case And(parts):
            said = " and ".join(f"({_said(part)})" if isinstance(part, Or) else _said(part) for part in parts)
        case Or(parts) if _same_place(node) is not None:
            said = (
                f"{_listed([_name(part) for part in parts if isinstance(part, Term)], 'or')} appears{_same_place(node)}"
            )
        case Or(parts):
            said = " or ".join(f"({_said(part)})" if isinstance(part, And) else _said(part) for part in parts)
        case Near(parts, distance, ordered):
            order = "in this order" if ordered else "in any order"
            said = f"{_listed([_group(part) for part in parts], 'and')} appear {order} with {_between(distance)}"
        case AtLeast(count, part):
            said = f"{_group(part)} appears at least {count} times"
        case Term(scope=scope):
            said = f"{_name(node)} appears{_PLACES[scope]}"
        case Regex(pattern, scope, exact):
            said = f"the pattern /{pattern}/ matches{' (case-sensitive)' if exact else ''}{_PLACES[scope]}"
        case Attribute(field, value):
            said = _ATTRIBUTES[field].format(value)
    return said


def _denied(part: Node) -> str:
    if isinstance(part, Term):
        return f"{_name(part)} does not appear{_PLACES[part.scope]}"
    if isinstance(part, Or) and (place := _same_place(part)) is not None:
        return f"none of {_listed([_name(one) for one in part.parts if isinstance(one, Term)], 'or')} appears{place}"
    return f"not ({_said(part)})"


def _between(count: int) -> str:
    if not count:
        return "no word between"
    return f"at most {'one word' if count == 1 else f'{count} words'} between"


def _same_place(node: Or) -> str | None:
    scopes = {part.scope if isinstance(part, Term) else None for part in node.parts}
    scope = scopes.pop()
    return _PLACES[scope] if not scopes and scope is not None else None


def _group(node: Node) -> str:
    if isinstance(node, Or):
        return f"({_listed([_group(part) for part in node.parts], 'or')})"
    return _name(node) if isinstance(node, Term) else _said(node)


def _name(term: Term) -> str:
    if term.exact:
        return f'exactly "{term.raw}"'
    if term.raw.endswith("*"):
        return f'a word beginning with "{term.raw[:-1]}"' if " " not in term.raw else f'the phrase "{term.raw}"'
    return f'"{term.raw}"'
