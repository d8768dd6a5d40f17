"""Conversion of pydantic's errors to problems with position, plain message and correction."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from crawler.config.file.environ import EnvironmentValues
from crawler.config.file.places import Document, Path
from crawler.config.kinds import shape, suggest_id
from crawler.config.section import Section
from crawler.config.sources import KINDS
from crawler.config.watch import Watch

# Keys of other programs -> our key, suggested where that key exists.
SYNONYMS = {
    "url": "feed", "rss": "feed", "name": "id", "interval": "every", "schedule": "cron", "tz": "timezone",
    "keywords": "any", "words": "any", "terms": "any", "must": "all", "exclude": "none", "not": "none",
    "channels": "send", "notify": "send", "lang": "languages", "enabled": "paused", "disabled": "paused",
    "selector": "select",
}  # fmt: skip
# pydantic's error type, up to the first "_" -> the expected type.
EXPECTED_TYPES = {
    "tuple": "a list",
    "list": "a list",
    "string": "text",
    "int": "a whole number",
    "bool": "true or false",
    "model": "keys and values",
    "dict": "keys and values",
    "date": "a date",
}
MAX_COMPARED = 200  # names compared for the nearest, which bounds the cost of a thousand problems
LOGIN = re.compile(r"(?<=//)[^\s/@]*@")
SECRET_KEYS = {"url", "secrets", "headers", "cookies"}


def explain(errors: Iterable[ErrorDetails], document: Document, environment: EnvironmentValues) -> None:
    """Report pydantic's `errors` in `document`. Secrets and values from the environment are never shown."""
    for error in errors:
        loc = tuple(part for part in error["loc"] if part != "[key]")
        path = _path(loc, document)
        if path in environment.missing or error["type"] == "value_error":
            continue  # `checks` reports problems of several keys, even if one of the keys is invalid
        if error["type"] == "extra_forbidden":
            _unknown_key(document, path)
        elif error["type"] == "missing":
            _missing(document, path, str(loc[-1]))
        elif path in environment.names:
            found = f"{_key(path)}: {environment.names[path]} does not hold a valid value"
            document.report(path, found, _example(loc))
        else:
            _invalid(document, path, loc, error)


def _path(loc: tuple[str | int, ...], document: Document) -> Path:
    """Remove the parts that only pydantic has, not the file."""
    path: Path = ()
    for part in loc:
        if (*path, part) in document.places:
            path = (*path, part)
    return path


def _key(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "the file")


def field_at(loc: tuple[str | int, ...]) -> tuple[type[Section] | None, FieldInfo | None]:
    """Return the section at `loc` of a watch file (None: plain values) and the field that `loc` names."""
    section: type[Section] | None = Watch
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, str) and section is not None:
            field = next((f for n, f in section.model_fields.items() if part in {n, f.alias}), None)
            section = _section_in(field.annotation) if field else None
    return section, field


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)


def _unknown_key(document: Document, path: Path) -> None:
    section, _ = field_at(path[:-1])
    fields = section.model_fields if section else {}
    known = [field.alias or name for name, field in fields.items()]
    key = str(path[-1])
    document.report(path, f"unknown key `{key}`", nearest(key, known, "expected one of:"), at_key=True)


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return the correction of `word`: the nearest of `known`, or all of them after `otherwise`."""
    choices = list(known)
    if SYNONYMS.get(word.lower()) in choices:
        return f"write {SYNONYMS[word.lower()]}" + (f" (or {', '.join(KINDS)})" if word == "url" else "")
    likely = [name for name in choices if name[:1] == word[:1].lower()] if len(choices) > MAX_COMPARED else choices
    near = difflib.get_close_matches(word.lower()[:100], likely[:MAX_COMPARED], n=1, cutoff=0.6)
    return f"write {near[0]}" if near else f"{otherwise} {', '.join(choices[:40])}"


def _missing(document: Document, path: Path, name: str) -> None:
    value: Any = document.data
    for part in path:
        value = value[part]
    if name == "id" and isinstance(value, dict):
        address = next((value[kind] for kind in KINDS if isinstance(value.get(kind), str)), "")
        fix = f"add id: {suggest_id(address)}" if address else _example((*path, name), "add")
    else:
        fix = _example((*path, name), "add")
    document.report(path, f"`{name}` is missing", fix)


def _example(loc: tuple[str | int, ...], verb: str = "write") -> str:
    """Return a correction with the example of the field at `loc`."""
    _, field = field_at(loc)
    if field is None or not field.examples:
        return "correct it"
    return f"{verb} for example {_key(loc)}: {show(field.examples[0])}"


def show(value: Any) -> str:
    """Format a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    quote = not isinstance(value, int) and (
        text[0] in "*@&{[\"'/$%!|>#" or ": " in text or ", " in text or " #" in text
    )
    return f"'{text}'" if quote and '"' in text else f'"{text}"' if quote else text


def _invalid(document: Document, path: Path, loc: tuple[str | int, ...], error: ErrorDetails) -> None:
    key, context, place = _key(path), error.get("ctx", {}), document.place(path)
    if error["type"] == "invalid_value":
        document.report(
            path, f"{key}: {_quoted(path, place.raw)}{context['found']}", context["fix"], within=context["column"]
        )
        return
    expected_type = EXPECTED_TYPES.get(error["type"].partition("_")[0])
    if error["type"] == "literal_error":
        choices = [part.strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(", ")]
        document.report(
            path, f"{key}: {_quoted(path, place.raw)}not one of the choices", nearest(place.raw, choices, "choose")
        )
    elif "too_short" in error["type"]:
        document.report(path, f"{key}: empty", _example(loc))
    elif expected_type is None or error["type"] in {"string_too_long", "string_pattern_mismatch"}:
        document.report(path, f"{key}: {_quoted(path, place.raw)}{_limit(error)}", _example(loc))
    else:
        single = expected_type == "a list" and isinstance(error["input"], str) and path[0] != "channels"
        fix = f"write {key}: [{show(error['input'] or 'word')}]" if single else _example(loc)
        found = _quoted(path, place.raw) or f"{shape(error['input'])}: "
        document.report(path, f"{key}: {found}expected {expected_type}", fix)


def _quoted(path: Path, raw: str) -> str:
    """Quote a value for a message, shortened; "" if it may be a secret or is not a scalar."""
    secret = path[0] == "channels" or not SECRET_KEYS.isdisjoint(path)
    raw = LOGIN.sub("***@", raw)
    return "" if secret or not raw else f"`{raw[:60]}{'…' if len(raw) > 60 else ''}`, "  # noqa: PLR2004


def _limit(error: ErrorDetails) -> str:
    """Return pydantic's own message about a limit, without "Input"."""
    return error["msg"].replace("Input should", "should").replace("String should", "should")
