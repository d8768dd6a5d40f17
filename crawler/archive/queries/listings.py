"""Records of listings and the candidates that wait, written in one transaction for each listing.

A listing that has a record was read: its candidates are stored, seen before, skipped for a reason given in the record,
or wait here until a run has processed them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, delete, func, null, select

from crawler.archive.coverage.canary import withdraw_if_hidden
from crawler.archive.engine import lock_writers
from crawler.archive.tables.rows import U64, Row, Values, add, clean, run_of, run_values, signed
from crawler.archive.tables.schema import listings, runs, waiting
from crawler.items import Candidate, LeftOver, Outcome, ReadListing, Run, Waiting

MOST_LISTINGS: Final = 100  # records of a run; further listings share one more record
MAX_ADDRESS: Final = 500
MAX_ERROR: Final = 300
KEPT: Final = timedelta(days=7)  # how long a candidate may wait
AT_ONCE: Final = 5_000  # candidates of a source that a run loads
_PORTION: Final = 500
_TIMES: Final = ("published", "modified", "listed")
_LISTS: Final = ("tags", "authors")
_COUNTS: Final = ("named", "new", "known", "listings")

Session: TypeAlias = Callable[[], AbstractContextManager[Connection]]


class Listings:
    """Listings and waiting candidates in the archive; every method may raise ArchiveError."""

    def __init__(self, read: Session, write: Session) -> None:
        self._read = read
        self._write = write

    def record(self, run: Run, read: Sequence[ReadListing], named: Collection[Waiting] = ()) -> None:
        """Record what a running crawl has read, and the candidates that now wait; the run is listed as unfinished."""
        with self._write() as connection:
            lock_writers(connection)
            add(connection, runs, [run_values(replace(run, finished=None, outcome=Outcome.STOPPED))])
            add_listings(connection, run.id, read)
            now = read[-1].read if read else run.started
            rows = [_waiting_values(run.source, one, now) for one in named]
            for at in range(0, len(rows), _PORTION):
                add(connection, waiting, rows[at : at + _PORTION])
            withdraw_if_hidden(connection, run.source)

    def of(self, run_id: str) -> list[ReadListing]:
        """Return the listings that a run has read, in order."""
        chosen = select(listings).where(listings.c.run == clean(run_id)).order_by(listings.c.number)
        with self._read() as connection:
            return [_listing_of(row) for row in connection.execute(chosen).mappings()]

    def run(self, run_id: str) -> Run | None:
        """Return a run by its id."""
        with self._read() as connection:
            row = connection.execute(select(runs).where(runs.c.id == clean(run_id))).mappings().first()
            return run_of(row) if row else None

    def waiting(self, source: str, now: datetime) -> list[Waiting]:
        """Return a source's waiting candidates, oldest first, at most AT_ONCE; delete those older than KEPT."""
        mine = waiting.c.source == source
        chosen = select(waiting).where(mine).order_by(waiting.c.since, waiting.c.key).limit(AT_ONCE)
        with self._read() as connection:
            rows = connection.execute(chosen).mappings().all()
        if rows and rows[0]["since"] < now - KEPT:
            with self._write() as connection:
                connection.execute(delete(waiting).where(waiting.c.since < now - KEPT))  # of removed sources too
        return [_waiting_of(row) for row in rows if row["since"] >= now - KEPT]

    def waiting_keys(self, source: str) -> set[int]:
        """Return the URL keys of all waiting candidates of a source."""
        with self._read() as connection:
            return {key % U64 for key in connection.scalars(select(waiting.c.key).where(waiting.c.source == source))}


def add_listings(connection: Connection, run_id: str, read: Sequence[ReadListing]) -> None:
    """Record listings in the running transaction: beyond MOST_LISTINGS only their number and sums."""
    if not read:
        return
    count = connection.scalar(select(func.count()).select_from(listings).where(listings.c.run == run_id)) or 0
    remaining = max(0, MOST_LISTINGS - count)
    rows = [_listing_values(run_id, count + at, one) for at, one in enumerate(read[:remaining])]
    if others := list(read[remaining:]):
        last = (listings.c.run == run_id) & (listings.c.number == MOST_LISTINGS)
        before = connection.execute(select(listings).where(last)).mappings().first()
        connection.execute(delete(listings).where(last))
        summed = _sum([_listing_of(before), *others] if before else others)
        rows.append(_listing_values(run_id, MOST_LISTINGS, summed))
    add(connection, listings, rows)


def forget_waiting(connection: Connection, source: str, keys: Iterable[int]) -> None:
    """Delete processed candidates in the running transaction."""
    done = sorted(map(signed, keys))
    for at in range(0, len(done), _PORTION):
        portion = done[at : at + _PORTION]
        connection.execute(delete(waiting).where(waiting.c.source == source, waiting.c.key.in_(portion)))


def _sum(read: Sequence[ReadListing]) -> ReadListing:
    left: Counter[LeftOver] = Counter()
    for one in read:
        left.update(dict(one.left_over))
    counts = {name: sum(getattr(one, name) for one in read) for name in _COUNTS}
    return ReadListing("others", "", read[-1].read, left_over=tuple(left.items()), **counts)


def _listing_values(run_id: str, number: int, one: ReadListing) -> Values:
    values = {each.name: getattr(one, each.name) for each in fields(one)}
    return values | {
        "run": run_id,
        "number": number,
        "address": clean(one.address[:MAX_ADDRESS]),
        "error": clean(one.error[:MAX_ERROR]),
        "left_over": dict(one.left_over) or null(),
    }


def _listing_of(row: Row | Mapping[str, Any]) -> ReadListing:
    known = {reason.value: reason for reason in LeftOver}
    left = tuple((known[name], count) for name, count in (row["left_over"] or {}).items() if name in known)
    values = {each.name: row[each.name] for each in fields(ReadListing)}
    return ReadListing(**values | {"left_over": left})


def _waiting_values(source: str, one: Waiting, now: datetime) -> Values:
    candidate = one.candidate
    values = {each.name: getattr(candidate, each.name) for each in fields(candidate)}
    if not candidate.own:
        values["summary"] = ""  # its page has the text
    plain = {name: value.isoformat() if name in _TIMES else _cleaned(value) for name, value in values.items() if value}
    return {
        "source": source,
        "key": signed(one.key),
        "feed": signed(one.feed),
        "since": now,
        "candidate": plain,
    }


def _waiting_of(row: Row) -> Waiting:
    values: Values = dict(row["candidate"])
    values |= {name: datetime.fromisoformat(values[name]) for name in _TIMES if name in values}
    values |= {name: tuple(values[name]) for name in _LISTS if name in values}
    return Waiting(row["key"] % U64, Candidate(**values), row["feed"] % U64)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [clean(part) for part in value] if isinstance(value, tuple) else value
