"""Atomic edits of the watch file, which never introduce new problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from crawler.config.file import splice
from crawler.config.file.load import parse_watch, read_text
from crawler.config.file.places import read_yaml
from crawler.config.file.writing import write_atomically
from crawler.config.invalid_value import InvalidValue
from crawler.errors import ConfigError, Problem

Change: TypeAlias = Callable[[str], str]
"""A function from the old text of a watch file to the new. Raises InvalidValue, ConfigError."""
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TriedChange:
    """A changed text, and the problems that the change introduces, with their positions."""

    text: str
    problems: tuple[Problem, ...] = ()


def adding(section: str, *entries: Mapping[str, object]) -> Change:
    """Return a change that adds entries (as in the file) to the end of a section."""
    return lambda text: splice.add(text, section, entries)


def removing(section: str, name: str) -> Change:
    """Return a change that removes the entry with the id `name` from a section."""
    return lambda text: splice.remove(text, section, name)


def changing(section: str, name: str, values: Mapping[str, object]) -> Change:
    """Return a change that sets keys of the entry with the id `name`; None removes a key. Other keys stay unchanged."""

    def change(text: str) -> str:
        for key, value in values.items():
            text = splice.change(text, section, name, key, value)
        return text

    return change


def putting(section: str, key: str, value: object) -> Change:
    """Return a change that sets a key of a section with keys, such as `health`; None removes it."""
    return lambda text: splice.put(text, section, key, value)


def dropping(section: str) -> Change:
    """Return a change that removes a whole section, with the comments inside."""
    return lambda text: splice.drop(text, section)


def together(*changes: Change) -> Change:
    """Return one change that makes several, in order."""

    def change(text: str) -> str:
        for one in changes:
            text = one(text)
        return text

    return change


def raw_entries(text: str, section: str) -> list[Mapping[str, Any]]:
    """Return the entries of a section with unexpanded `${NAME}`, which may be invalid. Raises ConfigError."""
    data = read_yaml(text, subject="").data if text.strip() else None
    entries = data.get(section) if isinstance(data, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def add_source(path: Path, *sources: Mapping[str, object]) -> None:
    """Add sources (as in the file: `{"id": ..., "feed": ..., "every": "10m"}`) after the last one.

    Raises `ConfigError` and leaves the file unchanged if it cannot be read or edited, or if the change would
    introduce a new problem. Existing problems are ignored.
    """
    rewrite(path, adding("sources", *sources))


def remove_source(path: Path, name: str) -> None:
    """Remove the source with the id `name`. Raises `ConfigError` like `add_source`."""
    rewrite(path, removing("sources", name))


def set_source(path: Path, name: str, key: str, value: object) -> None:
    """Set one key of the source with the id `name`; None removes it. Raises `ConfigError` like `add_source`."""
    rewrite(path, changing("sources", name, {key: value}))


def write_new(path: Path, text: str) -> None:
    """Write a new file. Raises `ConfigError` if it already exists."""
    if path.exists():
        raise _error(path, "the file already exists", "remove it first, or choose another name")
    write_atomically(path, text, mode=0o644)


def try_change(text: str, change: Change, path: Path, environ: Mapping[str, str] = NOTHING) -> TriedChange:
    """Apply a change to the text of the file at `path` and parse the result. Raises `ConfigError` if that fails.

    `environ`: the values of `${NAME}`. Without them, a name that the file did not use before counts as a problem.
    """
    try:
        new = change(text)
    except InvalidValue as error:
        raise _error(path, error.found, error.fix) from error
    before = Counter((problem.found, problem.fix) for problem in _problems(text, path, environ))
    introduced = []
    for problem in _problems(new, path, environ):
        message = (problem.found, problem.fix)  # without its position, which an edit moves
        if before[message] > 0:
            before[message] -= 1
        else:
            introduced.append(problem)
    return TriedChange(new, tuple(introduced))


def rewrite(path: Path, change: Change) -> None:
    """Change the file. Raises `ConfigError` like `add_source`."""
    old = read_text(path)
    result = try_change(old, change, path)
    if result.problems:
        message = dict.fromkeys((problem.found, problem.fix) for problem in result.problems)
        raise ConfigError(tuple(Problem(0, 0, *one) for one in message), subject=str(path))
    replace_text(path, result.text, expected=old)


def replace_text(path: Path, text: str, *, expected: str) -> None:
    """Write a text from `try_change`. Raises `ConfigError` if the file cannot be written, or is not `expected`."""
    if read_text(path) != expected:
        raise _error(path, "the file was changed by another process", "try again")
    write_atomically(path.resolve(), text, mode=path.stat().st_mode & 0o7777)


def _problems(text: str, path: Path, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    try:
        parse_watch(text, environ, subject=str(path))
    except ConfigError as error:
        return error.problems
    return ()


def _error(path: Path, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))
