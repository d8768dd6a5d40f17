"""The line of a problem in the file, for display with a caret; secrets are masked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.config.file.explain import LOGIN
from crawler.config.file.syntax import lines
from crawler.errors import Problem

# Keys whose values may be secret: the rest of the line, and the lines below that are indented further.
SECRET = re.compile(r"(?:^|[\s{,])(?:-\s+)?[\"']?(url|secrets|headers|cookies)[\"']?\s*:")
FROM_ENVIRONMENT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
WIDTH = 100


def frame(text: str, problem: Problem, width: int = WIDTH) -> tuple[str, int] | None:
    """Return the line of `problem` and the offset of its column in it; None if it has no line.

    A line longer than `width` is cut around the column.
    """
    shown = list(masked(text))
    if not 1 <= problem.line <= len(shown):
        return None
    line, column = shown[problem.line - 1], max(problem.column, 1) - 1
    start = max(0, min(column - width // 2, len(line) - width)) if len(line) > width else 0
    return _printable(line[start : start + width]), column - start


def _printable(line: str) -> str:
    """Replace each unprintable character by a printable one, which keeps the columns; tabs become visible."""
    return "".join(char if char.isprintable() else "→" if char == "\t" else "\ufffd" for char in line)


def masked(text: str) -> Iterator[str]:
    """Yield the text's lines with possible secrets masked; the columns stay. `${NAME}` is not a secret."""
    deeper_than = -1  # within a secret key's block: the column of that key
    for line in lines(text):
        indent = len(line) - len(line.lstrip(" "))
        inside = indent > deeper_than or (indent == deeper_than and line[indent:].startswith("-"))
        if line.strip() and not inside:
            deeper_than = -1
        match = SECRET.search(line)
        if deeper_than >= 0:
            yield _mask(line, 0)
        elif match:
            deeper_than = match.start(1)
            yield _mask(line, match.end())
        else:
            yield LOGIN.sub(lambda found: "*" * (len(found[0]) - 1) + "@", line)


def _mask(line: str, start: int) -> str:
    """Mask each letter and digit after `start`, except in `${NAME}`."""
    kept = [range(*match.span()) for match in FROM_ENVIRONMENT.finditer(line)]
    return "".join(
        "*" if index >= start and char.isalnum() and not any(index in part for part in kept) else char
        for index, char in enumerate(line)
    )
