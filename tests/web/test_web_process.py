"""The page as processes: `wirewatch web`, and beside `wirewatch run`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from ending import end
from typer.testing import CliRunner
from web_samples import WATCH

from crawler.archive import Archive
from crawler.cli import app, mount
from crawler.cli.service import web_child
from crawler.cli.service.web_child import command, keep_serving
from crawler.errors import ConfigError

WAIT_S = 40.0
pytestmark = pytest.mark.usefixtures("as_urgent_as_the_tests")


def environment(folder: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
    return own | {"WIREWATCH_VAR": str(folder), "PYTHONUNBUFFERED": "1"} | more


@pytest.fixture
def as_urgent_as_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests that run beside these would take the processor from a page that stands behind the crawls."""
    monkeypatch.setattr(web_child, "NICENESS", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watch.yaml").write_text(WATCH)
    Archive.open(f"sqlite:///{tmp_path}/wirewatch.db").close()
    return tmp_path


def refusal(*arguments: str) -> str:
    """What `wirewatch web` says to these arguments, in this process: its words, or its error's."""
    mount(["web"])
    done = CliRunner().invoke(app, ["web", *arguments])
    assert done.exit_code != 0
    return f"{done.exception}" if isinstance(done.exception, ConfigError) else " ".join(done.output.split())


@pytest.mark.slow
def test_a_page_of_its_own(folder: Path):
    argv = [sys.executable, "-m", "crawler", "web", "--port", "0"]
    with subprocess.Popen(argv, env=environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout
        address = page.stdout.readline().split()[1]
        assert "Latest articles" in httpx2.get(address, timeout=WAIT_S).text
        page.terminate()
        page.wait(WAIT_S)


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--host", "0.0.0.0"], {}, "0.0.0.0 is reachable from other machines, but no password is set"),
        ([], {"WIREWATCH_WEB_HOST": "::"}, "wirewatch web --set-password"),
        ([], {"WIREWATCH_WEB_PORT": "no"}, "expected a port from 0 to 65535"),
        ([], {"WIREWATCH_WEB_PASSWORD": "short"}, "8 to 1024 characters"),
        (["--password-file", "nowhere"], {}, "No such file"),
    ],
    ids=str,
)
def test_invalid_options_are_rejected(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], variables: dict[str, str], told: str
):
    for name, value in environment(folder, **variables).items():
        monkeypatch.setenv(name, value)
    assert told in refusal(*arguments).replace("│", "").replace("  ", " ")


def test_setting_a_password(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WIREWATCH_VAR", str(folder))
    mount(["web"])
    runner = CliRunner()
    done = runner.invoke(app, ["web", "--set-password"], input="long enough\nlong enough\n")
    assert done.exit_code == 0, done.output
    assert (folder / "web-password").read_text().startswith("$argon2id$")
    done = runner.invoke(app, ["web", "--set-password"], input="short\nshort\n")
    assert done.exit_code == 2
    assert "8 to 1024 characters" in done.output


class Heard:
    """What the keeper of a page tells."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.notes: list[str] = []

    async def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_S
        while not done():
            assert time.monotonic() < end, (self.addresses, self.notes)
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_page_that_dies_starts_again_and_ends_with_its_keeper(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(web_child, "FIRST_PAUSE_S", 0.05)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    heard = Heard()
    argv = command(folder / "watch.yaml", 0)
    keeper = asyncio.create_task(keep_serving(argv, heard.addresses.append, heard.notes.append))
    await heard.until(lambda: len(heard.addresses) == 1)
    async with httpx2.AsyncClient(timeout=WAIT_S) as client:
        assert (await client.get(heard.addresses[0])).status_code == 200
        for child in children_of(os.getpid(), "--child"):
            os.kill(child, 9)
        await heard.until(lambda: len(heard.addresses) == 2)
        assert "web page stopped (exit code -9)" in heard.notes[0]
        assert (await client.get(heard.addresses[1])).status_code == 200
        await end(keeper)
        assert not children_of(os.getpid(), "--child")
        with pytest.raises(httpx2.ConnectError):
            await client.get(heard.addresses[1])


@pytest.mark.slow
async def test_a_configuration_error_is_reported_once_and_not_retried(folder: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in environment(folder, WIREWATCH_WEB_HOST="0.0.0.0").items():
        monkeypatch.setenv(name, value)
    heard = Heard()
    await asyncio.wait_for(
        keep_serving(command(folder / "watch.yaml", None), heard.addresses.append, heard.notes.append), WAIT_S
    )
    assert heard.addresses == []
    assert len(heard.notes) == 1
    assert "web page not served: WIREWATCH_WEB_HOST: 0.0.0.0 is reachable" in heard.notes[0]


async def test_pauses_grow_while_a_page_never_opens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(web_child, "FIRST_PAUSE_S", 0.01)
    heard = Heard()
    argv = (sys.executable, "-c", "import sys; sys.stderr.write('x' * 100_000 + '\\nbad luck\\n'); sys.exit(1)")
    keeper = asyncio.create_task(keep_serving(argv, heard.addresses.append, heard.notes.append))
    await heard.until(lambda: len(heard.notes) >= 3)
    await end(keeper)
    assert all("bad luck" in note for note in heard.notes)


async def test_a_page_that_does_not_listen_is_made_to_end():
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    heard = Heard()
    argv = (sys.executable, "-c", deaf)
    keeper = asyncio.create_task(keep_serving(argv, heard.addresses.append, heard.notes.append))
    await heard.until(lambda: bool(heard.addresses))
    started = time.monotonic()
    await end(keeper)
    assert time.monotonic() - started < 6


def children_of(parent: int, word: str) -> list[int]:
    """Process ids of direct children whose command line has a word (/proc)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                ppid = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_text().split("\x00")
            except (OSError, IndexError):
                continue
            if ppid == parent and word in words:
                found.append(int(entry.name))
    return found


@pytest.mark.slow
def test_run_serves_the_page_which_ends_even_when_the_service_is_killed(folder: Path):
    argv = [sys.executable, "-m", "crawler", "run", "--plain", "--no-demo", "--port", "0"]
    (folder / "watch.yaml").write_text(WATCH.replace("- id: ", "- paused: true\n    id: ", 2))
    with subprocess.Popen(argv, env=environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout
        line = next(line for line in service.stdout if line.startswith("Web page: "))
        address = line.split()[2]
        assert httpx2.get(f"{address}/search", timeout=WAIT_S).status_code == 200
        service.kill()
        service.wait(WAIT_S)
    os.kill(int((folder / "valkey.pid").read_text()), signal.SIGTERM)  # the next service would do so
    end = time.monotonic() + WAIT_S
    while answers(address):
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        return bool(httpx2.get(address, timeout=5).status_code)
    except httpx2.TransportError:
        return False
