"""What `deploy/` shows can be read, and names commands and variables that exist."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from crawler.cli import COMMANDS
from crawler.observe.noting import described
from crawler.pool import MAX_DATA_BYTES
from settings.env import VARIABLES

DEPLOY = Path(__file__).parent.parent / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
ROLES = {"scheduler", "worker", "deliver", "web"}


def documents(name: str) -> list[Any]:
    return [one for one in YAML(typ="safe").load_all((DEPLOY / name).read_text()) if one]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_known_variables_are_set(path: Path):
    assert set(re.findall(r"WIREWATCH_[A-Z_]+", path.read_text())) <= VARIABLES.keys()


def test_compose_runs_every_role_and_three_workers():
    (compose,) = documents("compose.yaml")
    ours = {name: one for name, one in compose["services"].items() if one.get("image") == "wirewatch"}
    assert ours.keys() == ROLES
    assert {one["command"][0] for one in ours.values()} == ROLES <= COMMANDS.keys()
    assert ours["worker"]["deploy"]["replicas"] == 3


def test_kubernetes_runs_every_role_and_three_workers():
    found = {one["metadata"]["name"]: one for one in documents("kubernetes.yaml") if one["kind"] == "Deployment"}
    containers = {name: one["spec"]["template"]["spec"]["containers"][0] for name, one in found.items()}
    assert {one["args"][0] for one in containers.values()} == ROLES
    assert found["wirewatch-worker"]["spec"]["replicas"] == 3


@pytest.mark.parametrize("name", ["wirewatch.service", "wirewatch@.service"])
def test_units_start_what_exists(name: str):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / name)
    command = unit["Service"]["ExecStart"].split()[1]
    assert command in {*COMMANDS, "%i"}


@pytest.mark.parametrize("name", ["wirewatch.service", "wirewatch@.service"])
def test_units_are_confined(name: str, tmp_path: Path):
    text = (DEPLOY / "systemd" / name).read_text()
    for line in ("UMask=0077", "CapabilityBoundingSet=", "NoNewPrivileges=true", "SystemCallFilter=@system-service"):
        assert f"\n{line}\n" in text
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / name.replace("@", "@web")
    unit.write_text(text.replace("/opt/wirewatch/.venv/bin/wirewatch", "/bin/true"))
    checked = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    scored = [program, "security", "--offline=true", "--threshold=25", unit]  # 0 is best, 100 worst
    assert subprocess.run(scored, capture_output=True, check=False).returncode == 0


def images() -> dict[str, str]:
    (compose,) = documents("compose.yaml")
    found = {f"compose {name}": one["image"] for name, one in compose["services"].items()}
    for one in pods():
        found |= {f"kubernetes {name['name']}": name["image"] for name in one["containers"]}
    (base,) = re.findall(r"^FROM (\S+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    return {name: image for name, image in found.items() if image != "wirewatch"} | {"Dockerfile": base}


def test_images_are_pinned():
    assert {name: image for name, image in images().items() if not re.search(r":v?\d+\.\d+", image)} == {}


def test_the_image_installs_what_is_locked_and_runs_as_nobody_in_particular():
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER [1-9]\d+$", text, re.MULTILINE)
    for line in re.findall(r"pip install (.*?)(?:\\\\)?$", text, re.MULTILINE):
        assert "--require-hashes" in line or "--no-deps" in line
    locked = (DEPLOY.parent / "requirements" / "image.txt").read_text()
    assert all(f"\n{name}==" in locked for name in ("psycopg", "opentelemetry-sdk", "scrapy"))


def test_valkey_asks_for_a_password():
    (compose,) = documents("compose.yaml")
    command = compose["services"]["valkey"]["command"]
    assert "${VALKEY_PASSWORD}" in command[command.index("--requirepass") + 1]
    for role in ROLES:
        assert ":${VALKEY_PASSWORD" in compose["services"][role]["environment"]["WIREWATCH_REDIS_URL"]
    (valkey,) = (one for pod in pods() for one in pod["containers"] if one["name"] == "valkey")
    assert valkey["args"][valkey["args"].index("--requirepass") + 1] == "$(VALKEY_PASSWORD)"


def test_containers_can_do_no_more_than_they_need():
    (compose,) = documents("compose.yaml")
    for role in ROLES:
        one = compose["services"][role]
        assert (one["read_only"], one["cap_drop"], one["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for one in pod["containers"]:
            allowed = one["securityContext"]
            assert allowed["readOnlyRootFilesystem"] is True
            assert allowed["allowPrivilegeEscalation"] is False
            assert allowed["capabilities"] == {"drop": ["ALL"]}


def test_network_policies_open_the_ports_that_are_served():
    policies = {
        one["metadata"]["name"]: one["spec"] for one in documents("kubernetes.yaml") if one["kind"] == "NetworkPolicy"
    }
    closed = {one["podSelector"]["matchLabels"]["app"] for one in policies.values()}
    assert closed == {one["app"] for one in labels()}
    for name, port in (("valkey", 6379), ("postgres", 5432)):
        (rule,) = policies[name]["ingress"]
        assert rule == {"from": [{"podSelector": {"matchLabels": {"app": "wirewatch"}}}], "ports": [{"port": port}]}
    (public,) = policies["wirewatch-web"]["ingress"]
    (web,) = (one for one in containers() if one["args"][0] == "web")
    assert public["ports"] == [{"port": int(web["args"][-1])}]


def templates() -> list[dict[str, Any]]:
    kinds = {"Deployment", "StatefulSet"}
    return [one["spec"]["template"] for one in documents("kubernetes.yaml") if one["kind"] in kinds]


def pods() -> list[dict[str, Any]]:
    return [one["spec"] for one in templates()]


def labels() -> list[dict[str, str]]:
    return [one["metadata"]["labels"] for one in templates()]


def containers() -> list[dict[str, Any]]:
    found = [one for one in documents("kubernetes.yaml") if one["kind"] == "Deployment"]
    return [one["spec"]["template"]["spec"]["containers"][0] for one in found]


def test_every_role_is_probed_on_the_port_that_it_serves():
    for one in containers():
        env = {variable["name"]: variable.get("value") for variable in one["env"]}
        port = next(port["containerPort"] for port in one["ports"] if port.get("name") == "metrics")
        assert (env["WIREWATCH_METRICS_PORT"], env["WIREWATCH_METRICS_HOST"]) == (str(port), "0.0.0.0")
        paths = {kind: one[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
        assert {one[f"{kind}Probe"]["httpGet"]["port"] for kind in paths} == {"metrics"}
    (compose,) = documents("compose.yaml")
    for role in ROLES:
        said = compose["services"][role]
        port = said["environment"]["WIREWATCH_METRICS_PORT"]
        assert f"http://127.0.0.1:{port}/healthz" in said["healthcheck"]["test"][-1]
        assert not any(port in published for published in said.get("ports", [])), "it has no password"


def test_a_worker_has_room_for_the_extraction_processes_that_it_may_start():
    found = {one["args"][0]: one for one in containers()}
    assert all("memory" in one["resources"]["limits"] for one in found.values())
    env = {variable["name"]: variable.get("value") for variable in found["worker"]["env"]}
    room = int(found["worker"]["resources"]["limits"]["memory"].removesuffix("Gi")) * 1024**3
    assert int(env["WIREWATCH_EXTRACTORS"]) * MAX_DATA_BYTES + 400e6 < room
    assert "WIREWATCH_EXTRACTORS" in documents("compose.yaml")[0]["services"]["worker"]["environment"]


def test_prometheus_asks_every_role():
    (asked,) = documents("prometheus/prometheus.yml")[0]["scrape_configs"]
    (where,) = asked["dns_sd_configs"]
    (compose,) = documents("compose.yaml")
    assert set(where["names"]) == ROLES
    assert str(where["port"]) == compose["x-wirewatch"]["environment"]["WIREWATCH_METRICS_PORT"]


def expressions() -> Iterator[str]:
    for group in documents("prometheus/rules.yml")[0]["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads((DEPLOY / "grafana" / "wirewatch.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_rules_and_panels_ask_for_what_is_there(expression: str):
    known = {metric.name: set(metric.labels) for metric in described()}
    known |= {f"{name}_bucket": labels | {"le"} for name, labels in known.items()}
    known |= {name: {"job"} for name in ("up", "process_cpu_seconds_total", "process_resident_memory_bytes")}
    names = re.findall(r"\b((?:wirewatch|process)_\w+|up)\b", expression)
    assert names
    assert set(names) <= known.keys()
    labels = set(re.findall(r"(\w+)=~?\"", expression))
    labels |= {label.strip() for group in re.findall(r"by \((.*?)\)", expression) for label in group.split(",")}
    assert labels <= set().union(*(known[name] for name in names)) | {"instance", "role"}
