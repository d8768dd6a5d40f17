"""Checks of the rules of a watch file: compilation errors with their position in the query, and examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crawler.config.file.checks import entries
from crawler.config.file.environ import EnvironmentValues
from crawler.config.file.places import Document, Path
from crawler.config.rules import Rule
from crawler.config.section import Terms
from crawler.errors import RuleError
from crawler.rules import Rule as Compiled
from crawler.rules import RuleSpec, check_examples, compile_rule, explain

RULE_DEPTH = 2  # ("rules", 3)
FORMS = ("any", "all", "none", "title_any")
_TERMS = TypeAdapter(Terms)


def check_rules(document: Document, environment: EnvironmentValues) -> None:
    """Report the problems of every rule whose other keys are valid. Text from the environment is not shown."""
    lists = _lists(document.data.get("lists"))
    for path, entry in entries(document, "rules"):
        try:
            rule = Rule.model_validate(entry)
        except ValidationError:
            continue  # already reported
        if rule.query or rule.any or rule.all or rule.title_any:
            _check(document, path, rule.spec(lists), environment)


def _lists(data: Any) -> dict[str, tuple[str, ...]]:
    """Return the valid lists."""
    valid: dict[str, tuple[str, ...]] = {}
    for name, terms in data.items() if isinstance(data, dict) else ():
        try:
            valid[name] = _TERMS.validate_python(terms)
        except ValidationError:
            continue  # already reported
    return valid


def _check(document: Document, path: Path, spec: RuleSpec, environment: EnvironmentValues) -> None:
    try:
        rule = compile_rule(spec)
    except RuleError as rule_error:
        invalid = [(piece, error) for piece in pieces(spec) if (error := _error(piece.spec))]
        for piece, error in invalid:
            _report(document, (*path, *piece.path), error, environment)
        if not invalid:
            _report(document, path, rule_error, environment)
    else:
        _check_examples(document, path, rule)


def _check_examples(document: Document, path: Path, rule: Compiled) -> None:
    for failure in check_examples(rule):
        key, examples = ("match", rule.spec.examples_match) if failure.expected else ("not", rule.spec.examples_not)
        found = (
            "the rule does not match this example" if failure.expected else "the rule matches this example but must not"
        )
        explanation = explain(rule)
        place = (*path, "examples", key, examples.index(failure.example))
        document.report(place, found, f"correct one of them: the rule {explanation[:1].lower()}{explanation[1:]}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a rule that can be invalid by itself: its path, and a rule with only this part."""

    path: Path
    spec: RuleSpec


def pieces(spec: RuleSpec) -> Iterator[Piece]:
    """Split a rule into the parts that can be invalid by themselves."""
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


def _report(document: Document, path: Path, error: RuleError, environment: EnvironmentValues) -> None:
    if path in environment.names:
        document.report(path, f"not a rule: {environment.names[path]} does not hold a valid value", "correct its value")
        return
    message = error.message
    if ", entry " in message.partition(": ")[0]:  # the position shows it
        message = message.partition(": ")[2]
    found, separator, fix = message.partition(": write ")
    fix = f"write {fix}" if separator else f"write {error.fix}" if error.fix else ""
    document.report(path, found, fix, within=error.column if len(path) > RULE_DEPTH else 0)
