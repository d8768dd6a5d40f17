"""`wirewatch tokens`, and `--raw` of exports, as somebody types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from archive.archive_samples import make_article
from typer.testing import CliRunner

from crawler.archive import Archive, Entry
from crawler.archive.queries.tokens import Scope
from crawler.cli import tokens
from crawler.cli.items import commands as items
from crawler.errors import ArchiveError

runner = CliRunner()
main = typer.Typer()
main.add_typer(tokens.app, name="tokens")
main.add_typer(items.app, name="items")


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    database = f"sqlite:///{tmp_path}/w.db"
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", database)
    return database


def run(*arguments: str, code: int = 0) -> str:
    done = runner.invoke(main, arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_token_is_made_listed_and_revoked(url: str):
    token = run("tokens", "add", "laptop").strip()
    assert token.startswith("wirewatch_")
    with Archive.open(url) as archive:
        found = archive.tokens.find(token, datetime.now(UTC))
        assert found is not None
        assert found.scopes == {Scope.READ}
        assert found.expires is None
    assert "laptop" in run("tokens", "list")
    assert "never" in run("tokens", "list")
    assert token not in run("tokens", "list", "--json")
    assert "Revoked laptop." in run("tokens", "revoke", "laptop")
    with Archive.open(url) as archive:
        assert archive.tokens.find(token, datetime.now(UTC)) is None
    assert run("tokens", "list") == ""


def test_scopes_and_an_end(url: str):
    made = json.loads(run("tokens", "add", "bot", "--scope", "write", "-s", "crawl", "--expires", "90d", "--json"))
    assert made["scopes"] == ["crawl", "write"]
    left = datetime.fromisoformat(made["expires"]) - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    with Archive.open(url) as archive:
        found = archive.tokens.find(made["token"], datetime.now(UTC))
        assert found is not None
        assert {scope for scope in Scope if found.allows(scope)} == {Scope.READ, Scope.WRITE, Scope.CRAWL}
    run("tokens", "add", "brief", "--expires", "1h")
    assert "2" in run("tokens", "list")


def test_what_cannot_be():
    for wrong in (
        ["a b"],
        ["-"],
        ["x" * 65],
        ["ok", "--expires", "soon"],
        ["ok", "--expires", "0d"],
        ["ok", "-s", "all"],
    ):
        run("tokens", "add", *wrong, code=2)
    run("tokens", "add", "ok")
    with pytest.raises(ArchiveError, match="a token of this name exists"):
        run("tokens", "add", "ok")
    with pytest.raises(ArchiveError, match="no such token"):
        run("tokens", "revoke", "nobody")


def test_exports_disarm_formulas_unless_raw(url: str):
    with Archive.open(url) as archive:
        archive.store([Entry(make_article(1, title="=1+1"))])
    for command in (("items", "export"), ("items", "list")):
        assert ",'=1+1," in run(*command, "--format", "csv")
        assert ",=1+1," in run(*command, "--format", "csv", "--raw")
    assert '"title":"=1+1"' in run("items", "export")
