"""Small edits of YAML text that keep everything else: comments, order, quotes, blank lines.

Dumping the parsed file would change its layout and lose comments, so the text itself is edited at the positions that
the parser gives. `edited` then parses the result and compares it with the intended data: a wrong edit is never written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

from crawler.config.file.places import MAX_DEPTH, read_yaml
from crawler.config.invalid_value import InvalidValue
from crawler.errors import ConfigError

Entry = Mapping[str, object]
ALIAS = re.compile(r"[ \t]*:(?:[ \t]*\*[^\s,\[\]{}]+)?")
BY_HAND = "edit the file by hand, or use the layout of the documentation"


def add(text: str, section: str, entries: Sequence[Entry]) -> str:
    """Return `text` with `entries` at the end of `section` (a list). Raises `InvalidValue` if that is not possible."""

    def intended(data: dict[str, Any]) -> None:
        data[section] = [*(data.get(section) or []), *map(dict, entries)]

    return edited(text, _added, intended, section, entries)


def remove(text: str, section: str, name: str) -> str:
    """Return `text` without the entry of `section` that has the id `name`. Comments above it stay."""

    def intended(data: dict[str, Any]) -> None:
        data[section] = [entry for entry in data[section] if entry.get("id") != name]

    return edited(text, _removed, intended, section, name)


def change(text: str, section: str, name: str, key: str, value: object) -> str:
    """Return `text` with `key: value` in the entry `name` of `section`; None removes the key."""

    def intended(data: dict[str, Any]) -> None:
        entry = next(entry for entry in data[section] if entry.get("id") == name)
        entry[key] = value
        if value is None:
            del entry[key]

    return edited(text, _changed, intended, section, name, key, value)


def put(text: str, section: str, key: str, value: object) -> str:
    """Return `text` with `key: value` in a section with keys; None removes the key, and a section without others."""

    def intended(data: dict[str, Any]) -> None:
        keys = {name: old for name, old in (data.get(section) or {}).items() if name != key}
        if value is not None:
            keys = (data.get(section) or {}) | {key: value}
        data[section] = keys
        if not keys:
            del data[section]

    return edited(text, _put, intended, section, key, value)


def drop(text: str, section: str) -> str:
    """Return `text` without a section and the comments inside; unchanged if it has none."""
    return edited(text, _dropped, lambda data: data.pop(section, None), section)


def edited(text: str, edit: Callable[..., str], intended: Callable[[dict[str, Any]], None], *arguments: Any) -> str:
    """Apply `edit` to the text and `intended` to its data; both must agree. Raises `InvalidValue`, `ConfigError`."""
    expected = read_yaml(text, subject="").data
    if not isinstance(expected, dict | None):
        raise InvalidValue("the top level of the file is not a mapping", BY_HAND)
    expected = expected or {}
    line_end = "\r\n" if "\r\n" in text else "\n"
    result = edit(text.replace("\r\n", "\n"), *arguments)
    intended(expected)
    try:
        as_intended = read_yaml(result, subject="").data == expected
    except ConfigError:
        as_intended = False
    if not as_intended:
        raise InvalidValue("this layout of the file cannot be edited safely", BY_HAND)
    return result.replace("\n", line_end)


def _added(text: str, section: str, entries: Sequence[Entry]) -> str:
    root = _compose(text)
    key, items = _find(root, section)
    if key is None:
        head = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{head}{section}:\n{_blocks(entries, 2)}"
    if not isinstance(items, SequenceNode) or not items.value:
        start = text.index(":", key.end_mark.index) + 1
        comment, _, after = text[_end_of(key, items, text) :].partition("\n")
        return f"{text[:start]}{comment}\n{_blocks(entries, key.start_mark.column + 2)}{after}"
    last = items.value[-1]
    end = _end(last, text)
    if items.flow_style:
        return f"{text[:end]}, {', '.join(map(_flow, entries))}{text[end:]}"
    previous = items.value[-2] if len(items.value) > 1 else None
    apart = previous is not None and "\n\n" in text[_end(previous, text) : last.start_mark.index]
    return _insert(text, end, _blocks(entries, items.start_mark.column, apart="\n" * apart))


def _insert(text: str, index: int, lines: str) -> str:
    """Insert whole lines after the line of `index`."""
    end = _line_end(text, index)
    return text[:end].rstrip() + "\n" + lines + text[end + 1 :]


def _removed(text: str, section: str, name: str) -> str:
    items, index = _entry(text, section, name)
    item, alone = items.value[index], len(items.value) == 1
    if items.flow_style:
        start, end = item.start_mark.index, _end(item, text)
        if index:
            start = _end(items.value[index - 1], text)
        elif not alone:
            end = items.value[1].start_mark.index
        return text[:start] + text[end:]
    dash = text.rindex("-", 0, item.start_mark.index)
    start, end = text.rindex("\n", 0, dash) + 1, _line_end(text, _end(item, text)) + 1
    before = text[:start]
    if before.endswith("\n\n") and text[end : end + 1] in {"", "\n"}:
        end += 1  # one blank line of two
    if alone:
        key, _ = _find(_compose(text), section)
        colon = text.index(":", key.end_mark.index) + 1
        before = f"{text[:colon]} []{text[colon:start]}"
    return before + text[end:]


def _put(text: str, section: str, key: str, value: object) -> str:
    name, item = _find(_compose(text), section)
    keys = item.value if isinstance(item, MappingNode) else []
    if value is None:
        return _dropped(text, section) if [one.value for one, _ in keys] in ([], [key]) else _set(text, item, key, None)
    if keys:
        return _set(text, item, key, value)
    if name is None:
        head = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{head}{section}:\n{_block({key: value}, 2, dash='')}"
    start = text.index(":", name.end_mark.index) + 1
    comment, _, after = text[_end_of(name, item, text) :].partition("\n")
    return f"{text[:start]}{comment}\n{_block({key: value}, 2, dash='')}{after}"


def _dropped(text: str, section: str) -> str:
    name, value = _find(_compose(text), section)
    if name is None:
        return text
    start = text.rfind("\n", 0, name.start_mark.index) + 1
    end = _line_end(text, _end_of(name, value, text)) + 1
    before, after = text[:start], text[end:]
    return before + (after[1:] if before.endswith("\n\n") and after.startswith("\n") else after)


def _changed(text: str, section: str, name: str, key: str, value: object) -> str:
    items, index = _entry(text, section, name)
    return _set(text, items.value[index], key, value)


def _set(text: str, item: MappingNode, key: str, value: object) -> str:
    """Set a key of a mapping; None removes it."""
    found = next(((k, v) for k, v in item.value if k.value == key), None)
    if found is None and value is None:
        return text
    if found is None:
        end = _end(item, text)
        if item.flow_style:
            before = item.value[-1]
            end = _end_of(before[0], before[1], text)
            return f"{text[:end]}, {_flow({key: value})[1:-1]}{text[end:]}"
        return _insert(text, end, _block({key: value}, item.start_mark.column, dash=""))
    if value is None:
        return _without(text, item, found)
    start, end = found[0].start_mark.index, _end_of(found[0], found[1], text)
    indent = found[0].start_mark.column
    first, *more = _line(key, value, indent, flow=item.flow_style).split("\n")
    stop = _line_end(text, end) if more else end  # a comment stays on the first line
    return "\n".join((text[:start] + first + text[end:stop], *more)) + text[stop:]


def _without(text: str, item: MappingNode, pair: tuple[Node, Node]) -> str:
    """Remove one `key: value` from an entry."""
    index = item.value.index(pair)
    start, end = pair[0].start_mark.index, _end_of(pair[0], pair[1], text)
    following = item.value[index + 1][0].start_mark.index if index + 1 < len(item.value) else None
    if item.flow_style and following is None:
        before = item.value[index - 1]
        start = _end_of(before[0], before[1], text)
    elif following is not None and (item.flow_style or index == 0):
        end = following  # the next key takes its place after the dash or the comma
    else:
        start, end = text.rindex("\n", 0, start) + 1, _line_end(text, end) + 1
    return text[:start] + text[end:]


def _compose(text: str) -> Any:
    """Return the nodes of a text that `read_yaml` accepted."""
    loader = YAML()
    loader.max_depth = MAX_DEPTH
    return loader.compose(text)


def _find(root: Any, section: str) -> tuple[Any, Any]:
    pairs = root.value if isinstance(root, MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value == section), (None, None))


def _entry(text: str, section: str, name: str) -> tuple[Any, int]:
    """Return the list node of `section` and the number of the entry with the id `name`."""
    _, items = _find(_compose(text), section)
    for index, item in enumerate(items.value if isinstance(items, SequenceNode) else ()):
        if isinstance(item, MappingNode) and any(k.value == "id" and v.value == name for k, v in item.value):
            return items, index
    raise InvalidValue(f"no entry with the id `{name}` under {section}:", "run `wirewatch sources list` to see the ids")


def _end(node: Any, text: str) -> int:
    """Return the offset after the node's last character, without the comments and blank lines that follow."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end_of(last[0], last[1], text) if isinstance(node, MappingNode) else _end(last, text)
    block = getattr(node, "style", None) in {"|", ">"}
    return len(text[: node.end_mark.index].rstrip()) if block else int(node.end_mark.index)


