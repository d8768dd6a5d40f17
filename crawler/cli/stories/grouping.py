"""Grouping of external articles into stories, in a temporary Redis."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.dedupe.sketch import sketch
from crawler.dedupe.urls import registered_domain
from crawler.state import EmbeddedServer, State

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input. `site` is a registered domain or any other name of a site."""

    id: Any
    title: str
    text: str
    site: str = ""
    published: datetime | None = None


def parse_row(line: str) -> Row:
    """Parse a line of JSON. Raises ValueError with a readable message."""
    try:
        row = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(row, dict) or "id" not in row:
        raise ValueError('not an object with "id"')
    texts = {name: row.get(name) or "" for name in ("title", "text", "site", "published")}
    wrong = [name for name, value in texts.items() if not isinstance(value, str)]
    if wrong:
        raise ValueError(f'"{wrong[0]}" is not a string')
    return Row(row["id"], texts["title"], texts["text"], _site(texts["site"]), _time(texts["published"]))


async def grouped(lines: Iterable[str], on_error: Callable[[int, str], None]) -> AsyncIterator[tuple[Any, int]]:
    """Yield (id, story number) for each row, in order; `on_error` receives the number and error of an invalid line.

    `published` moves the time window of stories forward. Raises StateError.
    """
    with tempfile.TemporaryDirectory(prefix="wirewatch-") as folder, EmbeddedServer(Path(folder)) as server:
        state = State.connect(server.url)
        try:
            clock = BEGIN
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = parse_row(line)
                except ValueError as error:
                    on_error(number, str(error))
                    continue
                clock = max(clock, row.published or clock)
                found = sketch(row.title, row.text, row.site)
                place = await state.stories.place(found, story_key(f"{number}"), clock)
                yield row.id, place.number
        finally:
            await state.close()


def story_key(text: str) -> str:
    """Return 16 hex digits that identify a text."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _site(text: str) -> str:
    try:
        return registered_domain(text if "://" in text else f"https://{text}") if text else ""
    except ValueError:
        return text


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"published" is not a time: {text[:40]}') from error
