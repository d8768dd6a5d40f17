"""Commands that change the watch file: whole or not at all, never a worse file than before."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from crawler.config import splice
from crawler.config.load import parse_watch, read_text
from crawler.config.mistake import Mistake
from crawler.errors import ConfigError, Problem


def add_source(path: Path, *sources: Mapping[str, object]) -> None:
    """Add sources (as the file has them: `{"id": ..., "feed": ..., "every": "10m"}`) behind the last one.

    Raises `ConfigError` and leaves the file alone where it cannot be read or edited, or where the change would bring a
    new mistake. Mistakes that were there before do not matter.
    """
    _edit(path, lambda text: splice.add(text, "sources", sources))


def remove_source(path: Path, name: str) -> None:
    """Take the source with the id `name` out. Raises `ConfigError` like `add_source`."""
    _edit(path, lambda text: splice.remove(text, "sources", name))


def set_source(path: Path, name: str, key: str, value: object) -> None:
    """Set one key of the source with the id `name`; None takes it away. Raises `ConfigError` like `add_source`."""
    _edit(path, lambda text: splice.change(text, "sources", name, key, value))


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises `ConfigError` where it is."""
    if path.exists():
        raise _refused(path, "the file is there already", "remove it first, or name another")
    _write(path, text, mode=0o644)


def _edit(path: Path, edit: Callable[[str], str]) -> None:
    old = read_text(path)
    try:
        new = edit(old)
    except Mistake as mistake:
        raise _refused(path, mistake.found, mistake.fix) from mistake
    worse = _problems(new, path) - _problems(old, path)
    if worse:
        raise ConfigError(tuple(Problem(0, 0, *told) for told in worse), subject=str(path))
    if read_text(path) != old:
        raise _refused(path, "somebody else changed the file meanwhile", "try again")
    _write(path.resolve(), new, mode=path.stat().st_mode & 0o7777)


def _problems(text: str, path: Path) -> Counter[tuple[str, str]]:
    """Count a text's mistakes without their places, which an edit moves."""
    try:
        parse_watch(text, {}, subject=str(path))
    except ConfigError as error:
        return Counter((problem.found, problem.fix) for problem in error.problems)
    return Counter()


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
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise _refused(path, error.strerror or "cannot be written", "check the folder and its rights") from error


def _refused(path: Path, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))
