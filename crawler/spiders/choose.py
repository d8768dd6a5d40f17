"""Choosing the candidates of a listing that are fetched now."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from crawler.config import Source
from crawler.discover.listing import candidate_key
from crawler.discover.patterns import is_allowed, is_fresh
from crawler.discover.url_sessions import without_sessions
from crawler.extensions.context import CrawlContext
from crawler.items import Candidate, LeftOver
from crawler.state import Claim

MAX_MISDATED: Final = 20  # with more old entries that are new in a listing, the site has moved
MAX_BACKLOG: Final = 1_000  # undated addresses of a listing that is read for the first time, left for later crawls

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Choice:
    """The decisions about the candidates of one listing. `taken`: claimed, with their URL keys, to be fetched now.

    `recent`: the URL keys of all candidates that are not too old; `new`: of those that had not been seen before.
    """

    taken: list[tuple[Candidate, int]] = field(default_factory=list)
    recent: set[int] = field(default_factory=set)
    new: set[int] = field(default_factory=set)
    seen: int = 0
    left_over: Counter[LeftOver] = field(default_factory=Counter)


@dataclass(slots=True)
class Chooser:
    """Chooses candidates for one crawl, at most `left` of them. `unseen` counts the new ones, taken or not."""

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

        `listing`: the URL key of a listing whose state is kept. Candidates that are too old by the listing's dates are
        left out, except a few that it did not name when it was `read_before`: their dates are wrong. `baseline`: the
        listing is one of old articles, so that its undated candidates are marked as seen the first time. `feed`: the
        key of a feed.
        """
        choice = Choice()
        recent, old = self._allowed(candidates, choice)
        self.context.leases.listed |= recent.keys()
        if listing:
            self.context.old_entries[listing] = old.keys()
            recent |= await self._misdated(old, listing) if read_before else {}
        choice.left_over[LeftOver.TOO_OLD] = len(old.keys() - recent.keys())
        self.context.count(found=len(recent))
        unseen = await self._unseen(recent, choice)
        self.context.count(unchanged=choice.seen)
        if not read_before:
            unseen = await self._without_backlog(unseen, 0 if baseline else self.left + MAX_BACKLOG, choice)
        self.unseen += len(unseen)
        await self._claim(unseen, choice, feed)
        return choice

    async def choose_checked(
        self, candidates: Sequence[Candidate], listing: int, *, read_before: bool, since: datetime | None = None
    ) -> Choice:
        """Choose among the candidates of a listing that is read as a check: those that its first reading did not name.

        What it named then is not marked as seen, because the source's own listings may name it yet; it is not in
        `recent` either, or it would only count if they do. `since`: when the sitemap index of which the listing is a
        child was read last; what the first reading of a new child names was there before, unless its date is later.
        """
        choice = Choice()
        recent, old = self._allowed(candidates, choice)
        choice.left_over[LeftOver.TOO_OLD] = len(old)
        unseen = await self._unseen(recent, choice)
        if read_before:
            first = await self.context.runtime.state.http.old_entries(listing, recent)
        else:
            first = frozenset(key for key, one in recent.items() if since is None or not _is_later(one, since))
        choice.recent -= first
        fresh = [pair for pair in unseen if pair[1] not in first]
        choice.left_over[LeftOver.NOT_NEW] = len(unseen) - len(fresh)
        self.context.old_entries[listing] = old.keys() | first
        await self._claim(fresh, choice, 0)
        return choice

    async def choose_left_over(self, waiting: Sequence[Candidate], feed: int = 0) -> Choice:
        """Choose among candidates that earlier crawls left over, which were fresh when they were listed."""
        choice = Choice()
        recent, old = self._allowed(waiting, choice)
        await self._claim(await self._unseen(recent | old, choice), choice, feed)
        return choice

    async def _unseen(self, candidates: dict[int, Candidate], choice: Choice) -> list[tuple[Candidate, int]]:
        """Return the candidates that are new, newest first, with their keys."""
        now = self.context.runtime.now()
        new = await self.context.runtime.state.urls.unseen(list(candidates), now)
        unseen = [(candidate, key) for (key, candidate), is_new in zip(candidates.items(), new, strict=True) if is_new]
        unseen.sort(key=lambda pair: pair[0].published or pair[0].modified or now, reverse=True)
        choice.recent |= candidates.keys()
        choice.seen += len(candidates) - len(unseen)
        self.context.readings.processed(candidates.keys() - {key for _, key in unseen})
        return unseen

    async def _claim(self, unseen: Sequence[tuple[Candidate, int]], choice: Choice, feed: int) -> None:
        """Claim as many candidates as the crawl may take; all of them are recorded until they are processed."""
        now = self.context.runtime.now()
        choice.new |= {key for _, key in unseen}
        for candidate, key in unseen:
            listed = candidate if candidate.listed else replace(candidate, listed=now)
            self.context.readings.add_candidate(key, listed, feed)
            if self.left <= 0:
                self.context.leases.left_over = True
                choice.left_over[LeftOver.OVER_LIMIT] += 1
                continue
            claim = await self.context.leases.claim(key)
            if claim is Claim.MINE:
                self.left -= 1
                choice.taken.append((listed, key))
            elif claim is Claim.SEEN:  # by another crawl, just now
                self.context.readings.processed([key])
                choice.seen += 1
            else:
                choice.left_over[LeftOver.BUSY] += 1

    def _allowed(
        self, candidates: Sequence[Candidate], choice: Choice
    ) -> tuple[dict[int, Candidate], dict[int, Candidate]]:
        """Return by URL key the candidates that the watch file allows: the fresh ones, and those that are too old."""
        allow, deny = (self.source.allow or (), self.source.deny or ()) if self.source else ((), ())
        now, leases = self.context.runtime.now(), self.context.leases
        recent: dict[int, Candidate] = {}
        old: dict[int, Candidate] = {}
        for candidate in without_sessions(candidates):
            try:
                key = candidate_key(candidate)
            except ValueError as error:
                _log.debug("%s", error)
                choice.left_over[LeftOver.UNUSABLE] += 1
                continue
            if key in leases.listed or key in leases.held or key in recent or key in old:
                choice.left_over[LeftOver.NAMED_BEFORE] += 1
                choice.recent.add(key)
            elif not is_allowed(candidate.url, allow, deny):
                choice.left_over[LeftOver.NOT_ALLOWED] += 1
            else:
                (recent if is_fresh(candidate, now, self.max_age) else old)[key] = candidate
        return recent, old

    async def _misdated(self, old: dict[int, Candidate], listing: int) -> dict[int, Candidate]:
        """Return the entries that are old by their dates but were not in the listing when it was read last."""
        if not old:
            return {}
        known = await self.context.runtime.state.http.old_entries(listing, old)
        found = {key: candidate for key, candidate in old.items() if key not in known}
        return found if len(found) <= MAX_MISDATED else {}

    async def _without_backlog(
        self, unseen: list[tuple[Candidate, int]], most: int, choice: Choice
    ) -> list[tuple[Candidate, int]]:
        """Return the dated candidates and `most` of the undated ones; mark the rest as seen."""
        undated = [key for candidate, key in unseen if not (candidate.published or candidate.modified)]
        backlog = set(undated[most:])
        if backlog:
            _log.info("%d undated URLs of the first crawl marked as seen", len(backlog))
            self.context.count(unchanged=len(backlog))
            choice.left_over[LeftOver.FIRST_READING] += len(backlog)
            await self.context.leases.settle(backlog)
        return [pair for pair in unseen if pair[1] not in backlog]


def _is_later(candidate: Candidate, since: datetime) -> bool:
    date = candidate.published or candidate.modified
    return date is not None and date > since
