"""The rules of a watch file, compiled for their mistakes: each with its place in the query, and its examples tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crawler.config.file.checks import entries
from crawler.config.file.environ import Taken
from crawler.config.file.places import Document, Path
from crawler.config.rules import Rule
from crawler.config.section import Terms
from crawler.errors import RuleError
from crawler.rules import Rule as Compiled
from crawler.rules import RuleSpec, check_examples, compile_rule, explain

RULE_DEPTH = 2  # ("rules", 3)
FORMS = ("any", "all", "none", "title_any")
_TERMS = TypeAdapter(Terms)


def check_rules(document: Document, taken: Taken) -> None:
    """Report the mistakes of every rule whose other keys are right. Words from the environment are not shown."""
    lists = _lists(document.data.get("lists"))
    for path, entry in entries(document, "rules"):
        try:
            rule = Rule.model_validate(entry)
        except ValidationError:
            continue  # told already
        if rule.query or rule.any or rule.all or rule.title_any:
            _check(document, path, rule.spec(lists), taken)


def _lists(data: Any) -> dict[str, tuple[str, ...]]:
    """Return the lists that are what lists should be."""
    good: dict[str, tuple[str, ...]] = {}
    for name, terms in data.items() if isinstance(data, dict) else ():
        try:
            good[name] = _TERMS.validate_python(terms)
        except ValidationError:
            continue  # told already
    return good


def _check(document: Document, path: Path, spec: RuleSpec, taken: Taken) -> None:
    try:
        rule = compile_rule(spec)
    except RuleError as whole:
        wrong = [(piece, error) for piece in pieces(spec) if (error := _error(piece.spec))]
        for piece, error in wrong:
            _report(document, (*path, *piece.path), error, taken)
        if not wrong:
            _report(document, path, whole, taken)
    else:
        _try_examples(document, path, rule)


def _try_examples(document: Document, path: Path, rule: Compiled) -> None:
    for failure in check_examples(rule):
        key, examples = ("match", rule.spec.examples_match) if failure.expected else ("not", rule.spec.examples_not)
        found = (
            "the rule does not match this example" if failure.expected else "the rule matches this example but must not"
        )
        said = explain(rule)
        place = (*path, "examples", key, examples.index(failure.example))
        document.report(place, found, f"correct one of them: the rule {said[:1].lower()}{said[1:]}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a rule that can be wrong by itself: where it stands, and a rule of it alone."""

    path: Path
    spec: RuleSpec


def pieces(spec: RuleSpec) -> Iterator[Piece]:
    """Take a rule apart into what can be wrong by itself."""
    bare = RuleSpec(spec.id, lists=spec.lists)
    if spec.query:
        yield Piece(("query",), replace(bare, query=spec.query))
    for form in FORMS:
        for number, term in enumerate(getattr(spec, form)):
            alone = replace(bare, **{"any" if form == "none" else form: (term,)})  # type: ignore[arg-type]
            yield Piece((form, number), alone)
    for number, language in enumerate(spec.forms):
        yield Piece(("forms", number), replace(bare, any=("word",), forms=(language,)))


def _error(spec: RuleSpec) -> RuleError | None:
    try:
        compile_rule(spec)
    except RuleError as error:
        return error
    return None


def _report(document: Document, path: Path, error: RuleError, taken: Taken) -> None:
    if path in taken.names:
        document.report(path, f"not a rule: {taken.names[path]} does not hold a valid value", "correct its value")
        return
    message = error.message
    if ", entry " in message.partition(": ")[0]:  # the place says it
        message = message.partition(": ")[2]
    found, told, fix = message.partition(": write ")
    fix = f"write {fix}" if told else f"write {error.fix}" if error.fix else ""
    document.report(path, found, fix, within=error.column if len(path) > RULE_DEPTH else 0)
