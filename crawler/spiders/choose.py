"""Which of the candidates that a listing names are fetched, and how each attempt ends in the seen-set."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler.config import Source
from crawler.dedupe.urls import canonical_url, url_key
from crawler.discover.patterns import allowed, fresh
from crawler.extensions.newsroom import Newsroom
from crawler.items import Candidate
from crawler.state import Claim

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Chooser:
    """Chooses candidates for one crawl, at most `left` of them."""

    newsroom: Newsroom
    max_age: timedelta
    left: int
    source: Source | None = None

    async def choose(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, int]]:
        """The candidates to fetch now, newest first, each claimed, with its key. Raises StateError."""
        wanted = self._wanted(candidates)
        self.newsroom.count(found=len(wanted))
        state, now = self.newsroom.runtime.state, self.newsroom.runtime.now()
        new = await state.urls.unseen(list(wanted), now)
        unseen = [(candidate, key) for (key, candidate), is_new in zip(wanted.items(), new, strict=True) if is_new]
        self.newsroom.count(unchanged=len(wanted) - len(unseen))
        unseen.sort(key=lambda pair: pair[0].published or pair[0].modified or now, reverse=True)
        chosen: list[tuple[Candidate, int]] = []
        for candidate, key in unseen:
            if len(chosen) >= self.left:
                self.newsroom.ledger.left_over = True
                break
            if await self.newsroom.ledger.claim(key) is Claim.MINE:
                chosen.append((replace(candidate, listed=now), key))
        self.left -= len(chosen)
        return chosen

    def _wanted(self, candidates: Sequence[Candidate]) -> dict[int, Candidate]:
        allow, deny = (self.source.allow or (), self.source.deny or ()) if self.source else ((), ())
        now = self.newsroom.runtime.now()
        wanted: dict[int, Candidate] = {}
        for candidate in candidates:
            try:
                key = url_key(canonical_url(candidate.url))
            except ValueError as error:
                _log.debug("%s", error)
                continue
            if key in self.newsroom.ledger.listed or not fresh(candidate, now, self.max_age):
                continue
            if allowed(candidate.url, allow, deny):
                wanted.setdefault(key, candidate)
        self.newsroom.ledger.listed |= wanted.keys()
        return wanted
