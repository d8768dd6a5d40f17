"""CSS and XPath selectors in the watch file, validated by the extractor."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import EXAMPLES, kind

EXAMPLES["selector"] = "div.story-body"
MAX_CHARACTERS = 2000


def read_selector(text: str) -> str:
    """Parse a CSS selector, or an XPath expression (`//time/@datetime`)."""
    from crawler.extract.page.select import check_selector  # noqa: PLC0415  few sources have selectors; saves 0.5 s

    if not text.strip() or len(text) > MAX_CHARACTERS:
        raise InvalidValue("not a selector", f"write for example {EXAMPLES['selector']}")
    try:
        check_selector(text)
    except (ValueError, RecursionError) as error:
        reason = error.__cause__ or "nested too deeply"
        fix = "write CSS such as div.story-body, or an XPath such as //article"
        raise InvalidValue(f"not a selector ({reason})", fix) from None
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


_ONE = Annotated[str, *kind("selector", read_selector)]
_TEXT = {"type": "string"}
Selectors = Annotated[
    tuple[_ONE, ...],
    BeforeValidator(_listed),
    WithJsonSchema(
        {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}], "examples": ["h1.headline", ["aside", ".ad"]]}
    ),
]
