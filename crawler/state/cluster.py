"""redis-py's client of a cluster with the same retries as for a single server.

This is the one module that uses redis-py's private API; `tests/state/test_state_redis_api.py` names what breaks when it
changes. To be requested upstream: a retry policy for whole commands and pipelines (`_execute_command`,
`_execution_strategy`), ASKING and the command over one connection, pools that follow the masters (`_connect`).

redis-py retries a few times without a pause, and gives up when no node answers or a part of the slots has no master:
as it does for some seconds of a failover. Here one command, or one pipeline, is retried as a whole; of a pipeline only
the commands without an answer. The node map is read again before each attempt after a failure.

While a slot moves to another node, key by key, a command for a key that has moved is sent to the new node. A command
with several keys gets TRYAGAIN until all of them have moved, and is retried. A script may also use undeclared keys, and
the nodes do not report then which of them are elsewhere: see `slot_guard`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio.cluster import ClusterNode, ClusterPipeline, PipelineCommand, PipelineStrategy, RedisCluster
from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection
from redis.cluster import PRIMARY
from redis.exceptions import (
    AskError,
    BusyLoadingError,
    MaxConnectionsError,
    MovedError,
    RedisClusterException,
    RedisError,
)
from redis.exceptions import ClusterError as LostWayError
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import TimeoutError as LateError

from crawler.state import tls
from crawler.state.retry_policy import RetryPolicy, once, waiting

T = TypeVar("T")
CONNECTIONS = 512  # to one node: more simultaneous commands wait
_MAP_S = 5  # to read the node map: a node may be frozen, then another one is queried
_REDIRECTS = 8  # a slot that moves during a command takes two or three


class RetryingCluster(RedisCluster):
    """A cluster's client, which opens no connection yet. `options`: as redis-py's."""

    def __init__(self, retry_policy: RetryPolicy, **options: Any) -> None:
        given = {"max_connections": CONNECTIONS, "reinitialize_steps": 0} | options
        super().__init__(retry=once(), **given)
        self.retry_policy = retry_policy
        self._safely = bool(options.get("ssl"))
        self._opening = asyncio.Lock()

    async def initialize(self, *args: Any, **kwargs: Any) -> RedisCluster:
        """Read the node map if it is not known. Raises redis-py's ConnectionError if there is none.

        Unlike redis-py's method, it does not close other commands' connections when it fails.
        """
        del args, kwargs
        async with self._opening:
            if self._initialize:
                try:
                    async with asyncio.timeout(_MAP_S):
                        await self.nodes_manager.initialize()
                        await self.commands_parser.initialize(self.nodes_manager.default_node)
                except RedisClusterException as error:
                    raise _unready(error) from error
                except TimeoutError as error:
                    raise LateError(f"no map of the cluster's nodes after {_MAP_S} s") from error
                self._initialize = False
        return self

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Execute a command, with retries."""
        execute = super().execute_command
        return await self.attempt(lambda: execute(*args, **kwargs))

    async def _execute_command(self, target_node: ClusterNode, *args: Any, **kwargs: Any) -> Any:
        """Follow a slot that moves. redis-py sends ASKING over one connection and the command over any other.

        Other errors are raised immediately: redis-py would retry without a pause.
        """
        node, asking = target_node, False
        try:
            for _ in range(_REDIRECTS):
                try:
                    return await (_ask(node, *args, **kwargs) if asking else node.execute_command(*args, **kwargs))
                except MovedError as error:
                    await self.nodes_manager.move_slot(error)
                    node, asking = self.nodes_manager.get_node_from_slot(error.slot_id), False
                except AskError as error:
                    node, asking = self._named(error), True
        except (BusyLoadingError, MaxConnectionsError):
            raise
        except (LostError, LateError):
            node.update_active_connections_for_reconnect()
            await node.disconnect_free_connections()
            raise
        raise LostWayError(f"{args[0]} was redirected between nodes {_REDIRECTS} times.")

    def _named(self, error: AskError) -> ClusterNode:
        """Return the node that `error` names; a node without slots is not in the map yet."""
        known = self.nodes_manager
        found = known.get_node(host=error.host, port=error.port)
        if found is None:
            found = ClusterNode(error.host, error.port, PRIMARY, **known.connection_kwargs)
            known.set_nodes(known.nodes_cache, {found.name: found})
        return found

    async def attempt(self, do: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `do`, with retries."""

        async def one() -> T:
            if self._initialize:
                await self.initialize()
            try:
                return await do()
            except AttributeError as error:  # redis-py closes a failed node's connections while they are in use
                raise LostError(f"the connection was closed: {error}") from error

        return await self.retry_policy.run(one, self.forget_nodes)

    def pipeline(self, transaction: Any | None = None, shard_hint: Any | None = None) -> ClusterPipeline:
        """Return a pipeline over any number of slots: in order for each node, but not atomic."""
        del shard_hint
        if transaction:  # redis-py starts a thread and an event loop for each command of one
            raise ValueError("transactions are not available in a cluster: use a script")
        return _Pipeline(self)

    async def forget_nodes(self, error: Exception | None = None) -> None:
        """Let the next command read the node map again. Raises RedisError if the server requires TLS."""
        self._initialize = True
        if error is not None and not self._safely:
            nodes = [(one.host, int(one.port)) for one in self.nodes_manager.startup_nodes.values()]
            if await tls.is_plain_to_tls(error, nodes):
                raise RedisError(tls.PLAIN) from error

    async def aclose(self) -> None:
        """Close every connection, unless a command is retrying: redis-py also calls this when a cluster is down."""
        self._initialize = True
        if not waiting():
            await self.nodes_manager.aclose()
            await self.nodes_manager.aclose("startup_nodes")


async def _ask(node: ClusterNode, *args: Any, **kwargs: Any) -> Any:
    both = [PipelineCommand(0, "ASKING"), PipelineCommand(1, *args, **kwargs)]
    await node.execute_pipeline(both)
    for command in both:
        if isinstance(command.result, Exception):
            raise command.result
    return both[1].result


def _unready(error: RedisClusterException) -> RedisError:
    if isinstance(error.__cause__, RedisClusterException):  # the node answered: it is in no cluster
        return RedisError("this server is not a cluster node: its URL must start with redis:// or rediss://")
    if (meaning := tls.explain(error)) is not None:
        return RedisError(meaning)
    return LostError(f"{error} Run CLUSTER INFO on the nodes to see why.")


class _Pipeline(ClusterPipeline):
    _event_dispatcher: Any = None  # required by redis-py's types

    def __init__(self, cluster: RetryingCluster) -> None:
        super().__init__(cluster)
        self._execution_strategy = _Attempts(self, cluster)


class _Attempts(PipelineStrategy):
    def __init__(self, pipe: ClusterPipeline, cluster: RetryingCluster) -> None:
        super().__init__(pipe)
        self._cluster = cluster

    async def initialize(self) -> ClusterPipeline:
        return self._pipe  # `execute` does it, with retries

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        commands, execute = self._command_queue, super().execute

        async def attempt() -> list[Any]:
            self._command_queue = commands
            return await execute(raise_on_error, allow_redirections)

        return await self._cluster.attempt(attempt)


class _ToAnyMaster(Connection):
    def __init__(self, *, masters: Callable[[], list[ClusterNode]], **options: Any) -> None:
        super().__init__(**options)
        self._masters = masters

    async def _connect(self) -> None:
        nodes = self._masters()
        random.shuffle(nodes)  # the map may be old: one of them may be dead
        for left, node in enumerate(nodes, 1 - len(nodes)):
            self.host, self.port = node.host, int(node.port)
            try:
                return await super()._connect()  # type: ignore[no-any-return, no-untyped-call]
            except (OSError, TimeoutError):
                if not left:
                    raise
        raise LostError("no master of the cluster found")


class _ToAnyMasterSafely(_ToAnyMaster, SSLConnection):
    pass


def follow_masters(pool: ConnectionPool, masters: Callable[[], list[ClusterNode]]) -> ConnectionPool:
    """Let each new connection of `pool` go to one of the current masters, not always to the same node."""
    safely = issubclass(pool.connection_class, SSLConnection)
    pool.connection_class = _ToAnyMasterSafely if safely else _ToAnyMaster
    pool.connection_kwargs["masters"] = masters
    return pool


def slot_guard(key: str) -> str:
    """Return a key that never exists, in the slot of `key`. A script with it runs only while the slot does not move.

    For scripts that use undeclared keys: on a slot that moves, such a script fails in the middle, or treats keys that
    have not moved yet as missing, and creates them again. With this key among its own it gets TRYAGAIN instead.
    """
    tag = key[key.index("{") + 1 : key.index("}")]
    return f"{{{tag}}}:guard"


async def info(redis: Any, *sections: str) -> list[dict[str, Any]]:
    """Return INFO of the server, or of each master of a cluster, sorted by name."""
    if not isinstance(redis, RedisCluster):
        return [await redis.info(*sections)]
    found = await redis.info(*sections, target_nodes=RedisCluster.PRIMARIES)
    if len(redis.get_primaries()) == 1:
        return [found]
    return [found[name] for name in sorted(found)]
