"""The client of Redis or Valkey: of a single server, of Sentinels, or of a cluster."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import SSLConnection
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import MovedError, NoScriptError, RedisClusterException, RedisError

from crawler.errors import StateError
from crawler.observe import metrics
from crawler.state import address, tls
from crawler.state.address import hide_password
from crawler.state.cluster import RetryingCluster
from crawler.state.retry_policy import RETRIES, RetryPolicy, once

__all__ = [
    "RETRIES",
    "RetryPolicy",
    "Script",
    "check",
    "cluster_client",
    "connect",
    "failures",
    "hide_password",
    "with_timeouts",
]

CONNECTIONS = 32  # a command takes a tenth of a millisecond: more would only wait inside Redis
_TIMES = {"socket_connect_timeout": 5, "socket_timeout": 15, "health_check_interval": 30}
_POOL = {"max_connections": CONNECTIONS, "timeout": 60}  # the time-out is for a free connection
_SENTINEL_TIMES = {"socket_connect_timeout": 1, "socket_timeout": 2}  # short: there are other Sentinels


def connect(url: str, *, retries: int = RETRIES) -> Redis:
    """Return a client for `url` (see `crawler.state.address`) without opening a connection.

    Each command is retried through an outage or a failover: `retries` attempts with an exponential pause of at most
    4 s. Raises StateError for an invalid URL.
    """
    try:
        kind, retry_policy = address.scheme(url), RetryPolicy(retries)
        if kind in address.CLUSTER:
            found = RetryingCluster(retry_policy, **(_TIMES | address.cluster(url)))
            return cast("Redis", found)  # it accepts the same commands
        if kind in address.SENTINEL:
            return RetryingRedis(_master_pool(address.sentinels(url)), retry_policy)
        return RetryingRedis(BlockingConnectionPool.from_url(url, retry=once(), **_TIMES, **_POOL), retry_policy)
    except (ValueError, TypeError, RedisClusterException) as error:  # TypeError: an unknown option of redis-py
        raise StateError(f"not a Redis URL: {error}", subject=hide_password(url)) from error


def cluster_client(url: str, *, retries: int, kind: type[RetryingCluster], **options: Any) -> RetryingCluster:
    """Return a cluster's client for the task queue, because the queue's own depends on the node it started with."""
    return kind(RetryPolicy(retries), **(options | address.cluster(url)))


def with_timeouts(pool: ConnectionPool, read_s: float | None) -> ConnectionPool:
    """Set time-outs on `pool` for servers that do not answer: `read_s`, unless its URL sets one.

    A frozen process, or a machine that hangs, keeps its sockets open. Sentinels get the same time-outs as ours.
    """
    given = pool.connection_kwargs
    if given.get("socket_timeout") is None:
        given["socket_timeout"] = read_s
    if isinstance(pool, SentinelConnectionPool):
        for one in pool.sentinel_manager.sentinels:
            one.get_connection_kwargs().update(_SENTINEL_TIMES, retry=once())
    return pool


def check(url: str) -> str:
    """Return `url` if it is valid. Raises StateError as `connect` does."""
    try:
        kind = address.scheme(url)
        if kind in address.CLUSTER:
            address.cluster(url)
        elif kind in address.SENTINEL:
            address.sentinels(url)
    except ValueError as error:
        raise StateError(f"not a Redis URL: {error}", subject=hide_password(url)) from error
    return url


class _Sentinels(Sentinel):
    async def discover_master(self, service_name: str) -> Any:
        """Find the master as redis-py does, with the errors of the Sentinels, of which redis-py keeps only the kind."""
        try:
            return await super().discover_master(service_name)
        except MasterNotFoundError:
            found = await asyncio.gather(*(one.ping() for one in self.sentinels), return_exceptions=True)
        failed = [one for one in found if isinstance(one, Exception)]
        if len(failed) == len(found):  # while one answers, the certificates of the others do not matter
            for error, one in zip(failed, self.sentinels, strict=True):
                await _check_plain(error, [] if _is_safe(one.connection_pool) else _servers(one.connection_pool))
            if (wrong := next(filter(tls.explain, failed), None)) is not None:
                raise LostError(str(wrong))
        why = f": {failed[0]}" if failed else ""
        raise MasterNotFoundError(f"No master found for {service_name!r}{why}")


class _MasterPool(SentinelConnectionPool, BlockingConnectionPool):
    """A pool of connections to the Sentinels' current master; callers wait for a free one."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def _master_pool(named: address.Sentinels) -> _MasterPool:
    own = _SENTINEL_TIMES | {"retry": once()} | named.own
    manager = _Sentinels(list(named.hosts), sentinel_kwargs=own)  # type: ignore[no-untyped-call]
    given = _TIMES | _POOL | named.options
    return _MasterPool(named.master, manager, retry=once(), **given)  # type: ignore[no-untyped-call]


