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
MAX_PROBLEMS = 8  # shown


@dataclass(frozen=True, slots=True)
class FileProblem:
    """An error that a change would introduce. `pointer`: the changed line, with a caret below."""

    problem: Problem
    pointer: str = ""


class NotSavedError(Exception):
    """A change was not written. `changed`: the file has changed since the form was opened."""

    def __init__(self, problems: tuple[FileProblem, ...] = (), *, changed: bool = False) -> None:
        super().__init__("the watch file was not changed")
        self.problems = problems
        self.changed = changed


def text_of(path: Path) -> str:
    """Return the text of the watch file, "" if it does not exist yet. Raises ConfigError."""
    return read_text(path) if path.exists() else ""


def fingerprint_of(text: str) -> str:
    """Return a fingerprint of the watch file, for a hidden form field."""
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
    """Write a change if the file still has the fingerprint. Raises NotSavedError."""
    try:
        if not path.exists():
            write_new(path, EMPTY)
            fingerprint = ""
        text = read_text(path)
        if fingerprint and fingerprint_of(text) != fingerprint:
            raise NotSavedError(changed=True)
        edited = try_change(text, change, path)
        if edited.problems:
            raise NotSavedError(tuple(_problem(edited.text, problem) for problem in edited.problems[:MAX_PROBLEMS]))
        replace_text(path, edited.text, expected=text)
    except ConfigError as error:
        raise NotSavedError(tuple(FileProblem(problem) for problem in error.problems[:MAX_PROBLEMS])) from error


def _problem(text: str, problem: Problem) -> FileProblem:
    shown = frame(text, problem)
    if shown is None:
        return FileProblem(problem)
    line, offset = shown
    head = f"{problem.line:>4} | "
    return FileProblem(problem, f"{head}{line}\n{' ' * (len(head) + offset)}^")
