"""Atomic edits of the watch file, which never introduce new problems."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crawler.config.file import splice
from crawler.config.file.load import parse_watch, read_text
from crawler.config.invalid_value import InvalidValue
from crawler.errors import ConfigError, Problem

Change: TypeAlias = Callable[[str], str]
"""A function from the old text of a watch file to the new. Raises InvalidValue, ConfigError."""


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
    _write(path, text, mode=0o644)


def try_change(text: str, change: Change, path: Path) -> TriedChange:
    """Apply a change to the text of the file at `path` and parse the result. Raises `ConfigError` if that fails."""
    try:
        new = change(text)
    except InvalidValue as error:
        raise _error(path, error.found, error.fix) from error
    before = Counter((problem.found, problem.fix) for problem in _problems(text, path))
    introduced = []
    for problem in _problems(new, path):
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
    _write(path.resolve(), text, mode=path.stat().st_mode & 0o7777)


def _problems(text: str, path: Path) -> tuple[Problem, ...]:
    try:
        parse_watch(text, {}, subject=str(path))
    except ConfigError as error:
        return error.problems
    return ()


def _write(path: Path, text: str, *, mode: int) -> None:
    """Write to a temporary file and rename it: readers, and a crash, see either the old or the new file."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # also on Ctrl-C: leave no partial file
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise _error(path, error.strerror or "cannot be written", "check the folder and its permissions") from error


def _error(path: Path, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))
