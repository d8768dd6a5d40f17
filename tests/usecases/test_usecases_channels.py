"""Channels are created and changed in the watch file; secrets go to the secrets file and are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config import fingerprint, load_watch
from crawler.config.file.secrets import change_secrets, is_exposed, read_secrets, secrets_path
from crawler.errors import ConfigError
from crawler.usecases.channels.editing import (
    Draft,
    DraftError,
    EditedFile,
    plan,
    plan_notices,
    plan_pause,
    plan_removal,
    save,
)
from crawler.usecases.channels.services import address_of, addressed

WATCH = """\
# mine
sources: []
channels:   # all of them
  - id: file
    url: file:x   # keep
rules:
  - id: a
    any: [x]
    send: [file]   # to whom
"""
MAIL = {"to": "a@example.org, b@example.org", "server": "192.0.2.1", "user": "me@example.org", "password": "p@ss word"}
HOOK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F"


@pytest.fixture
def file(tmp_path: Path) -> EditedFile:
    path = tmp_path / "watch.yaml"
    path.write_text(WATCH)
    return EditedFile(path, {"SET": "123456:abcdefghijkl"})


def test_a_secret_is_stored_beside_the_watch_file(file: EditedFile):
    planned = plan(file, Draft("desk", "mail", MAIL, {"private": True, "quiet": "22:00-06:00"}))
    assert "p%40ss" not in planned.diff
    assert file.text() == WATCH, "nothing is written by a plan"
    first = fingerprint(file.path)
    save(file, planned)
    assert "p%40ss" not in file.text()
    assert file.text().startswith(WATCH.partition("rules:")[0])
    assert read_secrets(file.path) == {"DESK_PASSWORD": "p%40ss%20word"}
    assert secrets_path(file.path).stat().st_mode & 0o777 == 0o600
    url = load_watch(file.path, {}).channel_by_id["desk"].url.get_secret_value()
    expected = "mailtos://me%40example.org:p%40ss%20word@192.0.2.1?to=a@example.org,b@example.org"
    assert url == expected
    assert fingerprint(file.path) != first
    second = fingerprint(file.path)
    change_secrets(file.path, {"DESK_PASSWORD": "new"})
    assert fingerprint(file.path) != second, "a service that runs takes up a new secret"


def test_an_edit_keeps_the_secret_and_a_removal_takes_it_along(file: EditedFile):
    save(file, plan(file, Draft("desk", "mail", MAIL, {"private": True})))
    save(file, plan(file, Draft("desk", "mail", MAIL | {"password": "", "to": "c@example.org"}), old="desk"))
    assert read_secrets(file.path) == {"DESK_PASSWORD": "p%40ss%20word"}
    assert "?to=c@example.org" in file.text()
    save(file, plan(file, Draft("desk", "slack", {"webhook": HOOK}), old="desk"))
    assert read_secrets(file.path) == {"DESK_WEBHOOK": HOOK.partition("services/")[2]}
    save(file, plan_notices(file, ["desk", "file"]))
    save(file, plan_pause(file, "desk", paused=True))
    watch = load_watch(file.path, {})
    assert (watch.health.send, watch.channel_by_id["desk"].paused) == (("desk", "file"), True)
    save(file, plan_removal(file, "desk"))
    assert read_secrets(file.path) == {}
    save(file, plan_removal(file, "file"))
    watch = load_watch(file.path, {})
    assert (watch.channels, watch.rules[0].send, watch.health.send) == ((), (), ())


def test_a_variable_of_the_environment_is_named(file: EditedFile):
    values = {"token": "${SET}", "chat": "-100"}
    save(file, plan(file, Draft("tg", "telegram", values)))
    assert "url: tgram://${SET}/-100" in file.text()
    assert not secrets_path(file.path).exists()
    with pytest.raises(DraftError, match="is not set") as found:
        plan(file, Draft("two", "telegram", values | {"token": "${UNSET}"}))
    assert list(found.value.fields) == ["token"]


@pytest.mark.parametrize(
    ("service", "values", "field"),
    [
        ("mail", {"to": "nobody", "server": "h.example"}, "to"),
        ("mail", {"to": "a@b.example", "server": "127.0.0.1", "security": "none"}, "private"),
        ("mail", MAIL | {"security": "none"}, "password"),
        ("slack", {"webhook": "https://example.org/s3cret"}, "webhook"),
        ("other", {"address": "file:/etc/x"}, "address"),
        ("ntfy", {"topic": "x", "server": "ntfy.sh", "nonsense": "y"}, "nonsense"),
    ],
)
def test_mistakes_are_of_a_field(file: EditedFile, service: str, values: dict[str, str], field: str):
    with pytest.raises(DraftError) as found:
        plan(file, Draft("desk", service, values))
    assert list(found.value.fields) == [field]
    assert "s3cret" not in str(found.value)


def test_a_change_of_somebody_else_is_not_overwritten(file: EditedFile):
    planned = plan(file, Draft("desk", "slack", {"webhook": HOOK}))
    file.path.write_text(WATCH + "# more\n")
    with pytest.raises(ConfigError, match="changed by another process"):
        save(file, planned)
    assert read_secrets(file.path) == {}


def test_secrets_in_the_file_itself_are_not_in_a_diff(file: EditedFile):
    file.path.write_text("channels:\n  - id: old\n    url: tgram://123456:abcdefghijkl/-100\n")
    assert "abcdefghijkl" not in plan(file, Draft("desk", "slack", {"webhook": HOOK})).diff
    assert "abcdefghijkl" not in plan_removal(file, "old").diff


def test_a_secrets_file_that_others_can_read_is_noticed(file: EditedFile):
    change_secrets(file.path, {"A": "1"})
    assert not is_exposed(file.path)
    secrets_path(file.path).chmod(0o644)
    assert is_exposed(file.path)
    change_secrets(file.path, {"A": "2"})
    assert not is_exposed(file.path)


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("slack://${A}", "slack"),
        ("workflow://${A}", "teams"),
        ("tgram://${A}/-100", "telegram"),
        ("discord://${A}", "discord"),
        ("ntfys://${A}@ntfy.sh/topic", "ntfy"),
        ("ntfy://h:80/p/topic", "ntfy"),
        ("matrixs://${A}@m.example/%23a%3Ab", "matrix"),
        ("mmosts://c.example/sub/${A}", "mattermost"),
        ("pover://${A}@${B}", "pushover"),
        ("gchat://${A}", "gchat"),
        ("gotify://127.0.0.1:80/sub/${A}", "gotify"),
        ("mailtos://u:${A}@h.example?to=a@b.example", "mail"),
        ("mailto://127.0.0.1:1025?to=a@b.example", "mail"),
        ("https://h.example/${A}", "webhook"),
        ("terminal:", "other"),
    ],
)
def test_addresses_are_read_back(address: str, service: str):
    found = addressed(address, address)
    assert found.service.key == service
    assert address_of(found.service, found.parts) == address
