"""Other users of the machine read nothing of the folder of state, whatever the umask."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from service_process import Running, environment

from crawler.private import make_private


def open_to_others(folder: Path) -> dict[str, str]:
    found = (folder, *folder.rglob("*"))
    modes = {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in found}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


def in_a_shell(folder: Path, command: str, umask: str) -> None:
    """Run a command line with an umask, which a process forked from the tests' nursery would not get."""
    text = f"umask {umask}; exec {sys.executable} -m crawler {command}"
    env = environment(PYTHONPATH=str(Path(__file__).parents[2]))
    subprocess.run(["sh", "-c", text], cwd=folder, env=env, check=True, timeout=90)


def test_what_a_service_creates_is_its_users_alone(tmp_path: Path):
    var = tmp_path / "var"
    with Running(tmp_path, command=("run", "--plain")) as service:
        service.until("Web page:")
        names = {path.name for path in var.iterdir()}
        assert names >= {"wirewatch.db", "wirewatch.db-wal", "valkey.sock", "valkey.conf", "wirewatch.lock"}
        assert open_to_others(var) == {}
    assert open_to_others(var) == {}
    assert stat.S_IMODE((tmp_path / "watch.yaml").stat().st_mode) == 0o644


def test_an_older_folder_is_closed_with_one_line(tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources: []\n")
    var = tmp_path / "var"
    (var / "feeds").mkdir(parents=True)
    for name in ("wirewatch.log", "web-secret.old", "feeds/all-2026-01-01.jsonl"):
        (var / name).write_text("")
        (var / name).chmod(0o644)
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "elsewhere").chmod(0o644)
    (var / "link").symlink_to(tmp_path / "elsewhere")
    var.chmod(0o755)
    with Running(tmp_path) as service:
        service.until("Press Ctrl-C to stop")
    lines = [line for line in service.lines if "readable by other users" in line]
    assert len(lines) == 1
    assert set(open_to_others(var)) == {"link"}, "the mode of a link says nothing"
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o644


def test_an_export_has_the_users_umask_and_one_into_the_folder_has_not(tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources: [{id: a, feed: 'https://example.org/feed'}]\n")
    with Running(tmp_path) as service:
        service.until("Press Ctrl-C to stop")
    for name in ("out.jsonl", "var/out.jsonl"):
        in_a_shell(tmp_path, f"items export --output {name}", "027")
    in_a_shell(tmp_path, "archive backup copy.db", "027")
    in_a_shell(tmp_path, "sources export feeds.opml", "027")
    modes = [oct(stat.S_IMODE((tmp_path / name).stat().st_mode)) for name in ("out.jsonl", "copy.db", "feeds.opml")]
    assert modes == ["0o640"] * 3
    assert open_to_others(tmp_path / "var") == {}


def test_what_belongs_to_somebody_else_is_left_alone_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def refuse(self: Path, mode: int, **_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refuse)  # of the operating system: root is refused nothing
    make_private(tmp_path)
    assert "1 files or folders are readable by other users and owned by another user" in caplog.text


@pytest.mark.parametrize("trap", ["sticky", "home"])
def test_a_folder_with_other_uses_is_left_as_it_is(
    tmp_path: Path, trap: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    if trap == "home":
        monkeypatch.setenv("HOME", str(tmp_path / "me"))
    mode = 0o1777 if trap == "sticky" else 0o755
    tmp_path.chmod(mode)
    with caplog.at_level(logging.WARNING):
        make_private(tmp_path)
    assert "has other uses than Wirewatch" in caplog.text
    assert stat.S_IMODE(tmp_path.stat().st_mode) == mode
