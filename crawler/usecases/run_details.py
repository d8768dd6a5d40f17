"""One run with the listings that it read."""

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
    LeftOver.NOT_NEW: "listed at the last check already",
    LeftOver.OVER_LIMIT: "over the page limit (left for the next run)",
    LeftOver.BUSY: "busy or recently failed (left for a later run)",
}


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run and its listings, in the order in which they were read."""

    run: Run
    listings: tuple[ReadListing, ...]


def run_details(archive: Archive, run_id: str) -> RunDetails | None:
    """Return a run with its listings, or None if the archive has no such run. Raises ArchiveError.

    A run in progress has no `finished`, and its counts are 0. A listing appears once its candidates are stored.
    """
    run = archive.listings.run(run_id)
    return RunDetails(run, tuple(archive.listings.of(run_id))) if run is not None else None


def answer_text(listing: ReadListing) -> str:
    """Return the response of a listing in a few words."""
    if listing.kind == "others":
        return f"{listing.listings} more listings"
    return listing.error or ("not modified" if listing.status == 304 else str(listing.status or ""))  # noqa: PLR2004


def left_over_text(listing: ReadListing) -> str:
    """Return the numbers of skipped candidates of a listing, with the reasons."""
    return ", ".join(f"{count} {_TEXTS[reason]}" for reason, count in listing.left_over)
