"""`wirewatch demo` as people use it: in a process of its own, stopped with Ctrl-C."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import typer
from typer.testing import CliRunner

from crawler.cli.service.demo import demo, duration_s, serve

PROGRAM = "import typer; from crawler.cli.service.demo import EPILOG, demo; app = typer.Typer(); "
PROGRAM += "app.command(epilog=EPILOG)(demo); app()"


def start(*args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-c", PROGRAM, *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_at_once(stop: signal.Signals):
    with start("--port", "0", "--new-every", "2s") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+/", lines[2])
        with urllib.request.urlopen(url, timeout=5) as response:
            assert b"The Coast Standard" in response.read()
        before = time.monotonic()
        process.send_signal(stop)
        rest = process.stdout.read()
        process.wait(10)
        assert time.monotonic() - before < 2
        assert process.returncode == 0
    assert "Northgate Courier" in lines[3]
    for part in ("rss.xml", "all.atom", "sitemap.xml", "every 2 seconds", "Withdrawn (410)", "has stopped"):
        assert part in rest


async def test_it_says_what_will_happen(capsys: pytest.CaptureFixture[str]):
    serving = asyncio.ensure_future(serve(0, 2.0))
    said = ""
    while "Scheduled events" not in said:
        await asyncio.sleep(0.01)
        said += capsys.readouterr().out
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(serving, 5)
    said += capsys.readouterr().out
    for part in ("Meridian", "every 2 seconds", "Changed quietly, dateModified stays: Measles", "has stopped"):
        assert part in said


def test_a_port_that_is_taken_ends_the_command():
    app = typer.Typer()
    app.command()(demo)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(app, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 1
    assert "choose another port" in result.output


def test_a_port_that_is_taken_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("--port", str(port)) as process:
            output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == ""
    assert (
        errors
        == f"demo newspaper: 127.0.0.1:{port} is in use: choose another port with --port, or 0 for any free one\n"
    )


def test_help_has_examples():
    with start("--help") as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "wirewatch demo --new-every 2s" in output


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20s", 20), ("1.5m", 90), ("1h", 3600), ("500ms", 0.5), ("20", 20), (" 2 S ", 2), ("0.001s", 0.001)],
)
def test_durations(text: str, seconds: float):
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "0", "0s", "-1s", "soon", "1e9", "٣s", "1d", "1" * 50])
def test_no_durations(text: str):
    with pytest.raises(typer.BadParameter, match="not a duration above zero"):
        duration_s(text)
