"""Docket on any kind of Redis: the one module that uses Docket's private API.

`tests/service/test_service_docket_api.py` names what breaks when it changes. To be requested upstream:
- a parameter for the Redis client or its factory (`Docket._redis`, `StrikeList._redis`, `RedisConnection`)
- masters to which connections of a cluster's pool may go, timeouts, and TLS for them (`_create_node_pool`)
- a parameter for the serializer of arguments (`task_data.py` replaces `cloudpickle` and `Execution.from_message`)
- a public name of the Prometheus reader (`_prometheus_exporter`)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from docket import Docket
from docket._redis import RedisConnection

from crawler.service.worker.task_data import use_json
from crawler.state import RetryingCluster, check, cluster_client, failures, follow_masters, slot_guard, with_timeouts

RETRIES = 8  # about 15 s, in which a replica takes over; then Docket starts again by itself
CONNECT_S = 10.0
AHEAD = timedelta(minutes=1)  # a slot renewed so far in the future was renewed before the clock was set back
MOST_PENDING = 10_000
ENDED_MS = 3_600_000  # longer than any redelivery timeout
READ_S = 15.0  # Docket reads for a quarter of a second at most, but would wait for a frozen server forever


class _Cluster(RetryingCluster):
    """A cluster's client for Docket, whose scripts use keys that they do not declare."""

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        if args[0] in ("EVAL", "EVALSHA") and args[2]:
            count = int(args[2])
            args = (*args[:2], count + 1, *args[3 : 3 + count], slot_guard(_text(args[3])), *args[3 + count :])
        return await super().execute_command(*args, **kwargs)


def _text(key: str | bytes) -> str:
    return key.decode() if isinstance(key, bytes) else key


class _Connection(RedisConnection):
    """A connection of Docket that survives the failure of a node or a frozen server.

    Docket's own clients of a cluster stay with their first node, even if it is dead: redis-py queries it for the slots
    of an XREADGROUP's keys, and Docket publishes and receives its messages through it. And none of its connections has
    a timeout for a server that accepts connections and does not respond.
    """

    def __init__(self, url: str, read_s: float | None, queue: Docket | None = None) -> None:
        super().__init__(url)
        self._read_s = read_s
        self._queue = queue

    async def __aenter__(self) -> RedisConnection:
        if self._queue is not None:  # Docket has just created another one for strikes, which we do not use
            self._queue.strike_list._redis = None  # noqa: SLF001
        return await super().__aenter__()

    async def _connection_pool_from_url(self, *args: Any, **options: Any) -> Any:
        return with_timeouts(await super()._connection_pool_from_url(*args, **options), self._read_s)

    async def _create_cluster_client(self) -> Any:
        times = {"socket_timeout": self._read_s, "socket_connect_timeout": CONNECT_S}
        client = cluster_client(self.url, retries=RETRIES, kind=_Cluster, **times)
        return await client.initialize()

    def _create_node_pool(self) -> Any:
        assert self.cluster_client is not None  # only called for a cluster
        pool, given = super()._create_node_pool(), self.cluster_client.nodes_manager.connection_kwargs
        tls = {name: value for name, value in given.items() if name.startswith("ssl_")}  # Docket leaves them out
        pool.connection_kwargs.update(tls)
        return with_timeouts(follow_masters(pool, self.cluster_client.get_primaries), self._read_s)


def open_queue(name: str, redis_url: str, *, kept: timedelta) -> Docket:
    """Return a docket on this Redis, an async context manager that keeps results for `kept`. Raises StateError."""
    use_json()
    queue = Docket(name=name, url=check(redis_url), execution_ttl=kept)
    queue.tasks.clear()  # Docket's examples, such as `sleep`
    queue._redis = _Connection(redis_url, READ_S, queue)  # noqa: SLF001
    return queue


def metric_reader() -> Any:
    """Return the reader that exports Docket's metrics to Prometheus. Raises ImportError without the extra `metrics`."""
    from docket._prometheus_exporter import PrometheusMetricReader  # noqa: PLC0415  an extra

    return PrometheusMetricReader(disable_target_info=True)


async def end_overlong(queue: Docket, now: datetime) -> None:
    """Have tasks redelivered that dead workers took while the clock was ahead. Raises StateError.

    A message's lease and a task's slot expire by the time of their last renewal: one in the future never expires.
    Live workers renew theirs as usual.
    """
    async with failures("ending task leases of a clock that was ahead"):
        await _reset_leases(queue, slots_after=str((now + AHEAD).timestamp()), idle_ms=0)


async def redeliver_all(queue: Docket) -> None:
    """Have the tasks of ended workers redelivered at once. For the owner of a Redis, before its own worker starts.

    Raises StateError.
    """
    async with failures("ending the task leases of ended workers"):
        await _reset_leases(queue, slots_after="-inf", idle_ms=ENDED_MS)


async def _reset_leases(queue: Docket, *, slots_after: str, idle_ms: int) -> None:
    """End the slots renewed after a time, and set how long ago the leases of pending messages were renewed."""
    async with queue.redis() as redis:
        await redis.delete(queue.redelivery_sweep_key)
        async for name in redis.scan_iter(match=f"{queue.prefix}:*:concurrency:*", count=1000):
            if not name.endswith(b":waiters"):
                await redis.zremrangebyscore(name, slots_after, "+inf")
        stream = queue.stream_key
        for group in await redis.xinfo_groups(stream) if await redis.exists(stream) else ():
            for one in await redis.xpending_range(stream, group["name"], "-", "+", MOST_PENDING):
                lease = [one["message_id"]]
                await redis.xclaim(stream, group["name"], one["consumer"], 0, lease, idle=idle_ms, justid=True)
