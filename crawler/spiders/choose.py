"""Which of the candidates that a listing names are fetched, and how each attempt ends in the seen-set."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from crawler.config import Source
from crawler.discover.listing import key_of
from crawler.discover.patterns import allowed, fresh
from crawler.discover.sessions import without_sessions
from crawler.extensions.newsroom import Newsroom
from crawler.items import Candidate
from crawler.state import Claim

MAX_MISDATED: Final = 20  # more old entries that are new to a listing are a move of the site, not wrong dates
MAX_BACKLOG: Final = 1_000  # undated addresses of a listing's first reading that wait for later crawls

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Chooser:
    """Chooses candidates for one crawl, at most `left` of them. `unseen` counts those that were new, taken or not."""

    newsroom: Newsroom
    max_age: timedelta
    left: int
    source: Source | None = None
    unseen: int = 0

    async def choose(
        self, candidates: Sequence[Candidate], listing: int = 0, *, read_before: bool = True, baseline: bool = False
    ) -> list[tuple[Candidate, int]]:
        """Return the candidates to fetch now, newest first, each claimed, with its key. Raises StateError.

        `listing`: the URL key of a listing that is remembered. What is too old by the listing's dates is left out, but
        for a few that it did not name when it was `read_before`: those dates are wrong. `baseline`: the listing is one
        of old articles, so what it names without a date the first time is noted as seen.
        """
        wanted, old = self._wanted(candidates)
        if listing:
            self.newsroom.old_entries[listing] = old.keys()
            wanted |= await self._misdated(old, listing) if read_before else {}
        self.newsroom.count(found=len(wanted))
        state, now = self.newsroom.runtime.state, self.newsroom.runtime.now()
        new = await state.urls.unseen(list(wanted), now)
        unseen = [(candidate, key) for (key, candidate), is_new in zip(wanted.items(), new, strict=True) if is_new]
        self.newsroom.count(unchanged=len(wanted) - len(unseen))
        unseen.sort(key=lambda pair: pair[0].published or pair[0].modified or now, reverse=True)
        if not read_before:
            unseen = await self._without_backlog(unseen, 0 if baseline else self.left + MAX_BACKLOG)
        self.unseen += len(unseen)
        chosen: list[tuple[Candidate, int]] = []
        for candidate, key in unseen:
            if len(chosen) >= self.left:
                self.newsroom.ledger.left_over = True
                break
            if await self.newsroom.ledger.claim(key) is Claim.MINE:
                chosen.append((replace(candidate, listed=now), key))
        self.left -= len(chosen)
        return chosen

    def _wanted(self, candidates: Sequence[Candidate]) -> tuple[dict[int, Candidate], dict[int, Candidate]]:
        """Return the candidates by URL key that the watch file allows: the fresh ones, and those that are too old."""
        allow, deny = (self.source.allow or (), self.source.deny or ()) if self.source else ((), ())
        now = self.newsroom.runtime.now()
        wanted: dict[int, Candidate] = {}
        old: dict[int, Candidate] = {}
        for candidate in without_sessions(candidates):
            try:
                key = key_of(candidate)
            except ValueError as error:
                _log.debug("%s", error)
                continue
            if key not in self.newsroom.ledger.listed and allowed(candidate.url, allow, deny):
                (wanted if fresh(candidate, now, self.max_age) else old).setdefault(key, candidate)
        self.newsroom.ledger.listed |= wanted.keys()
        return wanted, old

    async def _misdated(self, old: dict[int, Candidate], listing: int) -> dict[int, Candidate]:
        """Return the entries that are old by their dates but were not there when the listing was read last."""
        if not old:
            return {}
        known = await self.newsroom.runtime.state.http.old_entries(listing, old)
        found = {key: candidate for key, candidate in old.items() if key not in known}
        return found if len(found) <= MAX_MISDATED else {}

    async def _without_backlog(self, unseen: list[tuple[Candidate, int]], most: int) -> list[tuple[Candidate, int]]:
        """Return the dated candidates and `most` of the undated ones; the rest is noted as seen."""
        undated = [key for candidate, key in unseen if not (candidate.published or candidate.modified)]
        backlog = set(undated[most:])
        if backlog:
            _log.info("%d undated addresses of the first reading count as seen", len(backlog))
            self.newsroom.count(unchanged=len(backlog))
            await self.newsroom.ledger.settle(backlog)
        return [pair for pair in unseen if pair[1] not in backlog]
