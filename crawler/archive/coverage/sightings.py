"""Which of a site's listings named which article, and what that says of each source and week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import Connection, RowMapping, delete, select, update

from crawler.archive.engine import lock_writers
from crawler.archive.tables.coverage import sightings, site_listings, source_weeks
from crawler.archive.tables.rows import U64, Values, clean, merge, signed
from crawler.health.recall import Recall, Unknown
from crawler.items import SiteListing

KEPT: Final = timedelta(days=22)  # of sightings: two whole weeks, and one that goes on
WEEKS_KEPT: Final = timedelta(days=400)
MOST_LISTINGS: Final = 40  # of a source; the others are not recorded
_PORTION: Final = 500

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class Sightings:
    """What the listings of one crawl named. All keys are URL keys.

    `named`: by listing, the entries that are recent. `new`: entries that had not been seen before this crawl, in
    listings that an earlier crawl had read. `stored`: by URL key of an article, all its addresses.
    """

    named: dict[SiteListing, set[int]] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)
    stored: dict[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """How many articles a listing named."""

    listing: SiteListing
    articles: int
    alone: int = 0  # that the source's own listings did not name


@dataclass(frozen=True, slots=True)
class SourceWeek:
    """A source in one week, which begins on Monday at 00:00 UTC."""

    source: str
    week: datetime
    recall: Recall
    shares: tuple[Named, ...] = ()


class Coverage:
    """Sightings and weeks of sources; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def promoted(self, source: str) -> list[SiteListing]:
        """Return the listings that `promote` added to those of a source."""
        with self._read() as connection:
            return [one for _, one in _listings(connection, source) if one.own]

    def promote(self, source: str, listing: SiteListing) -> None:
        """Make a listing one of the source's own."""
        with self._write() as connection:
            mine = (site_listings.c.source == source) & (site_listings.c.address == listing.address)
            connection.execute(update(site_listings).where(mine).values(own=True))

    def named(self, source: str, since: datetime, until: datetime) -> tuple[list[SiteListing], list[int]]:
        """Return a source's listings, and for each article first named in that time a number with a bit for each."""
        mine = (sightings.c.source == source) & sightings.c.article.is_not(None)
        within = (sightings.c.first >= since) & (sightings.c.first < until)
        with self._read() as connection:
            listings = dict(_listings(connection, source))
            bits: dict[int, int] = {}
            for article, number in connection.execute(
                select(sightings.c.article, sightings.c.listings).where(mine, within)
            ):
                bits[article] = bits.get(article, 0) | number
        return [listings[number] for number in sorted(listings)], list(bits.values())

    def active(self, since: datetime) -> list[str]:
        """Return the sources whose listings named something new since then."""
        chosen = select(sightings.c.source).where(sightings.c.first >= since).distinct()
        with self._read() as connection:
            return sorted(connection.scalars(chosen))

    def save_week(self, week: SourceWeek) -> None:
        """Write a week, replacing what was written of it before; delete what is too old."""
        found = week.recall
        values = {
            "source": week.source,
            "week": week.week,
            "named": found.named,
            "seen": found.seen,
            "least": found.least,
            "most": found.most,
            "unknown": found.unknown.name if found.unknown else "",
            "shares": [[n.listing.kind, n.listing.address, n.listing.own, n.articles, n.alone] for n in week.shares],
        }
        with self._write() as connection:
            merge(connection, source_weeks, [values], key=("source", "week"))
            connection.execute(delete(source_weeks).where(source_weeks.c.week < week.week - WEEKS_KEPT))

    def forget_old(self, now: datetime) -> None:
        """Delete sightings that no week needs any more."""
        with self._write() as connection:
            lock_writers(connection)
            connection.execute(delete(sightings).where(sightings.c.first < now - KEPT))

    def weeks(self, since: datetime, source: str | None = None) -> list[SourceWeek]:
        """Return the weeks from `since` on, of one source or of all, oldest first."""
        chosen = select(source_weeks).where(source_weeks.c.week >= since)
        if source is not None:
            chosen = chosen.where(source_weeks.c.source == source)
        with self._read() as connection:
            rows = connection.execute(chosen.order_by(source_weeks.c.week, source_weeks.c.source)).mappings().all()
        return [week_of(row) for row in rows]


