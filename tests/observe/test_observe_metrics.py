"""What is counted, how it is called, and how it is served."""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from crawler.archive.queries.health import SourceProblem
from crawler.errors import ConfigError, ExtractError, StateError
from crawler.health import Condition
from crawler.health.coverage import totals
from crawler.health.recall import Recall, Unknown
from crawler.observe.noting import KNOWN, begin, described, extracting, took
from crawler.observe.readiness import Readiness
from crawler.observe.server import Port, serving
from crawler.service.observing import ANY, show_coverage, show_problems

DOCS = Path(__file__).parents[2] / "docs" / "observability.md"
BASE_UNITS = ("seconds", "bytes", "ratio", "celsius", "meters")  # what Prometheus' naming rules know
OTHER_UNITS = ("_ms", "milliseconds", "minutes", "hours", "days", "kilobytes", "megabytes", "percent")


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("metric", described(), ids=lambda metric: metric.name)
def test_names_keep_the_rules_of_prometheus(metric):
    """As `promtool check metrics` asks: prefix, base units, what ends in _total, help, no reserved labels."""
    assert re.fullmatch(r"wirewatch_[a-z][a-z0-9_]*", metric.name)
    assert "__" not in metric.name
    assert metric.meaning.endswith(".")
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.name.endswith("_info") == (metric.kind == "info")
    assert not metric.name.endswith(("_count", "_sum", "_bucket", "_gauge", "_histogram"))
    assert not any(unit in metric.name for unit in OTHER_UNITS)
    if metric.kind == "histogram":
        assert metric.name.endswith("_seconds")
    found = [unit for unit in BASE_UNITS if unit in metric.name.split("_")]
    assert all(metric.name.removesuffix("_total").endswith(unit) for unit in found), "the unit stands last"
    assert not {"le", "quantile", "instance", "job"} & set(metric.labels)


@pytest.mark.parametrize("metric", described(), ids=lambda metric: metric.name)
def test_no_label_grows_with_what_is_watched(metric):
    assert not {"source", "url", "host", "site", "rule", "story", "run"} & set(metric.labels)


def test_the_documentation_lists_every_metric():
    rows = re.findall(r"^\| `(wirewatch_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", DOCS.read_text(), re.MULTILINE)
    asked = [(one.name, one.kind, ", ".join(one.labels), one.meaning) for one in described()]
    assert sorted(rows) == sorted(asked)


def test_unhealthy_sources_are_counted_by_problem():
    now = datetime.now(UTC)
    ill = [("a", Condition.FROZEN), ("a", Condition.CERTIFICATE), ("b", Condition.FROZEN)]
    show_problems([SourceProblem(source, condition, now, now) for source, condition in ill])
    found = {trouble: value("wirewatch_sources_unhealthy", problem=trouble) for trouble in (*Condition, ANY)}
    assert {name: count for name, count in found.items() if count} == {"frozen": 2, "certificate": 1, "any": 2}
    show_problems([])
    assert (
        value("wirewatch_sources_unhealthy", problem="frozen")
        == value("wirewatch_sources_unhealthy", problem="any")
        == 0
    )


def test_coverage_is_counted_by_estimate():
    known = [Recall(40, 60, 60, 66), Recall(50, 50, 50, 50), Recall(1, 1, 1, unknown=Unknown.NO_CHECK), None]
    show_coverage(totals(known))
    found = {name: value("wirewatch_coverage_sources", estimate=name) for name in ("estimated", "no_check", "too_few")}
    assert found == {"estimated": 2, "no_check": 1, "too_few": 0}
    assert value("wirewatch_coverage_sources", estimate="no_articles") == 1
    assert [value("wirewatch_coverage_articles", figure=name) for name in ("named", "least", "most")] == [90, 110, 116]
    show_coverage(totals([]))
    assert value("wirewatch_coverage_sources", estimate="estimated") == 0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "read"),
        (TimeoutError(), "timeout"),
        (MemoryError(), "memory"),
        (asyncio.CancelledError(), "stopped"),
        (ExtractError("no page"), "refused"),
    ],
)
def test_how_an_extraction_ends(error: BaseException | None, outcome: str):
    before = value("wirewatch_extractions_total", outcome=outcome)
    with pytest.raises(type(error)) if error else nullcontext(), extracting():
        assert value("wirewatch_extractions_in_progress") == 1
        if error is not None:
            raise error
    assert value("wirewatch_extractions_total", outcome=outcome) == before + 1
    assert value("wirewatch_extractions_in_progress") == 0


