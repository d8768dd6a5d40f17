"""Changes to the watch file from a form; rejected if the file has changed since the form was opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from crawler.config import write_new
from crawler.config.file.edit import Change, replace_text, try_change
from crawler.config.file.frame import frame
from crawler.config.file.load import read_text
from crawler.config.file.places import read_yaml
from crawler.errors import ConfigError, Problem

EMPTY = "sources: []\n"
FIRST = 8  # mistakes that are shown


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error that a change would introduce: the changed line, with a caret below."""

    problem: Problem
    pointer: str = ""


class NotSavedError(Exception):
    """A change was not written. `changed`: the file is another one than when the form was opened."""

    def __init__(self, wrong: tuple[Wrong, ...] = (), *, changed: bool = False) -> None:
        super().__init__("the watch file was not changed")
        self.wrong = wrong
        self.changed = changed


def text_of(path: Path) -> str:
    """Return the text of the watch file, "" if it does not exist yet. Raises ConfigError."""
    return read_text(path) if path.exists() else ""


def seen(text: str) -> str:
    """A fingerprint of the file, for a form to carry."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def entry_of(text: str, section: str, name: str) -> Mapping[str, Any] | None:
    """Return an entry of the file with unexpanded `${NAME}`, or None. Raises ConfigError."""
    data = _read(text) if text.strip() else None
    entries = data.get(section) if isinstance(data, dict) else None
    good = (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
    return next((entry for entry in good if entry.get("id") == name), None)


@lru_cache(maxsize=2)
def _read(text: str) -> Any:
    """Return the parsed file; callers must not change it. Parsing a thousand sources takes 0.4 s."""
    return read_yaml(text, subject="").data


def save(path: Path, change: Change, fingerprint: str = "") -> None:
    """Write a change, if the file is still the one with that fingerprint. Raises NotSavedError."""
    try:
        if not path.exists():
            write_new(path, EMPTY)
            fingerprint = ""
        text = read_text(path)
        if fingerprint and seen(text) != fingerprint:
            raise NotSavedError(changed=True)
        made = try_change(text, change, path)
        if made.problems:
            raise NotSavedError(tuple(_wrong(made.text, problem) for problem in made.problems[:FIRST]))
        replace_text(path, made.text, expected=text)
    except ConfigError as error:
        raise NotSavedError(tuple(Wrong(problem) for problem in error.problems[:FIRST])) from error


def _wrong(text: str, problem: Problem) -> Wrong:
    shown = frame(text, problem)
    if shown is None:
        return Wrong(problem)
    line, offset = shown
    head = f"{problem.line:>4} | "
    return Wrong(problem, f"{head}{line}\n{' ' * (len(head) + offset)}^")
