"""Helpful messages for broken YAML: what was found, where, and the correction."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from crawler.errors import Problem

QUOTE_ALL = "put the whole value in single quotes: query: '\"two words\" AND third'"
OPENED = ("unclosed", "a missing ]", "a missing }")  # reported at the opening character, not at the end of the file
# Part of the parser's message -> what was found, what to do. The first match counts.
ADVICE: tuple[tuple[str, str, str], ...] = (
    ("found character '\\t'", "a tab", "indent with spaces"),
    ("found character '@'", "the value starts with @", 'put it in quotes: "@name"'),
    ("that cannot start any token", "a character that cannot start a value", "put the value in quotes"),
    ("undefined alias", "the value starts with * (an alias in YAML)", 'put it in quotes: "*/15 * * * *"'),
    ("scanning an alias", "the value starts with * (an alias in YAML)", 'put it in quotes: "*/15 * * * *"'),
    ("mapping values are not allowed here", "a second colon, or a line indented too far",
     "put the value in quotes, or align the line with the keys above it"),
    ("could not find expected ':'", "a line without a colon", "write `key: value`, with a space after the colon"),
    ("scanning a quoted scalar", "an unclosed quote", "close it"),
    ("found '<scalar>'", "text after the closing quote", QUOTE_ALL),
    ("parsing a flow sequence", "a list with a missing ] or comma", "write [one, two]"),
    ("parsing a flow node", "an unclosed list or mapping", "write [one, two] or {key: value}"),
    ("parsing a flow mapping", "a mapping with a missing } or comma", "write {key: value, other: value}"),
    ("expected <block end>", "the line is not aligned with the entries above it", "indent it like them"),
    ("another document", "a second document (---)", "keep one document in the file"),
    ("maximum depth", "values nested too deeply", "a watch file has at most five levels"),
)  # fmt: skip


def broken(error: YAMLError, text: str) -> Problem:
    """Explain a parser error. The problem's position is that of the error, or of an unclosed opening character."""
    if isinstance(error, ReaderError):
        return _unreadable(error, text)
    if not isinstance(error, MarkedYAMLError):
        return Problem(0, 0, "invalid YAML", str(error) or "write `key: value` lines")
    message = f"{error.context or ''} {error.problem or ''}"
    found, fix = next(
        ((found, fix) for part, found, fix in ADVICE if part in message), (message.strip(), "correct the line")
    )
    opened = error.context_mark is not None and any(part in found for part in OPENED)
    mark = error.context_mark if opened else error.problem_mark
    if mark is None:
        return Problem(0, 0, found, fix)
    if fix == QUOTE_ALL:
        fix = _quoted(lines(text)[mark.line]) or fix
    return Problem(mark.line + 1, mark.column + 1, found, fix)


def lines(text: str) -> list[str]:
    """Split `text` into lines as in YAML 1.2: only at line feeds and carriage returns."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _quoted(line: str) -> str:
    """Return the line's `key: value` with the value in single quotes, or ""."""
    key, colon, value = line.strip().removeprefix("- ").partition(": ")
    if not colon or "'" in value:
        return ""
    return f"put the whole value in single quotes: {key}: '{value.strip()}'"


def _unreadable(error: ReaderError, text: str) -> Problem:
    before = text[: error.position]
    line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
    return Problem(line, column, f"an invisible control character (U+{ord(text[error.position]):04X})", "remove it")
