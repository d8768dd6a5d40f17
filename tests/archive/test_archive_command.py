"""`wirewatch archive` and `wirewatch reextract`, as people and programs call them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from archive_postgres import Postgres, _binaries
from archive_samples import make_article, make_entry
from service_process import wirewatch
from typer.testing import CliRunner

from crawler.archive import Archive, Entry, Page
from crawler.cli.archive.commands import app
from crawler.cli.archive.reextract import reextract
from crawler.errors import WirewatchError
from crawler.state import EmbeddedServer

NOW = datetime.now(UTC)  # the commands ask the clock
main = typer.Typer()
main.add_typer(app, name="archive")
main.command()(reextract)
runner = CliRunner()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/w.db")
    return tmp_path


@pytest.fixture
def filled(folder: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{folder}/w.db") as archive:
        for number in range(6):
            article = make_article(number, found=NOW - timedelta(days=number), source=f"s{number % 2}")
            pages = (Page(article.url, NOW - timedelta(days=number), f"<p>{number}</p>".encode()),)
            made = make_entry(article, *(["r"] if number == 5 else []))
            archive.store([Entry(made.article, made.alerts, made.channels, pages=pages)])
        yield archive


def run(*arguments: object, code: int = 0) -> str:
    done = runner.invoke(main, [str(part) for part in arguments])
    if done.exception and not isinstance(done.exception, SystemExit | WirewatchError):
        raise done.exception
    assert (1 if isinstance(done.exception, WirewatchError) else done.exit_code) == code, done.output
    return done.output + (str(done.exception) if isinstance(done.exception, WirewatchError) else "")


def test_status(filled: Archive):
    told = json.loads(run("archive", "status", "--json"))
    assert (told["articles"], told["alerts"], told["pages"]["pages"]) == (6, 1, 6)
    assert 0 < told["bytes_live"] <= told["bytes_taken"]
    assert told["newest"] > told["oldest"]
    shown = run("archive", "status")
    assert "articles    6" in shown
    assert "pages       6" in shown


def test_prune_by_options_and_by_the_watch_file(filled: Archive, folder: Path):
    told = run("archive", "prune", "--keep", "3d12h", "--dry-run")
    assert told == "1 article would be deleted. Kept because of undelivered alerts: 1 article.\n"
    assert json.loads(run("archive", "prune", "--keep", "3d12h", "--dry-run", "--json")) == {
        "articles": 1, "pages": 0, "runs": 0, "undelivered": 1,
    }  # fmt: skip
    (folder / "watch.yaml").write_text("sources: []\narchive: {keep: 84h, keep_pages: 36h}\n")
    told = run("archive", "prune")
    assert "1 article, 4 pages deleted" in told
    assert sorted(row.id for row in filled.items()) == [1, 2, 3, 4, 6]
    assert "Nothing deleted" in run("archive", "prune", "--keep-pages", "36h")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "no retention is set"),
        (("--keep", "soon"), "not a duration"),
        (("--max-size", "20"), "not a size"),
        (("--max-size", "1MB"), "10MB or more"),
    ],
)
def test_prune_says_what_is_wrong(filled: Archive, options: tuple[str, ...], said: str):
    assert said in run("archive", "prune", *options, code=2).replace("\n", " ")
    assert filled.counts().articles == 6


def test_vacuum(filled: Archive):
    filled.close()
    told = json.loads(run("archive", "vacuum", "--reindex", "--json"))
    assert told["bytes_after"] <= told["bytes_before"]
    assert "now" in run("archive", "vacuum")


def test_backup_and_restore(filled: Archive, folder: Path):
    told = json.loads(run("archive", "backup", folder / "copy.db", "--json"))
    assert told["bytes"] == (folder / "copy.db").stat().st_size
    assert "already exists" in run("archive", "backup", folder / "copy.db", code=1)
    filled.store([make_entry(make_article(77))])
    assert "stop it first" in run("archive", "restore", folder / "copy.db", code=1)
    filled.close()
    told = json.loads(run("archive", "restore", folder / "copy.db", "--json"))
    assert told["articles"] == 6
    with Archive.open(f"sqlite:///{told['kept']}") as old:
        assert old.counts().articles == 7
    assert "The previous archive is in" in run("archive", "restore", folder / "copy.db")


def test_backup_and_restore_of_postgresql(postgres: Postgres, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{_binaries()}{os.pathsep}{os.environ['PATH']}")
    postgres.execute("CREATE DATABASE command")
    monkeypatch.setenv("WIREWATCH_DATABASE_URL", postgres.url("command"))
    with Archive.open(postgres.url("command")) as archive:
        archive.store([make_entry(make_article(1))])
    run("archive", "backup", folder / "copy.dump")
    assert "1 article restored" in run("archive", "restore", folder / "copy.dump")
    postgres.execute("DROP DATABASE command")
    postgres.execute("CREATE DATABASE command")
    assert json.loads(run("archive", "restore", folder / "copy.dump", "--json")) == {"articles": 1, "kept": None}
    postgres.execute("DROP DATABASE command WITH (FORCE)")


def test_pages_are_exported_and_shown(filled: Archive, folder: Path):
    assert "6 pages written" in run("archive", "pages", "export", folder / "all.warc.gz")
    assert gzip.decompress((folder / "all.warc.gz").read_bytes()).count(b"WARC-Type: response") == 6
    assert "3 pages" in run("archive", "pages", "export", folder / "some.warc", "--source", "s1")
    assert "must end in" in run("archive", "pages", "export", folder / "all.zip", code=2)
    assert "no pages of these" in run("archive", "pages", "export", folder / "none.warc", "--source", "s9", code=1)
    assert not (folder / "none.warc").exists()
    assert run("archive", "pages", "show", "3") == "<p>2</p>"
    assert "no such article" in run("archive", "pages", "show", "99", code=1)


def test_without_an_archive_nothing_is_made(folder: Path):
    for command in ("status", "vacuum", "backup"):
        assert "no archive found" in run("archive", command, *(["copy.db"] if command == "backup" else []), code=1)
    assert not list(folder.iterdir())


PAGE = """<html><head><title>The weir</title><meta property="og:site_name" content="News"></head><body><article>
<h1>The weir holds</h1><p>The harbour board met for six hours on the weir and left without a decision that anybody
could write down, which surprised nobody who had been there before.</p><p>Its second paragraph says that the engineers
will look at the gates on Friday, when the water is low and the ferries do not run, and tell the board in a week.</p>
</article></body></html>"""


@pytest.mark.slow
def test_pages_are_read_again(folder: Path, valkey: EmbeddedServer):
    url = "https://news.example/weir"
    stored = make_article(1, url=url, title="The weir holds", text="A boilerplate line", tags=("water",), agency="AFP")
    other = make_article(2, url="https://news.example/2", title="Gone", text="Was a text")
    kind = (("Content-Type", "text/html; charset=utf-8"),)
    with Archive.open(f"sqlite:///{folder}/w.db") as archive:
        archive.store([Entry(stored, revisit=NOW, pages=(Page(url, NOW, PAGE.encode(), 200, kind),))])
        archive.store([Entry(other, pages=(Page(other.url, NOW, b"<html><body>nothing</body></html>"),))])
    places = {"WIREWATCH_VAR": str(folder), "WIREWATCH_DATABASE_URL": f"sqlite:///{folder}/w.db"}
    places["WIREWATCH_REDIS_URL"] = valkey.url

    def called(*options: str, code: int = 0) -> list[str]:
        return wirewatch(folder, "reextract", *options, code=code, **places).splitlines()

    shown = called("--dry-run")
    assert (
        shown[-1]
        == "2 extracted again: 1 would change, 0 unchanged, 1 no longer yield an article and were left as they are."
    )
    with Archive.open(f"sqlite:///{folder}/w.db") as archive:
        assert archive.article(1).article.text == "A boilerplate line"
    *lines, last = map(json.loads, called("--json"))
    assert last == {"read": 2, "changed": 1, "same": 0, "failed": 1}
    assert "text" in next(line for line in lines if line["id"] == 1)["changed"]
    assert next(line for line in lines if line["id"] == 2)["why"]
    with Archive.open(f"sqlite:///{folder}/w.db") as archive:
        now = archive.article(1).article
        assert now.text.startswith("The harbour board met")
        assert (now.url, now.tags, now.source) == (url, ("water",), "example"), "what no page says stays"
        before, after = archive.visits.revisions(1)
        assert before.text == "A boilerplate line"
        assert after.changed[0] == "extractor"
        assert archive.visits.due_sources(NOW) == ["example"], "it is looked at again as planned"
        (visit,) = archive.visits.due("example", NOW)
        assert visit.version, "and what was corrected is no edit of the page"
        assert archive.article(2).article.text == "Was a text"
    assert "no pages of these articles are stored" in called("--source", "s9", code=1)[-1]
    assert called()[-1].startswith("2 extracted again: 0 changed, 1 unchanged")
