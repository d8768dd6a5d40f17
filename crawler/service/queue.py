"""Docket, opened on any kind of Redis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from docket import Docket
from docket._redis import RedisConnection

from crawler.state import check, cluster_client, follow_masters

RETRIES = 8  # about 15 s, in which a replica takes over; then Docket begins again by itself
CONNECT_S = 10.0


class _Connection(RedisConnection):
    """Docket's own clients of a cluster keep to the node that they began with, also when that is dead.

    redis-py asks it where the keys of an XREADGROUP stand, before it looks for another; Docket sends and hears its
    messages through it.
    """

    async def _create_cluster_client(self) -> Any:
        times = {"socket_timeout": None, "socket_connect_timeout": CONNECT_S}  # its reads wait for as long as they like
        client = cluster_client(self.url, retries=RETRIES, **times)
        return await client.initialize()

    def _create_node_pool(self) -> Any:
        assert self.cluster_client is not None  # a cluster's pool is asked for
        return follow_masters(super()._create_node_pool(), self.cluster_client.get_primaries)


def open_queue(name: str, redis_url: str, *, kept: timedelta) -> Docket:
    """A docket on this Redis: an async context manager. `kept`: how long results are. Raises StateError for no URL."""
    queue = Docket(name=name, url=check(redis_url), execution_ttl=kept)
    queue._redis = _Connection(redis_url)  # noqa: SLF001  there is no other way in
    return queue
