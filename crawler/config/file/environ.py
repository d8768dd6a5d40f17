"""`${NAME}` in a watch file: values from the environment, so that secrets stay out of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.config.file.places import Document, Path

NAME = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
ESCAPES = {"$${": "${"}


@dataclass(slots=True)
class EnvironmentValues:
    """The paths of values with names from the environment (with the names as written), and of missing ones."""

    names: dict[Path, str] = field(default_factory=dict)
    missing: set[Path] = field(default_factory=set)


def substitute(document: Document, environ: Mapping[str, str]) -> EnvironmentValues:
    """Substitute the environment's values in `document`; `$${` is a literal `${`.

    Missing or empty names are reported as problems; their text stays as written.
    """
    substituted = EnvironmentValues()
    document.data = _substitute(document, document.data, (), environ, substituted)
    return substituted


def _substitute(
    document: Document, value: Any, path: Path, environ: Mapping[str, str], substituted: EnvironmentValues
) -> Any:
    if isinstance(value, dict):
        return {key: _substitute(document, child, (*path, key), environ, substituted) for key, child in value.items()}
    if isinstance(value, list):
        return [_substitute(document, child, (*path, index), environ, substituted) for index, child in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    names = [match[1] for match in NAME.finditer(value) if match[1]]
    if names:
        substituted.names[path] = ", ".join(f"${{{name}}}" for name in dict.fromkeys(names))
    for found, fix in _problems(value, environ):
        document.report(path, found, fix)
        substituted.missing.add(path)
    return NAME.sub(lambda match: environ.get(match[1] or "") or ESCAPES.get(match[0], match[0]), value)


def _problems(value: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for match in NAME.finditer(value):
        name = match[1]
        if match[0] == "${":
            yield "`${` without a name and }", "write ${NAME}, or $${ for a literal ${"
        elif name and name not in environ:
            yield f"${{{name}}} is not set in the environment", _fix(name)
        elif name and not environ[name]:
            yield f"${{{name}}} is empty in the environment", _fix(name)


def _fix(name: str) -> str:
    return f"run export {name}=... before you start Wirewatch, or add {name}=... to the secrets file"
