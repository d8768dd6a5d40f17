"""The true content of the newspaper's pages at a given time, which a crawl must find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.demo.edition import Edition
from crawler.demo.schedule import Version


@dataclass(frozen=True, slots=True)
class Truth:
    """One page. `paragraphs` is the body that a reader without a subscription sees, subheadings included."""

    url: str
    title: str
    authors: tuple[str, ...]
    published: datetime
    modified: datetime
    paragraphs: tuple[str, ...]
    language: str
    section: str
    tags: tuple[str, ...]
    lead: str
    agency: str
    captions: tuple[str, ...]
    paywalled: bool
    live: bool
    gone: int  # the status if it is withdrawn, else 0

    @property
    def text(self) -> str:
        """The paragraphs in the format of Article.text."""
        return "\n\n".join(self.paragraphs)


def plain(block: str) -> str:
    """Return a block without its mark."""
    return block.removeprefix("## ").removeprefix("> ")


def visible(version: Version) -> tuple[str, ...]:
    """Return the blocks that are visible without a subscription."""
    return version.blocks[: version.story.teaser or None]


def _truth(version: Version, edition: Edition) -> Truth:
    story = version.story
    return Truth(
        url=edition.url(version),
        title=version.title,
        authors=story.authors,
        published=version.published,
        modified=version.modified,
        paragraphs=tuple(map(plain, visible(version))),
        language=story.language,
        section=story.section,
        tags=story.tags,
        lead=story.lead,
        agency=story.agency,
        captions=story.captions or (story.caption,),
        paywalled=bool(story.teaser),
        live=bool(story.live_first),
        gone=version.gone,
    )


def truth(url: str, edition: Edition) -> Truth | None:
    """Return the article at an address (also of an AMP or print version); None if it is not an article."""
    base = next((base for base in edition.bases if url.startswith(f"{base}/")), None)
    if base is None:
        return None
    path = url.removeprefix(base).partition("#")[0].partition("?")[0].removeprefix("/amp").removeprefix("/print")
    version = edition.at(edition.bases.index(base), path)
    return _truth(version, edition) if version else None


def truths(edition: Edition) -> tuple[Truth, ...]:
    """Return all articles in the newspaper's lists, newest first."""
    return tuple(_truth(version, edition) for version in edition.listed)
