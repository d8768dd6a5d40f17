"""What `deploy/` shows can be read, and names commands and variables that exist."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from crawler.cli import COMMANDS
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
