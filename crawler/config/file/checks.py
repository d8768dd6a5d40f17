"""Checks across several values of a watch file: duplicate ids, references to undefined names.

The checks use the plain data, so that they report problems even if other values are invalid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.config.file.explain import nearest
from crawler.config.file.places import Document, Path
from crawler.config.kinds import suggest_id
from crawler.config.sources import KINDS

PARTS = ("any", "all", "none", "title_any")
SECTIONS = ("sources", "rules", "channels", "feeds")
ONE = {"sources": "source", "rules": "rule", "channels": "channel", "feeds": "feed"}

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that can be referred to: the ids of each section, and the tags, in the order of the file."""

    ids: Mapping[str, Mapping[str, None]]
    tags: Mapping[str, None]


def check(document: Document) -> None:
    """Report all such problems in `document`."""
    for section in SECTIONS:
        _duplicates(document, section)
    for path, source in entries(document, "sources"):
        _one_address(document, path, source)
    for path, crawl in (*entries(document, "sources"), *_defaults(document)):
        if crawl.get("every") is not None and crawl.get("cron") is not None:
            document.report((*path, "cron"), "`every` and `cron` in one entry", "keep one of them", at_key=True)
    names = _names(document)
    for path, rule in entries(document, "rules"):
        _one_form(document, path, rule)
        _known(document, (*path, "send"), rule.get("send"), names, "channels")
        _choice(document, (*path, "sources"), rule.get("sources"), names)
    health = document.data.get("health")
    _known(document, ("health", "send"), health.get("send") if isinstance(health, dict) else None, names, "channels")
    for path, feed in entries(document, "feeds"):
        _known(document, (*path, "rules"), feed.get("rules"), names, "rules")
        _choice(document, (*path, "sources"), feed.get("sources"), names)


def _names(document: Document) -> Names:
    ids = {section: dict.fromkeys(_texts(e.get("id") for _, e in entries(document, section))) for section in SECTIONS}
    tags = (tag for _, e in entries(document, "sources") if isinstance(e.get("tags"), list) for tag in e["tags"])
    return Names(ids, dict.fromkeys(_texts(tags)))


def _texts(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def entries(document: Document, section: str) -> Iterator[tuple[Path, Entry]]:
    """Yield the entries of a section that are mappings."""
    values = document.data.get(section)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, dict):
            yield (section, index), value


def _defaults(document: Document) -> Iterator[tuple[Path, Entry]]:
    values = document.data.get("defaults")
    if isinstance(values, dict):
        yield ("defaults",), values


def _duplicates(document: Document, section: str) -> None:
    first: dict[str, Path] = {}
    for path, entry in entries(document, section):
        name = entry.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            line = document.place((*first[name], "id")).line
            document.report(
                (*path, "id"), f"duplicate id `{name}` (first used in line {line})", _other(entry, name, first)
            )
        first.setdefault(name, path)


def _other(entry: Entry, name: str, taken: dict[str, Path]) -> str:
    address = next((entry[kind] for kind in KINDS if isinstance(entry.get(kind), str)), "")
    options = [suggest_id(address)] if address else []
    options += [f"{name}-{number}" for number in range(2, len(taken) + 3)]
    return f"write for example {next(option for option in options if option not in taken)}"


def _one_address(document: Document, path: Path, source: Entry) -> None:
    given = [name for name in source if name in KINDS]
    if not given:
        document.report(path, "the source has no address", f"add one of {', '.join(KINDS)}: https://...")
    for name in given[1:]:
        found = f"both `{given[0]}` and `{name}` are set"
        document.report((*path, name), found, "keep one, or write two sources", at_key=True)


def _one_form(document: Document, path: Path, rule: Entry) -> None:
    parts = [name for name in PARTS if rule.get(name)]
    if rule.get("query") and parts:
        found = f"both `query` and `{parts[0]}` are set"
        document.report((*path, parts[0]), found, "put everything in the query, or everything in lists", at_key=True)
    elif not rule.get("query") and not {"any", "all", "title_any"}.intersection(parts) and "query" not in rule:
        document.report(path, "the rule has nothing to search for", "add query: ... or any: [word, two words]")


def _known(document: Document, path: Path, given: object, names: Names, section: str) -> None:
    """Report names in a list that are not ids of `section`."""
    known = names.ids[section]
    for index, name in enumerate(given if isinstance(given, list) else ()):
        if isinstance(name, str) and name not in known:
            fix = nearest(name, known, "expected one of:") if known else f"add it under {section}:"
            document.report((*path, index), f"no {ONE[section]} has the id `{name}`", fix)


def _choice(document: Document, path: Path, choice: object, names: Names) -> None:
    """Report sources and tags that do not exist."""
    ids = choice.get("ids") if isinstance(choice, dict) else choice
    _known(document, (*path, "ids") if isinstance(choice, dict) else path, ids, names, "sources")
    tags = choice.get("tags") if isinstance(choice, dict) else None
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        if isinstance(tag, str) and tag not in names.tags:
            fix = nearest(tag, names.tags, "expected one of:") if names.tags else "add tags: [...] to a source"
            document.report((*path, "tags", index), f"no source has the tag `{tag}`", fix)
