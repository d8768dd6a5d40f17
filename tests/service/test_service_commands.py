"""What --help lists, and that a command loads only what it needs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from crawler.cli import COMMANDS

HEAVY = {"scrapy", "twisted", "docket", "sqlalchemy", "redis", "aiohttp", "fastapi", "trafilatura", "opentelemetry"}
LOOK = """
import sys
import crawler.cli as cli
cli.mount({argv!r}, {environ!r})
print(*[command.name for command in cli.app.registered_commands], *[group.name for group in cli.app.registered_groups])
print(*sorted({heavy!r} & sys.modules.keys()))
"""


def mounted(*argv: str, **environ: str) -> tuple[list[str], set[str]]:
    """The commands, and what of HEAVY was loaded for them, in a process of its own."""
    code = LOOK.format(argv=list(argv), environ=environ, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    names, loaded = done.stdout.split("\n")[:2]
    return names.split(), set(loaded.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_what_the_command_says_of_itself(name: str):
    module, attribute, said = COMMANDS[name]
    found = getattr(import_module(f"crawler.cli.{module}"), attribute)
    text = found.info.help if isinstance(found, typer.Typer) else inspect.getdoc(found)
    assert text.split("\n\n")[0] == said


@pytest.mark.parametrize("argv", [("--help",), ("--version",), (), ("nonsense",)])
def test_what_needs_no_command_loads_none(argv: tuple[str, ...]):
    assert mounted(*argv) == (list(COMMANDS), set())


def test_a_command_is_mounted_alone_and_loads_what_it_needs():
    names, loaded = mounted("sources", "list")
    assert names == ["sources"]
    assert not loaded & {"scrapy", "twisted", "docket", "sqlalchemy", "redis", "fastapi"}
    assert set(mounted("--", "sources", "list")[0]) == set(COMMANDS), "an option first: all, and this one for real"


@pytest.mark.parametrize("variable", ["COMP_WORDS", "_TYPER_COMPLETE_ARGS"])
def test_a_shell_that_completes_a_line_hears_of_all_and_of_the_one_begun(variable: str):
    names, loaded = mounted(**{variable: "wirewatch sources li"})
    assert set(names) == set(COMMANDS)
    assert "scrapy" not in loaded
    assert mounted(**{variable: "wirewatch sou"}) == (list(COMMANDS), set())
