"""redis-py's client of a cluster with the same patience as for a single server.

This is the one module that uses redis-py's private API; `tests/state/test_state_redis_api.py` names what breaks when it
changes. To be requested upstream: a retry policy for whole commands and pipelines (`_execute_command`,
`_execution_strategy`), ASKING and the command over one connection, pools that follow the masters (`_connect`).

redis-py retries a few times without a pause, and gives up when no node answers or a part of the slots has no master:
just what a failover looks like for some seconds. Here one command, or one pipeline, is tried again as a whole; of a
pipeline only what has not been answered. The map of the nodes is read anew before each attempt after a failure.

While a slot moves to another node, key by key, a command for a key that has moved is asked of the new node. For
several keys there is TRYAGAIN, until all of them have moved; that is waited for, too. A script may also use keys
that it did not name, and the nodes do not tell then which of them are elsewhere: see `standing`.
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
from crawler.state.retry_policy import Patience, once, waiting

T = TypeVar("T")
CONNECTIONS = 512  # to one node: more commands at once wait for a moment
_MAP_S = 5  # to read the map of the nodes: who is asked for it may be frozen, then another one is
_REDIRECTS = 8  # a slot that moves while it is asked for costs two or three


class PatientCluster(RedisCluster):
    """A cluster's client; nothing is opened yet. `options`: as redis-py's."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        given = {"max_connections": CONNECTIONS, "reinitialize_steps": 0} | options
        super().__init__(retry=once(), **given)
        self.patience = patience
        self._safely = bool(options.get("ssl"))
        self._opening = asyncio.Lock()

    async def initialize(self, *args: Any, **kwargs: Any) -> RedisCluster:
        """Reads the map of the nodes where it is not known. Raises redis-py's ConnectionError while there is none.

        Unlike redis-py's it leaves other commands' connections alone when it fails.
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
        """As redis-py's."""
        execute = super().execute_command
        return await self.attempt(lambda: execute(*args, **kwargs))

    async def _execute_command(self, target_node: ClusterNode, *args: Any, **kwargs: Any) -> Any:
        """Follows a slot that moves. redis-py sends ASKING over one connection and the command over any other.

        What else fails goes up at once: redis-py would try again without a pause.
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
        """The node that `error` names. One that has no slot yet is on no map."""
        known = self.nodes_manager
        found = known.get_node(host=error.host, port=error.port)
        if found is None:
            found = ClusterNode(error.host, error.port, PRIMARY, **known.connection_kwargs)
            known.set_nodes(known.nodes_cache, {found.name: found})
        return found

    async def attempt(self, do: Callable[[], Awaitable[T]]) -> T:
        """What `do` gives, with patience."""

        async def one() -> T:
            if self._initialize:
                await self.initialize()
            try:
                return await do()
            except AttributeError as error:  # redis-py closes a failed node's connections under those who use them
                raise LostError(f"the connection was closed: {error}") from error

        return await self.patience.wait(one, self.forget_nodes)

    def pipeline(self, transaction: Any | None = None, shard_hint: Any | None = None) -> ClusterPipeline:
        """A pipeline over any number of slots: in order for each node, and not atomic."""
        del shard_hint
        if transaction:  # redis-py starts a thread and an event loop for each command of one
            raise ValueError("transactions are not available in a cluster: use a script")
        return _Pipeline(self)

    async def forget_nodes(self, error: Exception | None = None) -> None:
        """Has the map of the nodes read anew by the next command. Raises RedisError for TLS without ours."""
        self._initialize = True
        if error is not None and not self._safely:
            nodes = [(one.host, int(one.port)) for one in self.nodes_manager.startup_nodes.values()]
            if await tls.is_plain_to_tls(error, nodes):
                raise RedisError(tls.PLAIN) from error

    async def aclose(self) -> None:
        """Closes every connection. redis-py calls this also for a cluster that is down: other commands may go on."""
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
    if (meaning := tls.trouble(error)) is not None:
        return RedisError(meaning)
    return LostError(f"{error} Run CLUSTER INFO on the nodes to see why.")


class _Pipeline(ClusterPipeline):
    _event_dispatcher: Any = None  # redis-py's types ask for it

    def __init__(self, cluster: PatientCluster) -> None:
        super().__init__(cluster)
        self._execution_strategy = _Attempts(self, cluster)


class _Attempts(PipelineStrategy):
    def __init__(self, pipe: ClusterPipeline, cluster: PatientCluster) -> None:
        super().__init__(pipe)
        self._cluster = cluster

    async def initialize(self) -> ClusterPipeline:
        return self._pipe  # `execute` does it, and waits

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
        random.shuffle(nodes)  # whose map may be old: one of them may be dead
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
    """Has each new connection of `pool` go to one of the masters of that moment, not to one node for ever."""
    safely = issubclass(pool.connection_class, SSLConnection)
    pool.connection_class = _ToAnyMasterSafely if safely else _ToAnyMaster
    pool.connection_kwargs["masters"] = masters
    return pool


def standing(key: str) -> str:
    """A name that never exists, in the slot of `key`. A script that is given it runs only while the slot stands still.

    For scripts with keys that they do not name: on a slot that moves, such a script fails in the middle, or takes for
    missing what has not moved yet, and begins it anew there. With this name among its keys it is told TRYAGAIN instead.
    """
    tag = key[key.index("{") + 1 : key.index("}")]
    return f"{{{tag}}}:standing"


async def info(redis: Any, *sections: str) -> list[dict[str, Any]]:
    """INFO of the server, or of each master of a cluster; by their names, so that the order is the same."""
    if not isinstance(redis, RedisCluster):
        return [await redis.info(*sections)]
    found = await redis.info(*sections, target_nodes=RedisCluster.PRIMARIES)
    if len(redis.get_primaries()) == 1:
        return [found]
    return [found[name] for name in sorted(found)]
