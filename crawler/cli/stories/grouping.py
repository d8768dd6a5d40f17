"""Grouping articles from anywhere into stories, in a state that is thrown away."""

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
class Given:
    """One row of the input. `site` is a registered domain or whatever tells sites apart."""

    id: Any
    title: str
    text: str
    site: str = ""
    published: datetime | None = None


def given(line: str) -> Given:
    """The row of a line of JSON. Raises ValueError that says what is wrong."""
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
    return Given(row["id"], texts["title"], texts["text"], _site(texts["site"]), _time(texts["published"]))


async def grouped(lines: Iterable[str], refuse: Callable[[int, str], None]) -> AsyncIterator[tuple[Any, int]]:
    """(id, number of the story) of each row, in order; `refuse` hears the number of a bad line and why.

    `published` moves the window of stories, and only forward. Raises StateError.
    """
    with tempfile.TemporaryDirectory(prefix="wirewatch-") as folder, EmbeddedServer(Path(folder)) as server:
        state = State.connect(server.url)
        try:
            clock = BEGIN
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = given(line)
                except ValueError as error:
                    refuse(number, str(error))
                    continue
                clock = max(clock, row.published or clock)
                found = sketch(row.title, row.text, row.site)
                place = await state.stories.place(found, story_key(f"{number}"), clock)
                yield row.id, place.number
        finally:
            await state.close()


def story_key(text: str) -> str:
    """16 hex digits."""
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
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'"published" is not a time: {text[:40]}') from error
