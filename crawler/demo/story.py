"""The newspaper's stock: one file for each article, TOML front matter between +++ lines, then the body.

Blocks of the body are separated by a blank line; `## ` begins a subheading (of a live blog: an entry), `> ` a quote.
A file with `copy_of` prints another file's body, less the blocks named in `cut` (counted from 1).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Edit:
    """A change made `after_s` seconds after the article was first seen. A stealth edit does not change dateModified."""

    after_s: float
    title: str = ""
    replace: tuple[tuple[str, str], ...] = ()  # (old text, new text)
    add: tuple[str, ...] = ()  # blocks put at the end
    stealth: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One article as it was first published, before its edits.

    `age_min`: minutes from its publication to the newspaper's start; None puts it into the queue of articles that
    appear one by one. `dated`: the printed date, if it differs.
    """

    slug: str
    outlet: int  # index in outlets.OUTLETS
    layout: str  # a key of pages.LAYOUTS
    title: str
    lead: str
    blocks: tuple[str, ...]
    language: str = "en"
    section: str = "news"
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agency: str = ""  # an agency of the real world
    wire: bool = False  # its authors are agencies, not people
    caption: str = ""
    captions: tuple[str, ...] = ()  # of a gallery's pictures
    age_min: int | None = None
    dated: datetime | None = None
    edits: tuple[Edit, ...] = ()
    gone_after_s: float | None = None
    gone_status: int = 404
    teaser: int = 0  # blocks in front of the paywall, 0: free
    live_first: int = 0  # entries of a live blog at the start; the others follow
    live_every_s: float = 60
    neighbours: tuple[str, ...] = field(default=())  # headlines of previous and next, if they are not available


def _tuples(value: Any) -> Any:
    """Return TOML's lists as tuples, at every depth."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def parse(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return front matter and blocks of an article file. Raises ValueError without its two +++ lines."""
    _, front, body = text.split("+++\n", 2)
    blocks = (" ".join(block.split()) for block in body.split("\n\n"))
    return tomllib.loads(front), tuple(filter(None, blocks))


def _build(slug: str, front: dict[str, Any], blocks: tuple[str, ...]) -> Story:
    known = {f.name for f in fields(Story)}
    values = {key: _tuples(value) for key, value in front.items() if key in known}
    values["edits"] = tuple(
        Edit(**{key: _tuples(value) for key, value in edit.items()}) for edit in values.get("edits", ())
    )
    return Story(**({"slug": slug, "blocks": blocks} | values))


@cache
def stock() -> tuple[Story, ...]:
    """Return all written articles in the order of their file names, which is the order of the queue."""
    folder = files("crawler.demo") / "articles"
    parsed = {
        entry.name.removesuffix(".md").split("-", 1)[1]: parse(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".md")
    }
    stories = []
    for slug, (front, own) in parsed.items():
        blocks = own
        if "copy_of" in front:
            cut = set(front.get("cut", ()))
            blocks = tuple(block for n, block in enumerate(parsed[front["copy_of"]][1], 1) if n not in cut) + own
        stories.append(_build(slug, front, blocks))
    return tuple(stories)