def _end_of(key: Any, value: Any, text: str) -> int:
    """Return the offset after `key: value`. The marks of empty values and aliases are elsewhere."""
    start, end = value.start_mark.index, value.end_mark.index
    if start == end or start < key.start_mark.index:
        match = ALIAS.match(text, key.end_mark.index)
        return match.end() if match else end
    return _end(value, text)


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _flowing(value: object) -> object:
    """Mark lists and mappings for flow style, and quote strings that it cannot contain."""
    if isinstance(value, str) and value.startswith((":", "?")):
        return DoubleQuotedScalarString(value) if "\n" in value else SingleQuotedScalarString(value)
    if not isinstance(value, Mapping | list | tuple):
        return value
    result: CommentedMap | CommentedSeq = (
        CommentedMap({key: _flowing(part) for key, part in value.items()})
        if isinstance(value, Mapping)
        else CommentedSeq(map(_flowing, value))
    )
    result.fa.set_flow_style()
    return result


def _dump(value: object) -> str:
    writer, out = YAML(), io.StringIO()
    writer.width = 1_000_000
    writer.allow_unicode = True
    writer.dump(value, out)
    return re.sub(r"\n\.\.\.\n$", "\n", out.getvalue())


def _blocks(entries: Sequence[Entry], indent: int, apart: str = "") -> str:
    """Format entries as lines, with `apart` before each."""
    return "".join(apart + _block(entry, indent) for entry in entries)


def _block(entry: Entry, indent: int, dash: str = "- ") -> str:
    """Format an entry as lines, with its dash in the column `indent` (from 0)."""
    lines = _dump({key: _flowing(_in_lines(value)) for key, value in entry.items()}).splitlines()
    pads = [" " * indent + dash, *[" " * (indent + len(dash))] * (len(lines) - 1)]
    return "".join(f"{pad}{line}\n" for pad, line in zip(pads, lines, strict=True))


def _in_lines(value: object) -> object:
    """Mark a text of several plain lines for block style."""
    if not isinstance(value, str) or "\n" not in value:
        return value
    plain = all(line.isprintable() and line and line == line.strip() for line in value.split("\n"))
    return LiteralScalarString(value) if plain else value


def _flow(entry: Entry) -> str:
    return _dump(_flowing(entry)).strip()


def _line(key: str, value: object, indent: int, *, flow: bool | None) -> str:
    """Format `key: value` for the column `indent` (from 0), its first line without the indent."""
    return _flow({key: value})[1:-1] if flow else _block({key: value}, indent, dash="").strip()
