"""The types of rules: as written, and as compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from crawler.rules.language.syntax import Node

Lists: TypeAlias = Mapping[str, tuple[str, ...]] | tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule as written in the watch file.

    `query` is in the query language. The forms without operators are ANDed with it and with each other: one of `any`,
    every one of `all`, none of `none`, one of `title_any` in the title; their entries are words and phrases without
    quotes. `lists` are spellings by name, used as @name. `sources` (ids) and `source_tags`: an article must come from
    one of the sources or from a source with one of the tags. `languages` are ISO 639-1 (an article of unknown language
    passes). `forms` are the languages whose word forms count. `send` and `on` are for the service and do not
    affect matching.
    """

    id: str
    query: str = ""
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    title_any: tuple[str, ...] = ()
    lists: Lists = field(default=())
    sources: tuple[str, ...] = ()
    source_tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    examples_match: tuple[str, ...] = ()
    examples_not: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    on: tuple[str, ...] = ("new",)


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule. `version` is "1:" and 16 hex digits; it changes with the meaning, not with the spelling."""

    spec: RuleSpec
    root: Node
    version: str

    @property
    def id(self) -> str:
        """The id in the watch file."""
        return self.spec.id
