"""Commands that change the watch file: whole or not at all, never a worse file than before."""

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
from crawler.config.mistake import Mistake
from crawler.errors import ConfigError, Problem

Change: TypeAlias = Callable[[str], str]
"""Makes a new text of a watch file's. Raises Mistake, ConfigError."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A changed text, and the mistakes that the change brings, with their places in it."""

    text: str
    problems: tuple[Problem, ...] = ()


def adding(section: str, *entries: Mapping[str, object]) -> Change:
    """Add entries (as the file has them) behind the last one of a section."""
    return lambda text: splice.add(text, section, entries)


def removing(section: str, name: str) -> Change:
    """Take the entry with the id `name` out of a section."""
    return lambda text: splice.remove(text, section, name)


def changing(section: str, name: str, values: Mapping[str, object]) -> Change:
    """Set keys of the entry with the id `name`; None takes a key away. Keys that are not named stay as they are."""

    def change(text: str) -> str:
        for key, value in values.items():
            text = splice.change(text, section, name, key, value)
        return text

    return change


def add_source(path: Path, *sources: Mapping[str, object]) -> None:
    """Add sources (as the file has them: `{"id": ..., "feed": ..., "every": "10m"}`) behind the last one.

    Raises `ConfigError` and leaves the file alone where it cannot be read or edited, or where the change would bring a
    new mistake. Mistakes that were there before do not matter.
    """
    rewrite(path, adding("sources", *sources))


def remove_source(path: Path, name: str) -> None:
    """Take the source with the id `name` out. Raises `ConfigError` like `add_source`."""
    rewrite(path, removing("sources", name))


def set_source(path: Path, name: str, key: str, value: object) -> None:
    """Set one key of the source with the id `name`; None takes it away. Raises `ConfigError` like `add_source`."""
    rewrite(path, changing("sources", name, {key: value}))


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises `ConfigError` where it is."""
    if path.exists():
        raise _refused(path, "the file already exists", "remove it first, or choose another name")
    _write(path, text, mode=0o644)


def tried(text: str, change: Change, path: Path) -> Tried:
    """Make a change to the text of the file at `path` and read the result. Raises `ConfigError` where that fails."""
    try:
        new = change(text)
    except Mistake as mistake:
        raise _refused(path, mistake.found, mistake.fix) from mistake
    before = Counter((problem.found, problem.fix) for problem in _problems(text, path))
    worse = []
    for problem in _problems(new, path):
        told = (problem.found, problem.fix)  # without its place, which an edit moves
        if before[told] > 0:
            before[told] -= 1
        else:
            worse.append(problem)
    return Tried(new, tuple(worse))


def rewrite(path: Path, change: Change) -> None:
    """Change the file. Raises `ConfigError` like `add_source`."""
    old = read_text(path)
    made = tried(old, change, path)
    if made.problems:
        told = dict.fromkeys((problem.found, problem.fix) for problem in made.problems)
        raise ConfigError(tuple(Problem(0, 0, *one) for one in told), subject=str(path))
    replace_text(path, made.text, expected=old)


def replace_text(path: Path, text: str, *, expected: str) -> None:
    """Write a text that was tried. Raises `ConfigError` where the file cannot be written, or is not `expected`."""
    if read_text(path) != expected:
        raise _refused(path, "the file was changed by another process", "try again")
    _write(path.resolve(), text, mode=path.stat().st_mode & 0o7777)


def _problems(text: str, path: Path) -> tuple[Problem, ...]:
    try:
        parse_watch(text, {}, subject=str(path))
    except ConfigError as error:
        return error.problems
    return ()


def _write(path: Path, text: str, *, mode: int) -> None:
    """Write beside the file, then rename: a reader sees the old one or the new one, a crash leaves one of them."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # Ctrl-C too: no half a file stays behind
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise _refused(path, error.strerror or "cannot be written", "check the folder and its permissions") from error


def _refused(path: Path, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))
