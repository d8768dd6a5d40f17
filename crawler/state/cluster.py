"""redis-py's client of a cluster with the same patience as for a single server.

redis-py retries a few times without a pause, and gives up when no node answers or a part of the slots has no master:
just what a failover looks like for some seconds. Here one command, or one pipeline, is tried again as a whole; of a
pipeline only what has not been answered. The map of the nodes is read anew before each attempt after a failure.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio.cluster import ClusterNode, ClusterPipeline, PipelineStrategy, RedisCluster
from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import RedisClusterException, RedisError

from crawler.state.patience import Patience, once, waiting

T = TypeVar("T")
CONNECTIONS = 512  # to one node: more commands at once wait for a moment


class PatientCluster(RedisCluster):
    """A cluster's client; nothing is opened yet. `options`: as redis-py's."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        given = {"max_connections": CONNECTIONS, "reinitialize_steps": 0} | options
        super().__init__(retry=once(), **given)
        self.patience = patience
        self._opening = asyncio.Lock()

    async def initialize(self, *args: Any, **kwargs: Any) -> RedisCluster:
        """Reads the map of the nodes where it is not known. Raises redis-py's ConnectionError while there is none.

        Unlike redis-py's it leaves other commands' connections alone when it fails.
        """
        del args, kwargs
        async with self._opening:
            if self._initialize:
                try:
                    await self.nodes_manager.initialize()
                except RedisClusterException as error:
                    raise _unready(error) from error
                await self.commands_parser.initialize(self.nodes_manager.default_node)
                self._initialize = False
        return self

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """As redis-py's."""
        execute = super().execute_command
        return await self.attempt(lambda: execute(*args, **kwargs))

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
            raise ValueError("no transactions in a cluster: use a script")
        return _Pipeline(self)

    async def forget_nodes(self, error: Exception | None = None) -> None:
        """Has the map of the nodes read anew by the next command."""
        del error
        self._initialize = True

    async def aclose(self) -> None:
        """Closes every connection. redis-py calls this also for a cluster that is down: other commands may go on."""
        self._initialize = True
        if not waiting():
            await self.nodes_manager.aclose()
            await self.nodes_manager.aclose("startup_nodes")


def _unready(error: RedisClusterException) -> RedisError:
    if isinstance(error.__cause__, RedisClusterException):  # the node answered: it is in no cluster
        return RedisError("this server is in no cluster: begin its URL with redis:// or rediss://")
    return LostError(f"{error} What the nodes say to CLUSTER INFO tells why.")


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
        raise LostError("no master of the cluster is known")


class _ToAnyMasterSafely(_ToAnyMaster, SSLConnection):
    pass


def follow_masters(pool: ConnectionPool, masters: Callable[[], list[ClusterNode]]) -> ConnectionPool:
    """Has each new connection of `pool` go to one of the masters of that moment, not to one node for ever."""
    safely = issubclass(pool.connection_class, SSLConnection)
    pool.connection_class = _ToAnyMasterSafely if safely else _ToAnyMaster
    pool.connection_kwargs["masters"] = masters
    return pool


async def info(redis: Any, *sections: str) -> list[dict[str, Any]]:
    """INFO of the server, or of each master of a cluster; by their names, so that the order is the same."""
    if not isinstance(redis, RedisCluster):
        return [await redis.info(*sections)]
    found = await redis.info(*sections, target_nodes=RedisCluster.PRIMARIES)
    if len(redis.get_primaries()) == 1:
        return [found]
    return [found[name] for name in sorted(found)]
