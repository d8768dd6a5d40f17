"""Prompts: sentences that address the reader ("Sign up for our newsletter and ..."), credits and legal lines.

The patterns are data (`data/prompts.toml`), by kind and language. A pattern is a sequence of steps separated by `…` (a
gap of up to 12 words); a step is a choice of phrases separated by `/`; `^` and `$` anchor it to the ends of the
paragraph. Matching looks up each word once: linear in the paragraph.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

from crawler.extract.words import words

MAX_PROMPT_CHARS = 420
_GAP = 12


class _Pattern(NamedTuple):
    kind: str
    steps: tuple[tuple[tuple[str, ...], ...], ...]
    at_start: bool
    at_end: bool


@cache
def _patterns() -> dict[str, tuple[_Pattern, ...]]:
    """Index the patterns by the words that their first step can begin with."""
    index: dict[str, list[_Pattern]] = {}
    table = tomllib.loads(
        resources.files("crawler.extract.boilerplate").joinpath("data/prompts.toml").read_text("utf-8")
    )
    for kind, by_language in table.items():
        for sources in by_language.values():
            for source in sources:
                pattern = _compile(kind, source)
                for first in {phrase[0] for phrase in pattern.steps[0]}:
                    index.setdefault(first, []).append(pattern)
    return {first: tuple(found) for first, found in index.items()}


def _compile(kind: str, source: str) -> _Pattern:
    body = source.strip()
    at_start, at_end = body.startswith("^"), body.endswith("$")
    steps = tuple(
        tuple(tuple(_fold(phrase)) for phrase in step.split("/") if phrase.strip())
        for step in body.strip("^$ ").split("…")
    )
    return _Pattern(kind, steps, at_start, at_end)


def _fold(phrase: str) -> list[str]:
    return [folded for word in phrase.split() for folded in (["#"] if word == "#" else words(word))]


def prompt(paragraph: str) -> str:
    """Return the kind of the first prompt in `paragraph` ("subscribe", "rights", ...), "" if there is none."""
    if len(paragraph) > MAX_PROMPT_CHARS:
        return ""
    found = words(paragraph)
    index = _patterns()
    for at, word in enumerate(found):
        for pattern in index.get(word, ()):
            if not (pattern.at_start and at) and _matches(pattern, found, at):
                return pattern.kind
    return ""


def _matches(pattern: _Pattern, found: list[str], at: int) -> bool:
    end = _step_end(pattern.steps[0], found, at)
    for step in pattern.steps[1:]:
        if end is None:
            return False
        end = next(
            (e for start in range(end, min(end + _GAP + 1, len(found))) if (e := _step_end(step, found, start))), None
        )
    return end is not None and (not pattern.at_end or end == len(found))


def _step_end(step: tuple[tuple[str, ...], ...], found: list[str], at: int) -> int | None:
    for phrase in step:
        end = at + len(phrase)
        if end <= len(found) and tuple(found[at:end]) == phrase:
            return end
    return None
