"""Helpers for recording metrics, and the values of labels."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from crawler.observe import metrics

# Outcome of an extraction by the name of its exception; any other exception: refused.
ENDS: Mapping[str, str] = {
    "TimeoutError": "timeout",
    "ProcessExpired": "killed",
    "MemoryError": "memory",
    "BrokenProcessPool": "stopped",
    "CancelledError": "stopped",
}
OUTCOMES = ("read", "refused", *dict.fromkeys(ENDS.values()))
STAGES = (
    "published_to_listed",
    "listed_to_fetched",
    "fetched_to_extracted",
    "extracted_to_matched",
    "extracted_to_stored",
    "matched_to_sent",
    "listed_to_sent",
)
KNOWN: tuple[tuple[Counter | Histogram, tuple[str, ...]], ...] = (
    (metrics.POLLS, ("done", "partial", "failed", "stopped")),
    (metrics.ARTICLES, ("found", "new", "unchanged", "failed")),
    (metrics.EXTRACTIONS, OUTCOMES),
    (metrics.STAGE, STAGES),
    (metrics.CANARIES, ("passed", "late")),
    (metrics.REDIS_ERRORS, (metrics.RETRIED, metrics.FAILED)),
    (metrics.DATABASE_ERRORS, (metrics.RETRIED, metrics.FAILED)),
)


def begin(roles: Sequence[str]) -> None:
    """Set the build info, and create the series of KNOWN at 0, because a missing series has no rate."""
    metrics.BUILD.info({"version": _version(), "python": platform.python_version(), "roles": ",".join(roles)})
    for metric, values in KNOWN:
        for value in values:
            metric.labels(value)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the documentation lists it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def described() -> list[Described]:
    """Return all metrics in the order of `metrics`."""
    return [_described(value) for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]


def _described(metric: MetricWrapperBase) -> Described:
    family = next(iter(metric.describe()))
    suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
    return Described(family.name + suffix, family.type, tuple(metric._labelnames), family.documentation)  # noqa: SLF001


@contextmanager
def extracting() -> Iterator[None]:
    """Count and time the block as one extraction."""
    begun, outcome = time.perf_counter(), "read"
    metrics.EXTRACTING.inc()
    try:
        yield
    except BaseException as error:  # a cancellation counts as an outcome too
        outcome = ENDS.get(type(error).__name__, "refused")
        raise
    finally:
        metrics.EXTRACTING.dec()
        metrics.EXTRACTIONS.labels(outcome).inc()
        metrics.EXTRACTION.observe(time.perf_counter() - begun)


def took(stage: str, begun: datetime | None, ended: datetime | None) -> None:
    """Record the duration of a stage; do nothing if a time is unknown."""
    if begun is not None and ended is not None:
        metrics.STAGE.labels(stage).observe(max(0.0, (ended - begun).total_seconds()))


def _version() -> str:
    try:
        return version("wirewatch")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0"
