"""What a newcomer sees: one command in an empty folder."""

from __future__ import annotations

import json
import time
from pathlib import Path

from pace import slowness, within
from service_process import Running, wirewatch


def test_a_newcomer_sees_clean_articles_and_alerts_and_nothing_twice(tmp_path: Path):
    first_run(tmp_path)
    second_run(tmp_path)
    no_boilerplate(tmp_path)


def first_run(folder: Path) -> None:
    begun = time.monotonic()
    with Running(folder) as service:
        service.until(" article ")
        alert = service.until(" alert ")
        assert time.monotonic() - begun < 60 * slowness(time.monotonic)
        assert "http://127.0.0." in alert
        service.until("crawl   demo-coast-standard: done")
        refused = wirewatch(folder, "run", "--plain", code=1)
        assert "another Wirewatch uses this folder" in refused
        listed = wirewatch(folder, "items", "list", "--format", "json")
        assert json.loads(listed), "commands work beside the service"
        assert service.process.poll() is None
        with within(10, time.monotonic):
            service.stop()
    assert service.process.returncode == 0
    assert "Traceback" not in "\n".join(service.lines)
    assert (folder / "watch.yaml").read_text().startswith("# The sources, rules and channels of Wirewatch.")
    assert "demo-coast-standard" in wirewatch(folder, "runs"), "commands work when none runs"


def second_run(folder: Path) -> None:
    before = {row["canonical_url"] for row in json.loads(wirewatch(folder, "items", "list", "--format", "json"))}
    with Running(folder) as service:
        service.until("Press Ctrl-C to stop")
        service.until("crawl   demo-meridian: done")
    rows = json.loads(wirewatch(folder, "items", "list", "--format", "json"))
    urls = [row["canonical_url"] for row in rows]
    assert len(urls) == len(set(urls))
    assert before <= set(urls)


def no_boilerplate(folder: Path) -> None:
    rows = json.loads(wirewatch(folder, "items", "list", "--limit", "1000", "--format", "json"))
    assert len(rows) > 15
    for row in rows:
        lines = {line.strip().lower() for line in row["text"].split("\n")}
        boilerplate = {"read more", "related topics", "previous article", "next article", "advertisement", "share"}
        assert not lines & boilerplate, row["url"]
    seed = next(row for row in rows if "iraq-says-not-happy" in row["url"])
    assert seed["title"] == "Iraq says 'not happy' with 'dangerous' US pullout threat"
    assert seed["agency"] == "AFP"
    assert seed["text"].startswith('Baghdad is "not happy" with a "dangerous" threat by Washington')
    assert seed["text"].endswith("around 3,000 troops based in three bases across the country.")


def test_a_wrong_variable_is_told_in_one_line(tmp_path: Path):
    for name, value in (("WIREWATCH_EXTRACTORS", "x"), ("WIREWATCH_WEB_URL", "news"), ("WIREWATCH_LOG_LEVEL", "loud")):
        said = wirewatch(tmp_path, "run", "--plain", code=2, **{name: value})
        assert said.startswith(f"{name}=")
        assert len(said.splitlines()) == 1
