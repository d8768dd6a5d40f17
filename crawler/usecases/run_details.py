"""One run with what it read: for the command line, the page and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crawler.archive import Archive
from crawler.items import LeftOver, ReadListing, Run

_TEXTS: Final = {
    LeftOver.TOO_OLD: "too old",
    LeftOver.NOT_ALLOWED: "excluded by allow or deny",
    LeftOver.NAMED_BEFORE: "listed twice",
    LeftOver.UNUSABLE: "not usable",
    LeftOver.FIRST_READING: "undated in the first crawl",
    LeftOver.OVER_LIMIT: "over the page limit (left for the next run)",
    LeftOver.BUSY: "busy or recently failed (left for a later run)",
}


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run, and the listings that it read, in order."""

    run: Run
    listings: tuple[ReadListing, ...]


def run_details(archive: Archive, run_id: str) -> RunDetails | None:
    """Return a run with its listings; None where the archive has no such run. Raises ArchiveError.

    A run that goes on has no `finished`, and counts of 0. A listing that it read is there once what the listing named
    is durable.
    """
    run = archive.listings.run(run_id)
    return RunDetails(run, tuple(archive.listings.of(run_id))) if run is not None else None


def answer_text(listing: ReadListing) -> str:
    """Return what a listing answered, in a few words."""
    if listing.kind == "others":
        return f"{listing.listings} more listings"
    return listing.error or ("not modified" if listing.status == 304 else str(listing.status or ""))  # noqa: PLR2004


def left_over_text(listing: ReadListing) -> str:
    """Return what a run left over of a listing, with the reasons."""
    return ", ".join(f"{count} {_TEXTS[reason]}" for reason, count in listing.left_over)
