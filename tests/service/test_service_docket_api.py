"""Docket's private API, which crawler.service.worker.queue and task_data depend on."""

from __future__ import annotations

import inspect
from datetime import timedelta

import docket.dependencies._concurrency
import docket.docket
import docket.execution
import docket.worker
import pytest
from contracts import require, require_call
from docket import Docket
from docket._redis import RedisConnection

from crawler.service.worker import task_data
from crawler.service.worker.queue import _Connection, metric_reader, open_queue

QUEUE = "crawler.service.worker.queue"
DATA = "crawler.service.worker.task_data"


def test_a_docket_has_a_connection_that_can_be_replaced():
    queue = Docket(name="contract", url="redis://127.0.0.1:1/0")
    assert isinstance(require(queue, "_redis", f"{QUEUE}.open_queue"), RedisConnection)
    for method in (Docket.__aenter__, Docket.redis.__wrapped__):
        require_call(method, "_redis", f"{QUEUE}.open_queue")
    require_call(Docket.__aenter__, "strike_list", f"{QUEUE}._Connection.__aenter__")
    require_call(docket.docket.StrikeList.__init__, "_redis", f"{QUEUE}._Connection.__aenter__")
    assert require(queue, "tasks", f"{QUEUE}.open_queue"), "Docket has no examples any more: open_queue need not clear"


def test_the_task_that_wakes_waiting_tasks_has_the_name_and_arguments_that_are_let_through():
    wake = require(docket.dependencies._concurrency, task_data._WAKE, f"{DATA}._read")
    kinds = set(inspect.get_annotations(wake, eval_str=True).values()) - {None, type(None)}
    assert kinds <= {str, int}, f"Docket's {task_data._WAKE} takes other arguments: {DATA}._read refuses it"


async def test_our_connection_is_the_one_that_a_docket_opens(valkey):
    queue = open_queue("contract", valkey.url, kept=timedelta(seconds=1))
    assert isinstance(queue._redis, _Connection)
    async with queue:
        assert queue._redis.is_connected
        assert queue.strike_list._redis is None
        assert not list(await queue.workers())


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("__init__", "url"),
        ("__aenter__", ""),
        ("_connection_pool_from_url", ""),
        ("_create_cluster_client", ""),
        ("_create_node_pool", ""),
    ],
)
def test_a_connection_has_the_methods_that_ours_replaces(name: str, parameters: str):
    found = require(RedisConnection, name, f"{QUEUE}._Connection.{name}", parameters)
    if name in {"__aenter__", "_connection_pool_from_url", "_create_cluster_client"}:
        assert inspect.iscoroutinefunction(found), f"{name} is no coroutine any more: {QUEUE}._Connection.{name}"
    if name not in {"__init__", "__aenter__"}:
        callers = "".join(inspect.getsource(RedisConnection).split(f"def {name}("))
        assert f"self.{name}(" in callers, f"RedisConnection no longer calls {name}: {QUEUE}._Connection has no effect"


def test_a_connection_names_its_url_and_its_cluster():
    found = RedisConnection("redis://127.0.0.1:1/0")
    assert require(found, "url", f"{QUEUE}._Connection._create_cluster_client") == "redis://127.0.0.1:1/0"
    assert require(found, "cluster_client", f"{QUEUE}._Connection._create_node_pool") is None


def test_arguments_go_through_the_functions_that_are_replaced_by_json():
    assert "Execution.from_message(" in inspect.getsource(docket.worker), f"{DATA}.use_json has no effect on workers"
    require(task_data, "_docket_reads", f"{DATA}._read", "docket message redelivered fallback_task")
    for module in (docket.execution, docket.worker):
        library = require(module, "cloudpickle", f"{DATA}.use_json")
        for name in ("dumps", "loads"):
            require(library, name, f"{DATA}.use_json")
    source = "".join(inspect.getsource(module) for module in (docket.docket, docket.execution, docket.worker))
    for other in ("pickle.loads", "pickle.Unpickler", "from cloudpickle import", "import pickle"):
        assert other not in source.replace("cloudpickle.loads", ""), f"Docket uses {other}, past {DATA}.use_json"


def test_docket_has_a_reader_for_prometheus():
    assert callable(require(metric_reader(), "collect", f"{QUEUE}.metric_reader"))
