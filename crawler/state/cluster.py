"""redis-py's client of a cluster with the same patience as for a single server.

redis-py retries a few times without a pause, and gives up when no node answers or a part of the slots has no master:
just what a failover looks like for some seconds. Here one command, or one pipeline, is tried again as a whole; of a
pipeline only what has not been answered. The map of the nodes is read anew before each attempt after a failure.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio.cluster import ClusterPipeline, PipelineStrategy, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import RedisClusterException, RedisError

from crawler.state.patience import Patience

CONNECTIONS = 512  # to one node: more commands at once wait for a moment


class PatientCluster(RedisCluster):
    """A cluster's client; nothing is opened yet. `options`: as redis-py's."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        once = Retry(NoBackoff(), 0)  # the patience is ours
        given = {"max_connections": CONNECTIONS, "reinitialize_steps": 0} | options
        super().__init__(retry=once, **given)
        self.patience = patience

    async def initialize(self, *args: Any, **kwargs: Any) -> RedisCluster:
        """Reads the map of the nodes where it is not known. Raises redis-py's ConnectionError while there is none."""
        try:
            return await super().initialize(*args, **kwargs)
        except RedisClusterException as error:
            if isinstance(error.__cause__, RedisClusterException):  # the node answered: it is in no cluster
                raise RedisError("this server is in no cluster: begin its URL with redis:// or rediss://") from error
            raise LostError(f"{error} What the nodes say to CLUSTER INFO tells why.") from error

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """As redis-py's."""
        once = super().execute_command

        async def attempt() -> Any:
            await self.initialize()
            return await once(*args, **kwargs)

        return await self.patience.call_with_retry(attempt, self.forget_nodes)

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
        """Closes every connection, also in the middle of a failover."""
        await super().aclose()
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")


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
        commands, cluster, once = self._command_queue, self._cluster, super().execute

        async def attempt() -> list[Any]:
            await cluster.initialize()
            self._command_queue = commands
            return await once(raise_on_error, allow_redirections)

        return await cluster.patience.call_with_retry(attempt, cluster.forget_nodes)


async def info(redis: Any, *sections: str) -> list[dict[str, Any]]:
    """INFO of the server, or of each master of a cluster; by their names, so that the order is the same."""
    if not isinstance(redis, RedisCluster):
        return [await redis.info(*sections)]
    found = await redis.info(*sections, target_nodes=RedisCluster.PRIMARIES)
    if len(redis.get_primaries()) == 1:
        return [found]
    return [found[name] for name in sorted(found)]
