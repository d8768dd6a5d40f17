"""redis-py's private API, which crawler.state.cluster depends on."""

from __future__ import annotations

import inspect

import pytest
from contracts import require, require_call
from redis.asyncio.cluster import (
    ClusterNode,
    ClusterPipeline,
    NodesManager,
    PipelineCommand,
    PipelineStrategy,
    RedisCluster,
)
from redis.asyncio.connection import Connection, ConnectionPool

from crawler.state.cluster import RetryingCluster
from crawler.state.retry_policy import RetryPolicy

CLUSTER = "crawler.state.cluster"


def cluster() -> RetryingCluster:
    return RetryingCluster(RetryPolicy(0), host="127.0.0.1", port=1)


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (RedisCluster, "initialize", None),
        (RedisCluster, "execute_command", None),
        (RedisCluster, "_execute_command", "target_node args kwargs"),
        (RedisCluster, "pipeline", "transaction shard_hint"),
        (RedisCluster, "get_primaries", ""),
        (RedisCluster, "aclose", ""),
        (NodesManager, "initialize", ""),
        (NodesManager, "move_slot", "e"),
        (NodesManager, "get_node", "host port"),
        (NodesManager, "get_node_from_slot", "slot"),
        (NodesManager, "set_nodes", "old new"),
        (NodesManager, "aclose", "attr"),
        (ClusterNode, "execute_command", "args"),
        (ClusterNode, "execute_pipeline", "commands"),
        (ClusterNode, "update_active_connections_for_reconnect", ""),
        (ClusterNode, "disconnect_free_connections", ""),
        (ClusterPipeline, "__init__", "client"),
        (PipelineStrategy, "__init__", "pipe"),
        (PipelineStrategy, "initialize", ""),
        (PipelineStrategy, "execute", "raise_on_error allow_redirections"),
        (PipelineCommand, "__init__", "position args"),
        (Connection, "_connect", ""),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_the_parts_that_are_called_or_replaced_exist(owner: type, name: str, parameters: str | None):
    require(owner, name, CLUSTER, parameters)


@pytest.mark.parametrize("name", ["_initialize", "nodes_manager", "commands_parser"])
async def test_a_cluster_has_the_attributes_that_ours_uses(name: str):
    require(cluster(), name, f"{CLUSTER}.RetryingCluster")


@pytest.mark.parametrize("name", ["nodes_cache", "startup_nodes", "default_node", "connection_kwargs"])
async def test_a_map_of_nodes_has_the_attributes_that_ours_uses(name: str):
    require(cluster().nodes_manager, name, f"{CLUSTER}.RetryingCluster")


async def test_the_replaced_parts_are_still_called():
    require_call(RedisCluster.execute_command, "_execute_command", f"{CLUSTER}.RetryingCluster._execute_command")
    require_call(RedisCluster.execute_command, "initialize", f"{CLUSTER}.RetryingCluster.initialize")
    pipe = cluster().pipeline()
    require(pipe, "_execution_strategy", f"{CLUSTER}._Pipeline")
    require(pipe._execution_strategy, "_command_queue", f"{CLUSTER}._Attempts")
    require(pipe._execution_strategy, "_pipe", f"{CLUSTER}._Attempts")
    require_call(ClusterPipeline.execute, "_execution_strategy", f"{CLUSTER}._Pipeline")
    require_call(PipelineStrategy.execute, "_command_queue", f"{CLUSTER}._Attempts")
    source = inspect.getsource(Connection.__mro__[1])
    assert "self._connect" in source, f"redis-py no longer calls _connect: {CLUSTER}._ToAnyMaster has no effect"


def test_a_pool_has_the_attributes_that_ours_changes():
    pool = ConnectionPool.from_url("redis://127.0.0.1:1/0")
    require(pool, "connection_class", f"{CLUSTER}.follow_masters")
    require(pool, "connection_kwargs", f"{CLUSTER}.follow_masters")
