"""The state in Redis: seen-sets, host gate, HTTP metadata, and the embedded server.

All of it can be rebuilt from the archive; it is never the only copy of an article or an alert.
"""

from __future__ import annotations

from asyncio import timeout
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from redis.asyncio import Redis

from crawler.errors import StateError
from crawler.state.attempts import Attempt, Attempts, Quarantined
from crawler.state.boilerplate import BoilerplateMemory
from crawler.state.client import RETRIES, check, cluster_client, connect, failures, hide_password, with_timeouts
from crawler.state.cluster import RetryingCluster, follow_masters, info, slot_guard
from crawler.state.coverage.canary import CanaryMemory
from crawler.state.gate import HostGate
from crawler.state.http import HttpMemory, Validators
from crawler.state.leader import LeaderLease
from crawler.state.pauses import OutageMemory
from crawler.state.poll_hints import PollHints
from crawler.state.retry_policy import may_pass
from crawler.state.revisits import RevisitMemory
from crawler.state.seen import Claim, SeenSet
from crawler.state.server import EmbeddedServer, answers, service_url, socket_path
from crawler.state.sites import CheckPlans, EntryPoints, Index, SiteMemory
from crawler.state.stories import Place, StoryIndex
from crawler.state.websub import Pushed, SubscriptionMemory, pushes

__all__ = [
    "Attempt",
    "Attempts",
    "BoilerplateMemory",
    "CheckPlans",
    "Claim",
    "EmbeddedServer",
    "EntryPoints",
    "HostGate",
    "HttpMemory",
    "Index",
    "LeaderLease",
    "OutageMemory",
    "Place",
    "PollHints",
    "Pushed",
    "Quarantined",
    "RetryingCluster",
    "RevisitMemory",
    "SeenSet",
    "SiteMemory",
    "State",
    "StoryIndex",
    "SubscriptionMemory",
    "Validators",
    "answers",
    "check",
    "cluster_client",
    "failures",
    "follow_masters",
    "hide_password",
    "info",
    "may_pass",
    "service_url",
    "slot_guard",
    "socket_path",
    "with_timeouts",
]


CLOSE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """The Redis state of one process, behind one connection pool."""

    redis: Redis
    urls: SeenSet
    contents: SeenSet
    gate: HostGate
    http: HttpMemory
    sites: SiteMemory
    checks: CheckPlans
    stories: StoryIndex
    revisits: RevisitMemory
    boilerplate: BoilerplateMemory
    poll_hints: PollHints
    websub: SubscriptionMemory
    attempts: Attempts
    canary: CanaryMemory
    outages: OutageMemory

    @classmethod
    def connect(cls, url: str, *, retries: int = RETRIES) -> Self:
        """Create the state for `url` without opening a connection. Raises StateError for an invalid URL."""
        redis = connect(url, retries=retries)
        outages = OutageMemory(redis)
        return cls(
            redis,
            urls=SeenSet(redis, "url", outages),
            contents=SeenSet(redis, "content", outages),
            gate=HostGate(redis, outages),
            http=HttpMemory(redis),
            sites=SiteMemory(redis),
            checks=CheckPlans(redis),
            stories=StoryIndex(redis),
            revisits=RevisitMemory(redis),
            boilerplate=BoilerplateMemory(redis),
            poll_hints=PollHints(redis),
            websub=SubscriptionMemory(redis),
            attempts=Attempts(redis),
            canary=CanaryMemory(redis),
            outages=outages,
        )

    async def mark(self, urls: Iterable[int], contents: Iterable[int], now: datetime) -> None:
        """Mark URLs and contents as seen in one round trip (to each node of a cluster). Raises StateError."""
        async with failures("marking as seen"), self.redis.pipeline(transaction=False) as pipe:
            self.contents.mark_in(pipe, contents, now)
            self.urls.mark_in(pipe, urls, now)
            await pipe.execute()

    def leader_lease(self, duty: str, holder: str) -> LeaderLease:
        """Return the lease on a duty that only one process may have."""
        return LeaderLease(self.redis, duty, holder)

    async def life(self) -> str:
        """Return the run ids of the server, or of a cluster's masters; they change when one restarts.

        Raises StateError.
        """
        async with failures("querying Redis"):
            return " ".join(sorted(str(one["run_id"]) for one in await info(self.redis, "server")))

    async def pushes(self, sources: Collection[str], now: datetime) -> dict[str, Pushed]:
        """Return those of these sources that are pushed by a hub, at least in part. Raises StateError."""
        return await pushes(self.poll_hints, self.websub, sources, now.timestamp())

    async def memory_bytes(self) -> int:
        """Return the memory used by Redis, by all masters of a cluster. Raises StateError."""
        async with failures("reading Redis memory usage"):
            return sum(int(one.get("used_memory", 0)) for one in await info(self.redis, "memory"))

    async def answers(self) -> None:
        """Wait until Redis, or each master of a cluster, answers. Raises StateError."""
        async with failures("querying Redis"):
            await info(self.redis, "server")

    async def close(self) -> None:
        """Withdraw the open attempts, and close the connections."""
        with suppress(StateError, TimeoutError):  # without Redis these attempts count, once and harmlessly
            async with timeout(CLOSE_TIMEOUT_S):
                await self.attempts.close()
        await self.redis.aclose()
