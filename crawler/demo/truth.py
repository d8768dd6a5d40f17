"""What a page of the newspaper really says at a given time: the answers that a crawl of it must find."""

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
    gone: int  # its status where it has been withdrawn, else 0

    @property
    def text(self) -> str:
        """The paragraphs as Article.text has them."""
        return "\n\n".join(self.paragraphs)


def plain(block: str) -> str:
    """A block without its mark."""
    return block.removeprefix("## ").removeprefix("> ")


def visible(version: Version) -> tuple[str, ...]:
    """The blocks that everybody sees."""
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
    """What stands at this address (AMP and print versions included); None where it is no article of the newspaper."""
    base = next((base for base in edition.bases if url.startswith(f"{base}/")), None)
    if base is None:
        return None
    path = url.removeprefix(base).partition("#")[0].partition("?")[0].removeprefix("/amp").removeprefix("/print")
    version = edition.at(edition.bases.index(base), path)
    return _truth(version, edition) if version else None


def truths(edition: Edition) -> tuple[Truth, ...]:
    """Every article that the newspaper's lists show, the newest first."""
    return tuple(_truth(version, edition) for version in edition.listed)
