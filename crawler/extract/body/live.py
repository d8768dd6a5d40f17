"""Live blogs: their updates in the page's order, each under its time if the page marks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crawler import dates
from crawler.extract.body.blocks import Block
from crawler.extract.fields import jsonld
from crawler.extract.page.page import Page
from crawler.extract.words import key, squeeze

_MAX_ENTRIES = 300
_MIN_ENTRIES = 2
_MIN_ENTRY = 200  # characters of an update around its time


class Entry(NamedTuple):
    """One update. `time` is ISO 8601 as the page gives it, or ""."""

    time: str
    title: str
    text: str


def is_live(page: Page) -> bool:
    """Return whether the page declares itself a live blog (schema.org LiveBlogPosting)."""
    return "LiveBlogPosting" in page.ld.types


def entries(page: Page) -> list[Entry]:
    """Return the updates that JSON-LD lists (liveBlogUpdate), in its order; [] if it lists none."""
    found = list(_entries(page))
    return found if len(found) >= _MIN_ENTRIES else []


def _entries(page: Page) -> Iterator[Entry]:
    for node in page.ld.articles:
        updates = node.get("liveBlogUpdate")
        if "LiveBlogPosting" not in jsonld.types(node) or not isinstance(updates, list):
            continue
        for update in updates[:_MAX_ENTRIES]:
            if isinstance(update, dict):
                text = jsonld.plain_text(update.get("articleBody"))
                title = jsonld.string(update.get("headline"))
                if text or title:
                    yield Entry(_time(jsonld.scalar(update.get("datePublished"))), title, text)
        return


def _time(text: str) -> str:
    stamp = dates.read(text) if text else None
    return stamp.value.isoformat() if stamp and stamp.timed else ""


def mark_times(page: Page) -> None:
    """Turn the <time> of each update into a paragraph, in place, so that it survives extraction."""
    for element in list(page.tree.iter("time"))[:_MAX_ENTRIES]:
        text = _time(element.get("datetime") or "") or squeeze(element.text_content())
        container = next(element.iterancestors("article", "section", "li", "div"), None)
        if text and container is not None and len(container.text_content()) > _MIN_ENTRY:
            for child in list(element):
                element.remove(child)
            element.tag, element.text = "p", text


def to_blocks(found: list[Entry]) -> list[Block]:
    """Convert the entries to blocks: a heading (time and title), then paragraphs."""
    out: list[Block] = []
    for entry in found:
        head = " ".join(part for part in (entry.time, entry.title) if part)
        if head:
            out.append(Block("head", head, 3))
        lines = entry.text.splitlines()
        out += [Block("p", line) for line in lines if key(line) != key(entry.title)]
    return out