class RetryingRedis(Redis):
    """A single server's client, which closes its pool. A command, or a pipeline, is retried as a whole."""

    def __init__(self, pool: ConnectionPool, retry_policy: RetryPolicy) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True
        self.retry_policy = retry_policy

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command, with retries."""
        execute = super().execute_command
        return await self.retry_policy.run(lambda: execute(*args, **options), self.check_failure)  # type: ignore[no-untyped-call]

    async def check_failure(self, error: Exception) -> None:
        """Check the server after a failed attempt; redis-py has closed its connection.

        Raises RedisError for a server that requires TLS.
        """
        if not _is_safe(self.connection_pool):
            await _check_plain(error, _servers(self.connection_pool))

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a pipeline that is retried as a whole."""
        return _Pipeline(self, transaction, shard_hint)


class _Pipeline(Pipeline):
    def __init__(self, redis: RetryingRedis, transaction: bool, shard_hint: str | None) -> None:
        super().__init__(redis.connection_pool, redis.response_callbacks, transaction, shard_hint)
        self._redis = redis

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands, execute = self.command_stack, super().execute

        async def attempt() -> list[Any]:
            self.command_stack = commands
            return await execute(raise_on_error)

        return await self._redis.retry_policy.run(attempt, self._redis.check_failure)


def _is_safe(pool: ConnectionPool) -> bool:
    return issubclass(pool.connection_class, SSLConnection)


def _servers(pool: ConnectionPool) -> list[tuple[str, int]]:
    given = pool.connection_kwargs
    return [(given["host"], int(given.get("port", 6379)))] if "host" in given else []


async def _check_plain(error: Exception, servers: list[tuple[str, int]]) -> None:
    if await tls.is_plain_to_tls(error, servers):
        raise LostError(tls.PLAIN) from error


class Script:
    """A Lua script. The keys it uses must share a {hash tag}, see `crawler.state.keys`."""

    def __init__(self, redis: Redis, text: str) -> None:
        self._redis = redis
        self._text = text
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run the script atomically. It is sent to a server that does not have it yet, for example after a failover."""
        try:
            return await self._redis.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)

    def queue(self, pipe: Pipeline, keys: Sequence[str], args: Sequence[Any]) -> None:
        """Add the script to a pipeline, in full, because a cluster's node may not have it."""
        pipe.eval(self._text, len(keys), *keys, *args)


@asynccontextmanager
async def failures(what: str) -> AsyncIterator[None]:
    """Raise redis-py's errors inside the block as StateError(`what`)."""
    try:
        yield
    except MovedError as error:
        metrics.REDIS_ERRORS.labels(metrics.FAILED).inc()
        message = "this server is a cluster node: its URL must start with redis+cluster:// or rediss+cluster://"
        raise StateError(f"{what}: {message}", subject="Redis") from error
    except (RedisError, RedisClusterException) as error:
        metrics.REDIS_ERRORS.labels(metrics.FAILED).inc()
        raise StateError(f"{what}: {tls.explain(error) or error}", subject="Redis") from error
