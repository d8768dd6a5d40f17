"""Commands whose Redis is away: one line at once, and no waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from service_process import wirewatch


@pytest.mark.parametrize("command", [("crawl", "a"), ("pages", "list"), ("state", "rebuild")], ids=" ".join)
def test_a_command_waits_for_no_redis(command: tuple[str, ...], tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources:\n  - {id: a, feed: 'http://127.0.0.1:9/feed.xml'}\n")
    away = {"WIREWATCH_REDIS_URL": f"unix://{tmp_path}/nobody.sock"}
    said = wirewatch(tmp_path, *command, code=1, seconds=30, **away)
    assert said.startswith("Redis: "), said
    assert len(said.splitlines()) == 1
