"""Parsing of YAML text to plain values and their positions.

Values are `dict`, `list`, `str`, `int`, `float`, `bool` and `None`, read by YAML 1.2 (`on`, `yes`, `22:00` are text).
Every value has a `Place`, found by its path: `("sources", 0, "every")`. Bounded in size, depth and number of values, so
that deep nesting and aliases of aliases ("billion laughs") cost no more than an ordinary file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from crawler.config.file.syntax import broken
from crawler.errors import ConfigError, Problem

MAX_BYTES = 8 * 2**20
MAX_VALUES = 500_000
MAX_DEPTH = 12

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a value (`line`, `column`) and of its key, all from 1.

    `raw` is a scalar's text, `index` the offset of its first character in the file, `style` its quote or block
    indicator, or "".
    """

    line: int
    column: int
    key_line: int
    key_column: int
    raw: str = ""
    index: int = 0
    style: str = ""


@dataclass(slots=True)
class Document:
    """The values of a file, their positions, and the problems found so far."""

    text: str = ""
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Return the position of the value at `path`, or of the nearest known part around it."""
        known: Path = ()
        for part in path:
            if (*known, part) in self.places:
                known = (*known, part)
        return self.places.get(known, Place(1, 1, 1, 1))

    def report(self, path: Path, found: str, fix: str, *, at_key: bool = False, within: int = 0) -> None:
        """Add a problem about the value at `path`, or its key, or character number `within` (from 1) of its text."""
        place = self.place(path)
        line, column = (place.key_line, place.key_column) if at_key else self._position(place, within)
        self.problems.append(Problem(line, column, printable(found), printable(fix)))

    def _position(self, place: Place, within: int) -> tuple[int, int]:
        """Return the position of a character of a value's text in the file, despite quotes, escapes and folded lines.

        Text and file have the same characters except for white space and escapes, so the other characters are counted.
        """
        if within < 1 or not place.raw:
            return place.line, place.column
        left = sum(not char.isspace() for char in place.raw[: within - 1])
        index = place.index
        if place.style in {"|", ">"}:
            index = self.text.find("\n", index)
        elif place.style:
            index += 1
        escaped = False
        while index < len(self.text) and (left or self.text[index].isspace()):
            char = self.text[index]
            escaped = not escaped and (
                (place.style == '"' and char == "\\") or self.text[index : index + 2] == "''" == place.style * 2
            )
            left -= not (char.isspace() or escaped)
            index += 1
        start = self.text.rfind("\n", 0, index) + 1
        return self.text.count("\n", 0, index) + 1, index - start + 1


def printable(text: str) -> str:
    """Escape control and direction characters, for terminals and logs."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def read_yaml(text: str, *, subject: str, max_values: int = MAX_VALUES) -> Document:
    """Parse one YAML document. Duplicate keys and unsupported tags become `problems`, their entries are left out.

    Raises `ConfigError` if parsing cannot continue: broken YAML, too deep, too many values.
    """
    loader = YAML(typ="safe", pure=True)
    loader.max_depth = MAX_DEPTH
    loader.Composer = partial(_Bounded, max_values)  # type: ignore[assignment]
    document = Document(text)
    try:
        node = loader.compose(text)
        document.data = _Reader(document, max_values).read(node, ()) if node is not None else None
    except _TooManyError as error:
        raise ConfigError((_too_many(error.node),), subject=subject) from error
    except YAMLError as error:
        raise ConfigError((broken(error, text),), subject=subject) from error
    return document


class _TooManyError(YAMLError):
    """More values than a watch file may have."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


def _too_many(node: Node) -> Problem:
    found = f"more than {MAX_VALUES:,} values, or nested deeper than {MAX_DEPTH}"
    return Problem(node.start_mark.line + 1, node.start_mark.column + 1, found, "remove repeated aliases (*name)")


class _Bounded(Composer):  # type: ignore[misc, unused-ignore]
    """A composer with a limit of values, which accepts repeated anchors (the last one counts)."""

    def __init__(self, max_values: int, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self.left = max_values

    def compose_scalar_node(self, anchor: Any) -> Any:
        node = super().compose_scalar_node(anchor)
        self.left -= 1
        if self.left < 0:
            raise _TooManyError(node)
        return node


class _Reader:
    """A converter of nodes to values. Aliases are converted at each use, so their number is limited."""

    def __init__(self, document: Document, max_values: int) -> None:
        self.document = document
        self.left = max_values

    def read(self, node: Node, path: Path, key: Node | None = None) -> Any:
        self.left -= 1
        if self.left < 0 or len(path) > MAX_DEPTH:
            raise _TooManyError(node)
        mark, key_mark = node.start_mark, (key or node).start_mark
        raw, style = (node.value, node.style or "") if isinstance(node, ScalarNode) else ("", "")
        if key is not None and mark.index == node.end_mark.index:  # the value is empty: point after the key
            mark = key.end_mark
        self.document.places[path] = Place(
            mark.line + 1, mark.column + 1, key_mark.line + 1, key_mark.column + 1, raw, mark.index, style
        )
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            if not name:
                self._report(key, "the key is not a word", "write `key: value`")
            elif name in values:
                first = self.document.places[(*path, name)].key_line
                self._report(key, f"duplicate key `{name}` (first used in line {first})", "keep one of them")
            else:
                values[name] = self.read(value, (*path, name), key)
        return values

    def _scalar(self, node: Node) -> Any:
        tag = str(node.tag)
        convert = SCALARS.get(tag)
        if convert is None:
            self._report(
                node,
                f"unsupported tag {tag.replace('tag:yaml.org,2002:', '!!')}",
                "remove it: only plain values are allowed",
            )
            return node.value
        try:
            return convert(node.value)
        except ValueError:  # for example a number of 5,000 digits
            return node.value

    def _report(self, node: Node, found: str, fix: str) -> None:
        mark = node.start_mark
        self.document.problems.append(Problem(mark.line + 1, mark.column + 1, printable(found), fix))


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    return int(digits, 0) if digits.lstrip("+-")[:2].lower() in {"0o", "0x", "0b"} else int(digits)


# YAML 1.2 core schema tags (yaml.org/spec/1.2.2, chapter 10.3), and timestamps, which stay text.
SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:timestamp": str,
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() in {"true", "yes", "on"},
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": lambda text: float(text.replace("_", "")),
}
