"""Arguments of tasks as JSON. Docket pickles them, and unpickling can run any code.

With JSON, a process that can write to Redis can queue crawls, but cannot run code in a worker. Docket has no setting
for this: docs/decisions/075-queue-without-pickle.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import cloudpickle
from docket import CurrentExecution, Execution

from crawler.observe import metrics

_REFUSED = b"refused"  # as function and key, which no task has
_WAKE = "_safeguard_wake"  # Docket's own task: it wakes tasks that wait for the slot of a dead worker
_MOST_DIGITS = 9
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_log = logging.getLogger(__name__)
_CURRENT = CurrentExecution()
_docket_reads = Execution.from_message


def _dumps(value: object) -> bytes:
    return json.dumps(value, default=_described).encode()


def _described(value: object) -> str:
    """Return the text of an exception, with which Docket stores a failure. Raises TypeError for other objects."""
    if isinstance(value, BaseException):
        return repr(value)
    raise TypeError(f"a task carries only text, not {type(value).__name__}")


async def _read(queue: Any, message: Mapping[bytes, bytes], **how: Any) -> Execution:
    """Return the task of a message; for a message that is not ours, a task for `refuse`."""
    try:
        found = await _docket_reads(queue, dict(message), **how)
        kinds = str | int if found.function_name == _WAKE else str
        if all(isinstance(value, kinds) for value in (*found.args, *found.kwargs.values())):
            return found
    except _MALFORMED:
        pass
    return await _docket_reads(queue, _harmless(message), **how)


def _harmless(message: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Keep key and generation, so that Docket acknowledges the message and releases the key."""
    key, generation = message.get(b"key", _REFUSED), message.get(b"generation", b"0")
    return {
        b"key": key.decode("utf-8", "replace").encode(),
        b"when": datetime.now(UTC).isoformat().encode(),
        b"function": _REFUSED,
        b"args": b"[]",
        b"kwargs": b"{}",
        b"attempt": b"1",
        b"generation": generation if generation.isdigit() and len(generation) <= _MOST_DIGITS else b"0",
    }


async def refuse(*args: Any, execution: Execution = _CURRENT, **kwargs: Any) -> None:
    """Drop a task that this version of Wirewatch did not write; the fallback of a worker."""
    del args, kwargs
    metrics.TASKS_REFUSED.inc()
    _warn(execution.docket.name)


@cache
def _warn(queue: str) -> None:
    _log.error(
        "refused a task in the queue %r: it was written by an older Wirewatch or by another program. "
        "The metric wirewatch_tasks_refused_total counts any others",
        queue,
    )


def use_json() -> None:
    """Make Docket write and read JSON in this process, and never unpickle; may be called again."""
    cloudpickle.dumps, cloudpickle.loads = _dumps, json.loads
    Execution.from_message = _read  # type: ignore[method-assign,assignment]
