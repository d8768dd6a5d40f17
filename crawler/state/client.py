"""The one client of Redis or Valkey, whatever it is: a server, one that Sentinels watch over, a cluster."""

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
from crawler.state.cluster import PatientCluster
from crawler.state.retry_policy import RETRIES, Patience, once

__all__ = [
    "RETRIES",
    "Patience",
    "Script",
    "check",
    "cluster_client",
    "connect",
    "failures",
    "hide_password",
    "never_for_ever",
]

CONNECTIONS = 32  # a command takes a tenth of a millisecond: more would only wait inside Redis
_TIMES = {"socket_connect_timeout": 5, "socket_timeout": 15, "health_check_interval": 30}
_POOL = {"max_connections": CONNECTIONS, "timeout": 60}  # to wait for a free one
_SENTINEL_TIMES = {"socket_connect_timeout": 1, "socket_timeout": 2}  # there are others to ask


def connect(url: str, *, retries: int = RETRIES) -> Redis:
    """A client for `url`, see `crawler.state.address`. Nothing is opened yet.

    Each command waits out an outage or a failover: `retries` attempts with an exponential pause of at most 4 s.
    Raises StateError for a URL that is none.
    """
    try:
        kind, patience = address.scheme(url), Patience(retries)
        if kind in address.CLUSTER:
            found = PatientCluster(patience, **(_TIMES | address.cluster(url)))
            return cast("Redis", found)  # it takes the same commands
        if kind in address.SENTINEL:
            return PatientRedis(_master_pool(address.sentinels(url)), patience)
        return PatientRedis(BlockingConnectionPool.from_url(url, retry=once(), **_TIMES, **_POOL), patience)
    except (ValueError, TypeError, RedisClusterException) as error:  # TypeError: an option that redis-py does not know
        raise StateError(f"not a Redis URL: {error}", subject=hide_password(url)) from error


def cluster_client(url: str, *, retries: int, kind: type[PatientCluster], **options: Any) -> PatientCluster:
    """A cluster's client for the task queue, whose own does not outlive the node that it began with."""
    return kind(Patience(retries), **(options | address.cluster(url)))


def never_for_ever(pool: ConnectionPool, read_s: float | None) -> ConnectionPool:
    """Has `pool` give up servers that are there and do not answer: after `read_s`, where its URL does not say when.

    A frozen process, or a machine that hangs, keeps its sockets open. Sentinels are given up as early as ours are.
    """
    given = pool.connection_kwargs
    if given.get("socket_timeout") is None:
        given["socket_timeout"] = read_s
    if isinstance(pool, SentinelConnectionPool):
        for one in pool.sentinel_manager.sentinels:
            one.get_connection_kwargs().update(_SENTINEL_TIMES, retry=once())
    return pool


def check(url: str) -> str:
    """`url`, where it is one. Raises StateError as `connect` does."""
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
        """As redis-py's, which keeps no more of what Sentinels failed with than its kind."""
        try:
            return await super().discover_master(service_name)
        except MasterNotFoundError:
            found = await asyncio.gather(*(one.ping() for one in self.sentinels), return_exceptions=True)
        failed = [one for one in found if isinstance(one, Exception)]
        if len(failed) == len(found):  # while one answers, the others' certificates may wait
            for error, one in zip(failed, self.sentinels, strict=True):
                await _no_tls(error, [] if _is_safe(one.connection_pool) else _servers(one.connection_pool))
            if (wrong := next(filter(tls.trouble, failed), None)) is not None:
                raise LostError(str(wrong))
        why = f": {failed[0]}" if failed else ""
        raise MasterNotFoundError(f"No master found for {service_name!r}{why}")


class _MasterPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to whom the Sentinels call the master; who finds none free waits."""

    async def aclose(self) -> None:
        await super().aclose()
        await self.sentinel_manager.aclose()


def _master_pool(named: address.Sentinels) -> _MasterPool:
    own = _SENTINEL_TIMES | {"retry": once()} | named.own
    manager = _Sentinels(list(named.hosts), sentinel_kwargs=own)  # type: ignore[no-untyped-call]
    given = _TIMES | _POOL | named.options
    return _MasterPool(named.master, manager, retry=once(), **given)  # type: ignore[no-untyped-call]


class PatientRedis(Redis):
    """A server's client, which closes its pool. A command, or a pipeline, is tried again as a whole."""

    def __init__(self, pool: ConnectionPool, patience: Patience) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True
        self.patience = patience

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As redis-py's."""
        execute = super().execute_command
        return await self.patience.wait(lambda: execute(*args, **options), self.look)  # type: ignore[no-untyped-call]

    async def look(self, error: Exception) -> None:
        """After an attempt that failed; redis-py has closed its connection. Raises RedisError for a server with TLS."""
        if not _is_safe(self.connection_pool):
            await _no_tls(error, _servers(self.connection_pool))

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """As redis-py's."""
        return _Pipeline(self, transaction, shard_hint)


class _Pipeline(Pipeline):
    def __init__(self, redis: PatientRedis, transaction: bool, shard_hint: str | None) -> None:
        super().__init__(redis.connection_pool, redis.response_callbacks, transaction, shard_hint)
        self._redis = redis

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands, execute = self.command_stack, super().execute

        async def attempt() -> list[Any]:
            self.command_stack = commands
            return await execute(raise_on_error)

        return await self._redis.patience.wait(attempt, self._redis.look)


def _is_safe(pool: ConnectionPool) -> bool:
    return issubclass(pool.connection_class, SSLConnection)


def _servers(pool: ConnectionPool) -> list[tuple[str, int]]:
    given = pool.connection_kwargs
    return [(given["host"], int(given.get("port", 6379)))] if "host" in given else []


async def _no_tls(error: Exception, servers: list[tuple[str, int]]) -> None:
    if await tls.is_plain_to_tls(error, servers):
        raise LostError(tls.PLAIN) from error


class Script:
    """A Lua script. What it touches must share a {hash tag}, see `crawler.state.keys`."""

    def __init__(self, redis: Redis, text: str) -> None:
        self._redis = redis
        self._text = text
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run it, atomically. A server that does not know it yet, after a failover for one, is told it."""
        try:
            return await self._redis.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)

    def queue(self, pipe: Pipeline, keys: Sequence[str], args: Sequence[Any]) -> None:
        """Add it to a pipeline: whole, as no node of a cluster need know it."""
        pipe.eval(self._text, len(keys), *keys, *args)


@asynccontextmanager
async def failures(what: str) -> AsyncIterator[None]:
    """Turns redis-py's failures inside the block into StateError(`what`)."""
    try:
        yield
    except MovedError as error:
        metrics.REDIS_ERRORS.labels(metrics.FAILED).inc()
        message = "this server is a cluster node: its URL must start with redis+cluster:// or rediss+cluster://"
        raise StateError(f"{what}: {message}", subject="Redis") from error
    except (RedisError, RedisClusterException) as error:
        metrics.REDIS_ERRORS.labels(metrics.FAILED).inc()
        raise StateError(f"{what}: {tls.trouble(error) or error}", subject="Redis") from error