def week_of(row: RowMapping) -> SourceWeek:
    """Return a row of source_weeks; its shares may be left out."""
    unknown = Unknown[row["unknown"]] if row["unknown"] in Unknown.__members__ else None
    found = Recall(row["named"], row["seen"], row["least"], row["most"], unknown)
    shares = (Named(SiteListing(kind, at, own), *counts) for kind, at, own, *counts in row.get("shares", ()))
    return SourceWeek(row["source"], row["week"], found, tuple(shares))


def record(connection: Connection, source: str, seen: Sightings, now: datetime) -> None:
    """Record what a crawl's listings named, in the running transaction. Repeating it changes nothing."""
    if not (seen.new or seen.stored or len(seen.named) > 1 or any(not one.own for one in seen.named)):
        return  # a single listing named nothing new
    numbers = _numbers(connection, source, seen.named)
    bits: dict[int, int] = {}
    for listing, keys in seen.named.items():
        for key in keys if listing in numbers else ():
            bits[key] = bits.get(key, 0) | 1 << numbers[listing]
    rows = [_row(source, key, None, bits, now) for key in sorted(seen.new)]
    merge(connection, sightings, rows, key=("source", "key"), bits="listings")
    aliases = sorted({key for keys in seen.stored.values() for key in keys})
    known = _known(connection, source, aliases)
    rows = [
        _row(source, key, article, bits, now)
        for article, keys in sorted(seen.stored.items())
        if keys & known
        for key in sorted(keys)
    ]
    merge(connection, sightings, rows, key=("source", "key"), bits="listings")
    _add_bits(connection, source, {key: bit for key, bit in bits.items() if key not in seen.new})


def _row(source: str, key: int, article: int | None, bits: Mapping[int, int], now: datetime) -> Values:
    stored = {} if article is None else {"article": signed(article)}
    return {"source": source, "key": signed(key), "first": now, "listings": bits.get(key, 0)} | stored


def _portions(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the keys in portions."""
    for at in range(0, len(keys), _PORTION):
        yield keys[at : at + _PORTION]


def _known(connection: Connection, source: str, keys: Sequence[int]) -> set[int]:
    """Return which keys have a sighting."""
    found: set[int] = set()
    for portion in _portions(keys):
        chosen = sightings.c.key.in_([signed(key) for key in portion])
        rows = connection.scalars(select(sightings.c.key).where(sightings.c.source == source, chosen))
        found.update(key % U64 for key in rows)
    return found


def _add_bits(connection: Connection, source: str, bits: Mapping[int, int]) -> None:
    """Add listings to sightings that exist; addresses without one were known before anything was recorded."""
    by_bit: dict[int, list[int]] = {}
    for key, bit in bits.items():
        by_bit.setdefault(bit, []).append(signed(key))
    for bit, keys in by_bit.items():
        for portion in _portions(sorted(keys)):
            mine = (sightings.c.source == source) & sightings.c.key.in_(portion)
            lacking = sightings.c.listings.bitwise_and(bit) != bit
            added = sightings.c.listings.bitwise_or(bit)
            connection.execute(update(sightings).where(mine, lacking).values(listings=added))


def _numbers(connection: Connection, source: str, named: Iterable[SiteListing]) -> dict[SiteListing, int]:
    """Return the numbers of a crawl's listings; new ones get the next numbers."""
    known = {one.address: (number, one.own) for number, one in _listings(connection, source)}
    numbers: dict[SiteListing, int] = {}
    for listing in named:
        address = clean(listing.address)
        number, was_own = known.get(address, (len(known), None))
        if number >= MOST_LISTINGS:
            continue
        numbers[listing] = number
        if was_own is None or (listing.own and not was_own):
            known[address] = (number, listing.own)
            kind = {"source": source, "number": number, "kind": listing.kind}
            values = kind | {"address": address, "own": listing.own}
            merge(connection, site_listings, [values], key=("source", "number"), only=("own",))
    return numbers


def _listings(connection: Connection, source: str) -> list[tuple[int, SiteListing]]:
    chosen = select(site_listings).where(site_listings.c.source == source).order_by(site_listings.c.number)
    rows = connection.execute(chosen).mappings()
    return [(row["number"], SiteListing(row["kind"], row["address"], row["own"])) for row in rows]
