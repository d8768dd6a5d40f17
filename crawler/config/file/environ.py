"""`${NAME}` in a watch file: values from the environment, so that secrets never stand in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.config.file.places import Document, Path

NAME = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
PLAIN = {"$${": "${"}


@dataclass(slots=True)
class Taken:
    """Which values came from the environment: their paths with the names as written, and those that did not come."""

    names: dict[Path, str] = field(default_factory=dict)
    missing: set[Path] = field(default_factory=set)


def fill(document: Document, environ: Mapping[str, str]) -> Taken:
    """Put the environment's values into `document`; `$${` stands for a plain `${`.

    A name that is missing or empty becomes a problem; its text stays as written.
    """
    taken = Taken()
    document.data = _fill(document, document.data, (), environ, taken)
    return taken


def _fill(document: Document, value: Any, path: Path, environ: Mapping[str, str], taken: Taken) -> Any:
    if isinstance(value, dict):
        return {key: _fill(document, child, (*path, key), environ, taken) for key, child in value.items()}
    if isinstance(value, list):
        return [_fill(document, child, (*path, index), environ, taken) for index, child in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    names = [match[1] for match in NAME.finditer(value) if match[1]]
    if names:
        taken.names[path] = ", ".join(f"${{{name}}}" for name in dict.fromkeys(names))
    for found, fix in _wrong(value, environ):
        document.report(path, found, fix)
        taken.missing.add(path)
    return NAME.sub(lambda match: environ.get(match[1] or "") or PLAIN.get(match[0], match[0]), value)


def _wrong(value: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for match in NAME.finditer(value):
        name = match[1]
        if match[0] == "${":
            yield "`${` without a name and }", "write ${NAME}, or $${ for a literal ${"
        elif name and name not in environ:
            yield f"${{{name}}} is not set in the environment", f"run export {name}=... before you start Wirewatch"
        elif name and not environ[name]:
            yield f"${{{name}}} is empty in the environment", f"run export {name}=... before you start Wirewatch"
