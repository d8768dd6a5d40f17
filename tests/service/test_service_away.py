"""What is away: a Redis that a command needs, a disk or a reader that takes what a service prints."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from service_process import wirewatch

from crawler.cli.service.view import lines
from crawler.service.status import ServiceStatus


@pytest.mark.parametrize("command", [("crawl", "a"), ("pages", "list"), ("state", "rebuild")], ids=" ".join)
def test_a_command_waits_for_no_redis(command: tuple[str, ...], tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources:\n  - {id: a, feed: 'http://127.0.0.1:9/feed.xml'}\n")
    away = {"WIREWATCH_REDIS_URL": f"unix://{tmp_path}/nobody.sock"}
    said = wirewatch(tmp_path, *command, code=1, seconds=30, **away)
    assert said.startswith("Redis: "), said
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux' own")
def test_a_service_goes_on_where_nobody_takes_its_lines(monkeypatch: pytest.MonkeyPatch):
    status = ServiceStatus(datetime.now(UTC))
    full = os.open("/dev/full", os.O_WRONLY)  # as a log on a disk that is full
    try:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.FileIO(full, "w", closefd=False), write_through=True))
        for log_format in ("text", "json"):
            lines(status, "Wirewatch", log_format)
            status.note("Valkey stopped unexpectedly; restarting it")
    finally:
        monkeypatch.undo()
        os.close(full)
    assert list(status.notes) == ["Valkey stopped unexpectedly; restarting it"] * 2
