"""Feed metadata, independent of the format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heading:
    """`address`: of the feed itself; `page`: of what a browser shows instead; `updated`: None in an empty feed."""

    id: str
    title: str
    description: str
    address: str
    page: str
    updated: datetime | None
    generator: str
    hub: str = ""  # WebSub
