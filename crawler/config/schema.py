"""The JSON Schema (2020-12) of the watch file, for completion and validation in editors."""

from __future__ import annotations

from typing import Any

from crawler.config.watch import Watch

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema. In VS Code's YAML extension: `# yaml-language-server: $schema=watch.schema.json`."""
    schema = Watch.model_json_schema()
    schema |= {"$schema": DIALECT, "title": "Wirewatch watch file"}
    _tidy(schema)
    return schema


def _tidy(node: Any) -> None:
    """Remove what is useless in the schema: generated titles, and null, which the file does not accept."""
    if isinstance(node, list):
        for part in node:
            _tidy(part)
    if not isinstance(node, dict):
        return
    choices = node.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        choices.remove({"type": "null"})
        if len(choices) == 1:
            node |= {**choices[0], **{key: value for key, value in node.items() if key != "anyOf"}}
            del node["anyOf"]
        if node.get("default", ...) is None:
            del node["default"]
    for part in node.get("properties", {}).values():
        part.pop("title", None)
    for part in list(node.values()):
        _tidy(part)
