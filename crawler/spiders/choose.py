"""Which of the candidates that a listing names are fetched, and how each attempt ends in the seen-set."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from crawler.config import Source
from crawler.discover.listing import candidate_key
from crawler.discover.patterns import is_allowed, is_fresh
from crawler.discover.url_sessions import without_sessions
from crawler.extensions.context import CrawlContext
from crawler.items import Candidate, LeftOver
from crawler.state import Claim

MAX_MISDATED: Final = 20  # more old entries that are new to a listing are a move of the site, not wrong dates
MAX_BACKLOG: Final = 1_000  # undated addresses of a listing's first reading that wait for later crawls

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Choice:
    """What becomes of the candidates of one listing. `taken`: claimed, with their URL keys, to be fetched now."""

    taken: list[tuple[Candidate, int]] = field(default_factory=list)
    known: int = 0
    left_over: Counter[LeftOver] = field(default_factory=Counter)


@dataclass(slots=True)
class Chooser:
    """Chooses candidates for one crawl, at most `left` of them. `unseen` counts those that were new, taken or not."""

    context: CrawlContext
    max_age: timedelta
    left: int
    source: Source | None = None
    unseen: int = 0

    async def choose(
        self,
        candidates: Sequence[Candidate],
        listing: int = 0,
        *,
        feed: int = 0,
        read_before: bool = True,
        baseline: bool = False,
    ) -> Choice:
        """Choose the candidates to fetch now, newest first, each claimed. Raises StateError.

        `listing`: the URL key of a listing that is remembered. What is too old by the listing's dates is left out, but
        for a few that it did not name when it was `read_before`: those dates are wrong. `baseline`: the listing is one
        of old articles, so what it names without a date the first time is noted as seen. `feed`: of a feed, its key.
        """
        choice = Choice()
        wanted, old = self._wanted(candidates, choice)
        self.context.leases.listed |= wanted.keys()
        if listing:
            self.context.old_entries[listing] = old.keys()
            wanted |= await self._misdated(old, listing) if read_before else {}
        choice.left_over[LeftOver.TOO_OLD] = len(old.keys() - wanted.keys())
        self.context.count(found=len(wanted))
        unseen = await self._unseen(wanted, choice)
        self.context.count(unchanged=choice.known)
        if not read_before:
            unseen = await self._without_backlog(unseen, 0 if baseline else self.left + MAX_BACKLOG, choice)
        self.unseen += len(unseen)
        await self._claim(unseen, choice, feed)
        return choice

    async def again(self, waiting: Sequence[Candidate], feed: int = 0) -> Choice:
        """As `choose`, of candidates that earlier crawls left: they were listed in time, and count as listed once."""
        choice = Choice()
        wanted, old = self._wanted(waiting, choice)
        await self._claim(await self._unseen(wanted | old, choice), choice, feed)
        return choice

    async def _unseen(self, wanted: dict[int, Candidate], choice: Choice) -> list[tuple[Candidate, int]]:
        """Return those of `wanted` that are new, newest first, with their keys."""
        now = self.context.runtime.now()
        new = await self.context.runtime.state.urls.unseen(list(wanted), now)
        unseen = [(candidate, key) for (key, candidate), is_new in zip(wanted.items(), new, strict=True) if is_new]
        unseen.sort(key=lambda pair: pair[0].published or pair[0].modified or now, reverse=True)
        choice.known += len(wanted) - len(unseen)
        self.context.readings.dealt_with(wanted.keys() - {key for _, key in unseen})
        return unseen

    async def _claim(self, unseen: Sequence[tuple[Candidate, int]], choice: Choice, feed: int) -> None:
        """Take what the crawl has room for; all of it waits until it is dealt with."""
        now = self.context.runtime.now()
        for candidate, key in unseen:
            listed = candidate if candidate.listed else replace(candidate, listed=now)
            self.context.readings.names(key, listed, feed)
            if self.left <= 0:
                self.context.leases.left_over = True
                choice.left_over[LeftOver.OVER_LIMIT] += 1
                continue
            claim = await self.context.leases.claim(key)
            if claim is Claim.MINE:
                self.left -= 1
                choice.taken.append((listed, key))
            elif claim is Claim.SEEN:  # by another crawl, just now
                self.context.readings.dealt_with([key])
                choice.known += 1
            else:
                choice.left_over[LeftOver.BUSY] += 1

    def _wanted(
        self, candidates: Sequence[Candidate], choice: Choice
    ) -> tuple[dict[int, Candidate], dict[int, Candidate]]:
        """Return the candidates by URL key that the watch file allows: the fresh ones, and those that are too old."""
        allow, deny = (self.source.allow or (), self.source.deny or ()) if self.source else ((), ())
        now, leases = self.context.runtime.now(), self.context.leases
        wanted: dict[int, Candidate] = {}
        old: dict[int, Candidate] = {}
        for candidate in without_sessions(candidates):
            try:
                key = candidate_key(candidate)
            except ValueError as error:
                _log.debug("%s", error)
                choice.left_over[LeftOver.UNUSABLE] += 1
                continue
            if key in leases.listed or key in leases.held or key in wanted or key in old:
                choice.left_over[LeftOver.NAMED_BEFORE] += 1
            elif not is_allowed(candidate.url, allow, deny):
                choice.left_over[LeftOver.NOT_ALLOWED] += 1
            else:
                (wanted if is_fresh(candidate, now, self.max_age) else old)[key] = candidate
        return wanted, old

    async def _misdated(self, old: dict[int, Candidate], listing: int) -> dict[int, Candidate]:
        """Return the entries that are old by their dates but were not there when the listing was read last."""
        if not old:
            return {}
        known = await self.context.runtime.state.http.old_entries(listing, old)
        found = {key: candidate for key, candidate in old.items() if key not in known}
        return found if len(found) <= MAX_MISDATED else {}

    async def _without_backlog(
        self, unseen: list[tuple[Candidate, int]], most: int, choice: Choice
    ) -> list[tuple[Candidate, int]]:
        """Return the dated candidates and `most` of the undated ones; the rest is noted as seen."""
        undated = [key for candidate, key in unseen if not (candidate.published or candidate.modified)]
        backlog = set(undated[most:])
        if backlog:
            _log.info("%d undated URLs of the first crawl marked as seen", len(backlog))
            self.context.count(unchanged=len(backlog))
            choice.left_over[LeftOver.FIRST_READING] += len(backlog)
            await self.context.leases.settle(backlog)
        return [pair for pair in unseen if pair[1] not in backlog]
