"""`wirewatch alerts` and `wirewatch channels` as their users call them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receivers import SECRET, hooks, mailbox
from typer.testing import CliRunner, Result

from crawler.archive import Archive, Entry
from crawler.cli.alerts import commands as alerts
from crawler.cli.channels import commands as channels
from crawler.config import parse_watch
from crawler.items import Alert, Article
from crawler.service.delivery.planning import address_key

NOW = datetime.now(UTC)
WATCH = """sources: []
channels:
  - {{id: hook, url: '{url}', private: true, secrets: [{secret}]}}
  - {{id: desk, url: 'mailto://127.0.0.1:{port}?to=a@example.org', private: true, template: 'T {{{{ title }}}}'}}
  - {{id: off, url: 'terminal:', paused: true}}
"""


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time when the test begins: the commands ask the clock, and this module may have been loaded an hour ago."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("WIREWATCH_")]:
        monkeypatch.delenv(name)
    with Archive.open(f"sqlite:///{home}/var/wirewatch.db") as archive:
        for n in range(3):
            article = Article(url=f"https://e.x/{n}", title=f"Head\x1b[31mline {n}", text="x", source="s", found=NOW)
            alert = Alert(
                f"{n}aaaabbbb", f"rule-{n % 2}", "1:0", "s", article.url, article.title, NOW - timedelta(hours=n),
                excerpts=("A «ferry» sank.",), story=f"st{n}",
            )  # fmt: skip
            archive.store([Entry(article, (alert,), ((alert.id, "hook"), (alert.id, "desk")))])
        ids = {(one.alert, one.channel): one.id for one in archive.outbox.waiting()}
        archive.outbox.bundle("m", "alert", [ids["0aaaabbbb", "hook"]], NOW)
        archive.outbox.mark_dead("hook", "m", NOW, "hook (https://e.x/…): answered 404")
        archive.outbox.bundle("n", "alert", [ids["1aaaabbbb", "hook"]], NOW)
        archive.outbox.mark_sent("hook", "n", NOW)
    return home


def call(app, *args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_alerts_are_listed_and_shown(folder: Path):
    lines = call(alerts.app, "list").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["0aaaabbbb", "1aaaabbbb", "2aaaabbbb"]
    assert "\x1b" not in lines[0]
    assert lines[0].endswith("desk:pending,hook:dead") or lines[0].endswith("hook:dead,desk:pending")
    rows = json.loads(call(alerts.app, "list", "--rule", "rule-1", "--json").stdout)
    assert [row["id"] for row in rows] == ["1aaaabbbb"]
    assert {one["channel"]: one["state"] for one in rows[0]["deliveries"]} == {"hook": "sent", "desk": "pending"}
    assert len(json.loads(call(alerts.app, "list", "--since", "90m", "--json").stdout)) == 2
    shown = call(alerts.app, "show", "0aaaa").stdout
    assert "A ferry sank." in shown
    assert "✗ hook  dead since" in shown
    assert "answered 404" in shown
    assert json.loads(call(alerts.app, "show", "1aaaa", "--json").stdout)["story"] == "st1"
    assert "no such alert" in str(CliRunner().invoke(alerts.app, ["show", "zzzz"]).exception)
    assert "No alerts yet" in call(alerts.app, "list", "--rule", "none").stderr


def test_dead_deliveries_are_listed_and_replayed(folder: Path):
    assert "answered 404" in call(alerts.app, "dead").stdout
    (row,) = json.loads(call(alerts.app, "dead", "--json").stdout)
    assert (row["alert"], row["channel"], row["attempts"]) == ("0aaaabbbb", "hook", 1)
    assert "expected an ID" in call(alerts.app, "replay", code=2).output
    assert "0 deliveries" in call(alerts.app, "replay", "1aaaabbbb").stdout
    assert "0 deliveries" in call(alerts.app, "replay", "--channel", "desk").stdout
    assert "1 delivery queued" in call(alerts.app, "replay", "0aaaabbbb").stdout
    assert "No dead" in call(alerts.app, "dead").stdout
    assert "0 deliveries" in call(alerts.app, "replay", "--all").stdout


def test_silences(folder: Path):
    assert "No silences" in call(alerts.app, "silence").stdout
    assert "rule floods is silenced until" in call(alerts.app, "silence", "--rule", "floods", "--until", "2d").stdout
    call(alerts.app, "silence", "--story", "st1", "--until", "2126-01-01")
    rows = json.loads(call(alerts.app, "silence", "--json").stdout)
    assert [(row["what"], row["name"]) for row in rows] == [("rule", "floods"), ("story", "st1")]
    assert "is no longer silenced" in call(alerts.app, "silence", "--rule", "floods", "--end").stdout
    assert "was not silenced" in call(alerts.app, "silence", "--rule", "floods", "--end").stdout
    for wrong in (["--rule", "a"], ["--until", "2d"], ["--rule", "a", "--source", "b", "--until", "2d"],
                  ["--rule", "a", "--until", "soon"], ["--rule", "a", "--until", "2001-01-01"]):  # fmt: skip
        call(alerts.app, "silence", *wrong, code=2)


def test_channels_are_listed_tested_and_opened_again(folder: Path):
    with hooks(share=0.0) as hook, mailbox() as box:
        text = WATCH.format(url=hook.url("/hook?token=s3cr3t-token"), port=box.port, secret=SECRET)
        (folder / "watch.yaml").write_text(text)
        closed = parse_watch(text, {}, subject="w").channel_by_id["hook"]
        with Archive.open(f"sqlite:///{folder}/var/wirewatch.db") as archive:
            archive.outbox.disable("hook", address_key(closed), NOW, "answered 410")
        rows = {row["id"]: row for row in json.loads(call(channels.app, "list", "--json").stdout)}
        assert [rows[name]["state"] for name in ("hook", "desk", "off")] == ["closed", "open", "paused"]
        assert (rows["desk"]["waiting"], rows["hook"]["dead"]) == (3, 1)
        listed = call(channels.app, "list").stdout
        assert "s3cr3t-token" not in listed
        assert "answered 410" in listed
        told = call(channels.app, "test", "hook").stdout
        assert "Delivered to hook (http://127.0.0.1" in told
        assert "open again" in told
        assert "was not closed" in call(channels.app, "open", "hook").stdout
        assert json.loads(call(channels.app, "test", "desk", "--json").stdout)["delivered"] is True
        assert box.mails[0].get_payload(0).get_payload().strip() == "T A test message from Wirewatch"
        assert hook.unsigned == []
        hook.share = 1.0
        assert "answered 500" in call(channels.app, "test", "hook", code=1).stderr
        assert json.loads(call(channels.app, "test", "hook", "--json", code=1).stdout)["delivered"] is False
        assert (
            "no channel 'nope'; expected one of: hook, desk, off" in call(channels.app, "test", "nope", code=2).output
        )
