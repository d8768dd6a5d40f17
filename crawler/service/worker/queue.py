"""Docket, opened on any kind of Redis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from docket import Docket
from docket._redis import RedisConnection

from crawler.service.worker.task_data import use_json
from crawler.state import RetryingCluster, check, cluster_client, failures, follow_masters, slot_guard, with_timeouts

RETRIES = 8  # about 15 s, in which a replica takes over; then Docket begins again by itself
CONNECT_S = 10.0
AHEAD = timedelta(minutes=1)  # a slot renewed so late was so by a clock that was ahead
MOST_PENDING = 10_000
READ_S = 15.0  # Docket's other reads wait for a quarter of a second at most; it would wait for a frozen server for ever


class _Cluster(RetryingCluster):
    """Docket's scripts use keys that they do not name."""

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        if args[0] in ("EVAL", "EVALSHA") and args[2]:
            count = int(args[2])
            args = (*args[:2], count + 1, *args[3 : 3 + count], slot_guard(_text(args[3])), *args[3 + count :])
        return await super().execute_command(*args, **kwargs)


def _text(key: str | bytes) -> str:
    return key.decode() if isinstance(key, bytes) else key


class _Connection(RedisConnection):
    """Docket's own clients of a cluster keep to the node that they began with, also when that is dead.

    redis-py asks it where the keys of an XREADGROUP stand, before it looks for another; Docket sends and hears its
    messages through it. And none of its connections gives up a server that is there and does not answer.
    """

    def __init__(self, url: str, read_s: float | None, queue: Docket | None = None) -> None:
        super().__init__(url)
        self._read_s = read_s
        self._queue = queue

    async def __aenter__(self) -> RedisConnection:
        if self._queue is not None:  # it has just made itself another one, for strikes, which we neither set nor read
            self._queue.strike_list._redis = None  # noqa: SLF001
        return await super().__aenter__()

    async def _connection_pool_from_url(self, *args: Any, **options: Any) -> Any:
        return with_timeouts(await super()._connection_pool_from_url(*args, **options), self._read_s)

    async def _create_cluster_client(self) -> Any:
        times = {"socket_timeout": self._read_s, "socket_connect_timeout": CONNECT_S}
        client = cluster_client(self.url, retries=RETRIES, kind=_Cluster, **times)
        return await client.initialize()

    def _create_node_pool(self) -> Any:
        assert self.cluster_client is not None  # a cluster's pool is asked for
        pool, given = super()._create_node_pool(), self.cluster_client.nodes_manager.connection_kwargs
        tls = {name: value for name, value in given.items() if name.startswith("ssl_")}  # Docket leaves them out
        pool.connection_kwargs.update(tls)
        return with_timeouts(follow_masters(pool, self.cluster_client.get_primaries), self._read_s)


def open_queue(name: str, redis_url: str, *, kept: timedelta) -> Docket:
    """A docket on this Redis: an async context manager. `kept`: how long results are. Raises StateError for no URL."""
    use_json()
    queue = Docket(name=name, url=check(redis_url), execution_ttl=kept)
    queue.tasks.clear()  # Docket's examples, such as `sleep`
    queue._redis = _Connection(redis_url, READ_S, queue)  # noqa: SLF001  there is no other way in
    return queue


async def end_overlong(queue: Docket, now: datetime) -> None:
    """Let what dead workers held while the clock was ahead be delivered again. Raises StateError.

    The lease of a message and the slot of a task are as old as the time at which they were renewed: those of the future
    never get old. Whose worker lives are renewed as ever.
    """
    async with failures("ending task leases of a clock that was ahead"), queue.redis() as redis:
        await redis.delete(queue.redelivery_sweep_key)
        async for name in redis.scan_iter(match=f"{queue.prefix}:*:concurrency:*", count=1000):
            if not name.endswith(b":waiters"):
                await redis.zremrangebyscore(name, (now + AHEAD).timestamp(), "+inf")
        stream = queue.stream_key
        for group in await redis.xinfo_groups(stream) if await redis.exists(stream) else ():
            for one in await redis.xpending_range(stream, group["name"], "-", "+", MOST_PENDING):
                lease = [one["message_id"]]
                await redis.xclaim(stream, group["name"], one["consumer"], 0, lease, idle=0, justid=True)
