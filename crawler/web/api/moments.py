"""Times as parameters of the API, in the grammar of crawler/usecases/times.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from crawler.usecases.times import since_of

_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,6}[smhdwSMHDW]$"},
        {"type": "string", "enum": ["now", "today", "yesterday"]},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ],
    "examples": ["24h", "2026-11-01", "2026-11-01T08:00:00Z"],
}


def _sound(text: str) -> str:
    since_of(text, datetime(2026, 1, 1, tzinfo=UTC))
    return text


Moment = Annotated[str, AfterValidator(_sound), WithJsonSchema(_SCHEMA)]