def test_a_stage_with_an_unknown_end_is_left_out_and_clocks_never_run_backwards():
    now = datetime.now(UTC)
    name = "wirewatch_stage_duration_seconds"
    count, total = (value(f"{name}_{what}", stage="listed_to_sent") for what in ("count", "sum"))
    took("listed_to_sent", None, now)
    took("listed_to_sent", now, None)
    took("listed_to_sent", now, now - timedelta(seconds=5))
    took("listed_to_sent", now, now + timedelta(seconds=4))
    assert value(f"{name}_count", stage="listed_to_sent") == count + 2
    assert value(f"{name}_sum", stage="listed_to_sent") == total + 4


async def get(url: str, **headers: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def fine() -> None: ...


async def test_everything_is_served_in_both_formats():
    begin(("worker",))
    async with serving(Port("127.0.0.1", 0), Readiness({"redis": fine})) as address:
        status, kind, text = await get(f"{address}/metrics")
        assert (status, kind.split(";")[0]) == (200, "text/plain")
        families = {family.name: family for family in text_string_to_metric_families(text)}
        for metric, values in KNOWN:
            known = {sample.labels[metric._labelnames[0]] for sample in families[metric._name].samples}
            assert known >= set(values), "what has not been yet stands at 0"
        (build,) = families["wirewatch_build_info"].samples
        assert build.labels["roles"] == "worker"
        assert families["process_resident_memory_bytes"].samples[0].value > 1e6
        assert "_created" not in text
        _, kind, text = await get(f"{address}/metrics", Accept="application/openmetrics-text; version=1.0.0")
        assert kind.startswith("application/openmetrics-text")
        assert {family.name for family in read_openmetrics(text)} >= {"wirewatch_polls", "wirewatch_build"}
        assert await get(f"{address}/healthz") == (200, "application/json; charset=utf-8", '{"alive": true}')
        assert (await get(f"{address}/other"))[0] == 404


async def test_what_is_missing_is_named_until_it_is_back():
    broken: list[Exception] = [StateError("connection refused", subject="Redis")]
    asked = 0

    async def redis() -> None:
        nonlocal asked
        asked += 1
        if broken:
            raise broken[0]

    async with serving(Port("127.0.0.1", 0), Readiness({"redis": redis, "database": fine})) as address:
        status, _, text = await get(f"{address}/readyz")
        assert (status, text) == (503, '{"ready": false, "missing": {"redis": "Redis: connection refused"}}')
        assert (await get(f"{address}/healthz"))[0] == 200
        broken.clear()
        assert await get(f"{address}/readyz") == (
            200,
            "application/json; charset=utf-8",
            '{"ready": true, "missing": {}}',
        )
    assert asked == 2


async def test_a_check_that_hangs_runs_once_only():
    calls, free = 0, asyncio.Event()

    async def hangs() -> None:
        nonlocal calls
        calls += 1
        await free.wait()

    readiness = Readiness({"database": hangs}, timeout_s=0.02)
    for _ in range(3):
        assert await readiness.missing() == {"database": "no answer within 0.02 s"}
    assert calls == 1
    free.set()
    assert await readiness.missing() == {}
    free.clear()
    await readiness.missing()
    await readiness.close()


async def test_a_figure_that_cannot_be_had_keeps_no_other_away():
    async def refresh() -> None:
        raise StateError("gone")

    before = value("wirewatch_scrape_errors_total")
    async with serving(Port("127.0.0.1", 0), Readiness({}), refresh) as address:
        status, _, text = await get(f"{address}/metrics")
    assert status == 200
    assert f"wirewatch_scrape_errors_total {before + 1}" in text


async def test_a_port_that_is_taken_is_reported():
    async with serving(Port("127.0.0.1", 0), Readiness({})) as address:
        number = int(address.rpartition(":")[2])
        with pytest.raises(ConfigError, match="--metrics-port"):
            async with serving(Port("127.0.0.1", number), Readiness({})):
                pass


async def test_an_address_of_version_6():
    async with serving(Port("::1", 0), Readiness({})) as address:
        assert address.startswith("http://[::1]:")
        assert (await get(f"{address}/healthz"))[0] == 200
