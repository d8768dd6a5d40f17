"""The base class and common types of the sections of the watch file.

Durations are always `timedelta`. Secrets are `SecretStr`, which `repr` and JSON mask.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from crawler.config.kinds import Id, span

Age = Annotated[timedelta, *span(timedelta(minutes=1), timedelta(days=3650))]
YES = True
Ids = tuple[Id, ...]
Terms = tuple[Annotated[str, Field(min_length=1, max_length=500)], ...]


class Section(BaseModel):
    """Base class of all sections."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True, str_max_length=100_000
    )


def optional(*examples: Any, default: Any = None) -> Any:
    """Return an optional field; the examples appear in the JSON Schema and in messages."""
    return Field(default=default, examples=list(examples))
