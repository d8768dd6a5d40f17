"""A real service, asked as Prometheus and Kubernetes ask, while Valkey and PostgreSQL go away and come back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive.archive_postgres import Postgres, running_postgres
from crawl_pages import article, feed
from mocksite import MockSite
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from service_process import Running, wait_for

from crawler.health import Condition
from crawler.state import EmbeddedServer

TOKEN = "s3cr3tToken99"
WATCH = """sources:
  - {{id: desk, feed: '{feed}', every: 1h, delay: 0s, headers: {{Authorization: 'Bearer {token}'}}}}
rules:
  - {{id: cranes, any: [crane], send: [file, hook]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
  - {{id: hook, url: 'http://127.0.0.1:9/hook/{token}', private: true}}
"""


class Monitored:
    """What stands on the port of a running service."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self._address + path, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self) -> dict[str, Metric]:
        return {family.name: family for family in text_string_to_metric_families(self.get("/metrics")[1])}

    def value(self, name: str, **labels: str) -> float:
        samples = (sample for family in self.metrics().values() for sample in family.samples)
        return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())

    def missing(self) -> set[str]:
        status, text = self.get("/readyz")
        told = json.loads(text)
        assert (status == 200) == told["ready"] == (not told["missing"])
        return set(told["missing"])


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedServer]:
    (tmp_path / "valkey").mkdir()
    server = EmbeddedServer(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.execute("CREATE DATABASE news")
        yield server


@pytest.fixture
def site() -> Iterator[MockSite]:
    with MockSite(1) as site:
        paths = [f"/news/crane-{n}" for n in range(3)]
        for path in paths:
            site.put(path, article(path[6:].replace("-", " ")))
        site.put("/news/crane-broken", "no", status=500)
        site.put("/feed.xml", feed([site.url(path) for path in (*paths, "/news/crane-broken")]))
        yield site


@pytest.mark.slow
def test_a_service_is_watched_through_outages(tmp_path: Path, valkey, postgres: Postgres, site: MockSite):
    (tmp_path / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml"), token=TOKEN))
    url = postgres.url("news")
    env = {"WIREWATCH_REDIS_URL": valkey.url, "WIREWATCH_DATABASE_URL": url, "WIREWATCH_LOG_FORMAT": "json"}
    with Running(tmp_path, "--metrics-port", "0", **env) as service:
        line = service.until("metrics: http://127.0.0.1:")
        monitored = Monitored(json.loads(line)["message"].split("metrics: ")[1].removesuffix("/metrics"))
        wait_for(lambda: monitored.value("wirewatch_deliveries_total", channel="file", outcome="sent") == 3)
        wait_for(lambda: monitored.value("wirewatch_deliveries_total", channel="http") > 0)
        wait_for(lambda: monitored.value("wirewatch_polls_total", outcome="partial") == 1)
        wait_for(lambda: not monitored.missing())
        everything_is_counted(monitored)

        valkey.stop()
        wait_for(lambda: "redis" in monitored.missing())
        assert monitored.get("/healthz")[0] == 200
        assert monitored.get("/metrics")[0] == 200
        valkey.start()
        wait_for(lambda: not monitored.missing())

        postgres.execute("ALTER DATABASE news ALLOW_CONNECTIONS false")
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'news'")
        wait_for(lambda: monitored.missing() == {"database"})
        assert monitored.get("/healthz")[0] == 200
        postgres.execute("ALTER DATABASE news ALLOW_CONNECTIONS true")
        wait_for(lambda: not monitored.missing())
        assert monitored.value("wirewatch_redis_errors_total") > 0
        service.stop()
        service.lines += iter(service._fresh.get, None)
    the_log_is_json_without_secrets(service.lines, site)


def everything_is_counted(monitored: Monitored) -> None:
    value = monitored.value
    assert value("wirewatch_articles_total", outcome="found") == 4
    assert value("wirewatch_articles_total", outcome="new") == 3
    assert value("wirewatch_articles_total", outcome="failed") == 1
    assert value("wirewatch_responses_total", code="5xx") >= 1
    assert value("wirewatch_alerts_total", kind="new") == 3
    assert value("wirewatch_deliveries_total", channel="http", outcome="retried") >= 1
    assert value("wirewatch_extractions_total", outcome="read") >= 4, "the feed and three pages"
    assert value("wirewatch_gate_wait_seconds_count") >= 5
    for stage in ("listed_to_fetched", "fetched_to_extracted", "extracted_to_matched", "matched_to_sent"):
        assert value("wirewatch_stage_duration_seconds_count", stage=stage) == 3, stage
    assert value("wirewatch_leader", duty="schedule") == value("wirewatch_leader", duty="deliveries") == 1
    assert value("wirewatch_sources", state="active") == value("wirewatch_rules") == 1
    troubles = {one.labels["problem"]: one.value for one in monitored.metrics()["wirewatch_sources_unhealthy"].samples}
    assert troubles == {"any": 0} | {one.value: 0 for one in Condition}, "a page that fails makes no source ill"
    assert value("wirewatch_coverage_sources", estimate="no_articles") == 1
    assert value("wirewatch_coverage_sources", estimate="estimated") == 0
    assert value("wirewatch_outbox_deliveries", state="pending") == 3
    assert value("wirewatch_storage_bytes", store="database") > value("wirewatch_storage_bytes", store="redis") > 0
    assert value("wirewatch_child_processes") >= 1, "an extraction process"
    assert value("wirewatch_child_resident_memory_bytes") > 50e6
    assert value("wirewatch_scrape_errors_total") == 0
    assert value("docket_tasks_succeeded_total", docket_task="crawl") >= 1
    assert value("docket_task_duration_seconds_count", docket_task="deliver") >= 3
    labels = {label for family in monitored.metrics().values() for one in family.samples for label in one.labels}
    assert not labels & {"source", "url", "host", "docket_key"}


def the_log_is_json_without_secrets(printed: list[str], site: MockSite) -> None:
    assert TOKEN not in "\n".join(printed)
    lines = [json.loads(line) for line in printed]
    broken = site.url("/news/crane-broken")
    (told,) = [line for line in lines if line.get("url") == broken]
    assert told["source"] == "desk"
    assert told["run"].startswith("crawl:desk:")
    assert any(line["logger"] == "crawler.service.delivery.deliveries" and "source" not in line for line in lines)
