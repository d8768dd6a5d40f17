"""`wirewatch check` and `wirewatch sources` as a person or a script runs them."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from mocksite import MockSite
from typer.testing import CliRunner, Result

from crawler.cli import check
from crawler.cli.sources import commands as sources
from crawler.config import load_watch

GOOD = """\
# mine
defaults: {delay: 0s}
sources:
  - id: alpha   # the best
    feed: https://a.org/rss
    every: 1h30m
    headers: {Authorization: "Bearer ${TOKEN}"}
  - id: beta
    site: https://b.org
    paused: true
  - {id: gamma, page: "https://c.org/notices", cron: "0 7 * * mon-fri", timezone: Africa/Nairobi, tags: [x, y]}
  - {id: delta, section: "https://d.org/world"}
rules:
  - {id: r, any: [x]}
"""

app = typer.Typer()
app.command(epilog=check.EPILOG)(check.check)
app.add_typer(sources.app, name="sources")


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"TOKEN": "s3cret", "COLUMNS": "120"} | (env or {}))


async def added(*arguments: str) -> Result:
    """What `sources add` answers, beside the loop of the reactor."""
    return await asyncio.to_thread(run, "sources", "add", *arguments)


def is_untouched(watch: Path) -> bool:
    return watch.read_text() == GOOD


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_good_file_is_summed_up(watch: Path):
    result = run("check", str(watch))
    assert result.exit_code == 0
    assert "no mistakes. 4 sources, 1 rule, 0 channels, 0 feeds." in result.stdout
    assert "1 by feed, 1 by site, 1 by page, 1 by section; 1 paused." in result.stdout
    assert "Rules that notify no one (no `send`): r." in result.stdout


def test_every_mistake_has_its_line_a_caret_and_what_would_be_right(watch: Path):
    watch.write_text(GOOD.replace("every: 1h30m", "evry: 10").replace("{id: r, any: [x]}", "{id: r, any: ['米 米']}"))
    result = run("check", str(watch))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert (
        f"{watch}:6:5: unknown key `evry`\n    6 |     evry: 10\n      |     ^\n        write every\n" in result.stderr
    )
    assert result.stderr.endswith(f"1 mistake in {watch}\n")


def test_the_caret_counts_wide_signs_twice(watch: Path):
    watch.write_text('rules: [{id: r, query: "日本 AND (x"}]')
    result = run("check", str(watch))
    line, caret = re.search(r" \| (rules.*)\n +\| ( *)\^", result.stderr).groups()  # type: ignore[union-attr]
    assert line.startswith("rules")
    assert len(caret) == line.index("(") + 2


def test_secrets_are_stars_in_every_output(watch: Path):
    watch.write_text(GOOD + "channels:\n  - id: c\n    url: [slack://s3cret]\n    secrets: s3cret\n")
    for arguments in (("check", str(watch)), ("check", str(watch), "--json")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "s3cret" not in result.output
    watch.write_text(GOOD)
    assert "s3cret" not in run("sources", "list", "--json", "--watch", str(watch)).output


def test_addresses_that_no_sender_can_use_are_told(watch: Path):
    watch.write_text(
        "channels:\n- {id: a, url: 'terminal:'}\n- {id: b, url: 'slakc://s3cret'}\n- {id: c, url: 'file:'}\n"
    )
    result = run("check", str(watch))
    assert result.exit_code == 1
    assert f"{watch}:3:16: not a valid slakc: address" in result.stderr
    assert f"{watch}:4:16: file: requires a path" in result.stderr
    assert "s3cret" not in result.output


def test_check_for_programs(watch: Path):
    told = json.loads(run("check", "--json", "--watch", str(watch)).stdout)
    assert told == {"file": str(watch), "ok": True, "problems": [], "sources": 4, "rules": 1, "channels": 0, "feeds": 0}
    watch.write_text("evry: 1")
    result = run("check", "--json", env={"WIREWATCH_WATCH": str(watch)})
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["ok"] is False
    assert [(p["line"], p["column"], p["found"]) for p in told["problems"]] == [(1, 1, "unknown key `evry`")]


def test_the_schema_is_json():
    result = run("check", "--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Wirewatch watch file"


def test_a_missing_file_and_a_terminal_escape(tmp_path: Path):
    result = run("check", str(tmp_path / "no.yaml"))
    assert result.exit_code == 1
    assert "no such file" in result.stderr
    path = tmp_path / "w.yaml"
    path.write_text('"\\e[31mred": 1\nsources: [{id: "\\e]0;x\\a", feed: https://a.org}]')
    result = run("check", str(path))
    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_help_shows_examples():
    for arguments in (("check",), ("sources",), ("sources", "add")):
        result = run(*arguments, "--help")
        assert result.exit_code == 0
        assert "Examples:" in result.stdout
    for name in ("list", "add", "remove", "import", "export"):
        assert name in run("sources", "--help").stdout


def test_sources_are_listed(watch: Path):
    text = run("sources", "list", "--watch", str(watch)).stdout
    rows = {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line.strip(" ─")}
    assert rows["alpha"] == "alpha feed https://a.org/rss every 1h30m"
    assert rows["beta"] == "beta site https://b.org paused"
    assert rows["gamma"] == "gamma page https://c.org/notices 0 7 * * mon-fri (Africa/Nairobi) x y"
    assert rows["delta"] == "delta section https://d.org/world adaptive"
    listed = json.loads(run("sources", "list", "--json", "--watch", str(watch)).stdout)
    assert [listed[0][key] for key in ("id", "kind", "url")] == ["alpha", "feed", "https://a.org/rss"]
    assert listed[0]["every"] == "1h30m"
    watch.write_text("sources: []")
    assert "has no sources" in run("sources", "list", "--watch", str(watch)).stdout


def test_a_broken_file_is_told_by_each_command(watch: Path, tmp_path: Path):
    watch.write_text("sources: [")
    opml = tmp_path / "f.opml"
    opml.write_text("<opml><body/></opml>")
    for arguments in (
        ("list",),
        ("remove", "a"),
        ("import", str(opml)),
        ("export",),
        ("add", "a.org", "--kind", "site"),
    ):
        result = run("sources", *arguments, "--watch", str(watch))
        assert result.exit_code == 1
        assert "an unclosed list" in result.stderr


def test_a_source_is_removed_and_the_rest_stays(watch: Path):
    assert run("sources", "remove", "beta", "--watch", str(watch)).exit_code == 0
    text = watch.read_text()
    assert "beta" not in text
    assert text.startswith("# mine\n")
    assert "# the best" in text
    result = run("sources", "remove", "beta", "--watch", str(watch))
    assert result.exit_code == 1
    assert "no entry with the id `beta`" in result.stderr


def test_a_source_is_paused_and_taken_up_again(watch: Path):
    assert run("sources", "pause", "alpha", "--watch", str(watch)).stdout == "alpha is paused.\n"
    assert load_watch(watch, {"TOKEN": "x"}).source_by_id["alpha"].paused
    assert run("sources", "resume", "alpha", "--watch", str(watch)).exit_code == 0
    assert watch.read_text() == GOOD
    assert run("sources", "resume", "zz", "--watch", str(watch)).exit_code == 1


OPML = """<opml version="2.0"><body><outline text="World">
<outline text="New" xmlUrl="https://new.org/rss"/><outline text="Old" xmlUrl="https://a.org/rss"/></outline></body></opml>"""


def test_feeds_are_imported_and_exported(watch: Path, tmp_path: Path):
    opml, out = tmp_path / "f.opml", tmp_path / "out.opml"
    opml.write_text(OPML)
    dry = run("sources", "import", str(opml), "--dry-run", "--watch", str(watch))
    assert "1 would be added" in dry.stdout
    assert watch.read_text() == GOOD
    result = run("sources", "import", str(opml), "--watch", str(watch))
    assert result.exit_code == 0
    assert "+ new  https://new.org/rss" in result.stdout
    assert "skipped Old: same address as alpha" in result.stdout
    assert load_watch(watch, {"TOKEN": "x"}).source_by_id["new"].tags == ("world",)
    assert 'xmlUrl="https://new.org/rss"' in run("sources", "export", "--watch", str(watch)).stdout
    result = run("sources", "export", str(out), "--watch", str(watch))
    assert "Wrote 2 feeds" in result.stdout
    assert "3 sources that are not feeds were skipped" in result.stdout
    assert out.read_text().count("xmlUrl") == 2
    assert run("sources", "export", str(tmp_path), "--watch", str(watch)).exit_code == 1
    opml.write_text("x")
    assert "not an OPML file" in run("sources", "import", str(opml), "--watch", str(watch)).stderr


def test_an_import_that_would_spoil_the_file_changes_nothing(watch: Path, tmp_path: Path):
    watch.write_text("sources: {a: b}")
    opml = tmp_path / "f.opml"
    opml.write_text(OPML)
    assert run("sources", "import", str(opml), "--watch", str(watch)).exit_code == 1
    assert watch.read_text() == "sources: {a: b}"


@pytest.fixture
def site() -> Iterator[MockSite]:
    with MockSite() as site:
        links = (
            f"<h2><a href='/2026/a-story-about-matter-{n}'>A headline about matter {n}, long</a></h2>" for n in range(9)
        )
        site.put("/", f"<title>The \x1b[31mPaper</title><main>{''.join(links)}</main>")
        items = (f"<item><title>Matter {n}</title><link>/2026/story-{n}</link></item>" for n in range(9))
        site.put("/rss.xml", f"<rss version='2.0'><channel><title>News</title>{''.join(items)}</channel></rss>")
        yield site


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_a_feed_is_recognised_and_added(watch: Path, site: MockSite):
    url = site.url("/rss.xml")
    result = await added(url, "--id", "paper", "--every", "10m", "--tag", "x", "--tag", "z", "--watch", str(watch))
    assert result.exit_code == 0
    assert f"fetching {url}" in result.stderr
    assert f"{url} is a feed (News):\n  a feed with 9 articles\nAdded to {watch}:\n  id: paper\n" in result.stdout
    source = load_watch(watch, {"TOKEN": "x"}).source_by_id["paper"]
    assert (source.feed, source.tags) == (url, ("x", "z"))
    again = await added(url, "--watch", str(watch))
    assert again.exit_code == 1
    assert "already watched, as paper" in again.stderr


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_a_site_is_explored_and_told_but_not_added_in_a_dry_run(watch: Path, site: MockSite):
    result = await added(site.url("/"), "--dry-run", "--watch", str(watch))
    assert result.exit_code == 0
    assert "is a site (The  [31mPaper):" in result.stdout
    assert f"feed {site.url('/rss.xml')}: 9 items" in result.stdout
    assert "Would be added" in result.stdout
    assert "\x1b" not in result.output
    assert is_untouched(watch)


def test_adding_for_programs_makes_the_file_and_an_id_of_its_own(tmp_path: Path):
    path = tmp_path / "new.yaml"
    assert run("sources", "add", "https://a.org/one", "--kind", "page", "--watch", str(path)).exit_code == 0
    result = run("sources", "add", "b.org/one", "--kind", "page", "--id", "a-one", "--watch", str(path))
    assert result.exit_code == 1
    assert "duplicate id" in result.stderr
    told = json.loads(
        run("sources", "add", "http://a.org/one", "--kind", "page", "--json", "--watch", str(path)).stdout
    )
    assert told == {
        "source": {"id": "a-one-2", "page": "http://a.org/one"},
        "why": ["set by --kind"],
        "added": True,
        "watch": str(path),
    }
    assert [source.id for source in load_watch(path, {}).sources] == ["a-one", "a-one-2"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--every", "3"), "not a duration"),
        (("--id", "A B"), "not an id"),
        (("--tag", "A B"), "not an id"),
        (("--kind", "blog"), "not a source type"),
    ],
)
def test_wrong_options_are_told(watch: Path, arguments: tuple[str, str], told: str):
    result = run("sources", "add", "a.org", *arguments, "--watch", str(watch))
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("reactor")
async def test_what_cannot_be_fetched_or_added_is_told(watch: Path, site: MockSite):
    for address, options, told in (
        (site.dead_url("/"), (), "refused"),
        (site.url("/no"), (), "responded with status 404"),
        ("news", (), "not a web address"),
        ("a.org", ("--kind", "site", "--every", "1s"), "too short"),
    ):
        result = await added(address, *options, "--watch", str(watch))
        assert result.exit_code == 1
        assert told in result.stderr
    assert is_untouched(watch)


def test_less_than_a_minute_for_a_public_site_is_questioned(tmp_path: Path):
    path = tmp_path / "watch.yaml"
    path.write_text("defaults: {every: 15s}\nsources: []\n")
    arguments = ("sources", "add", "https://a.org/one", "--kind", "page", "--watch", str(path))
    for options in ((), ("--every", "30s")):
        asked = run(*arguments, *options)
        assert asked.exit_code == 1
        assert "crawls of a.org a day" in asked.stderr
        assert "--yes" in asked.stderr
    assert "a.org" not in path.read_text()
    assert run(*arguments, "--every", "adaptive", "--name", "The One").exit_code == 0
    assert "name: The One" in path.read_text()
    assert "every: adaptive" in path.read_text()
    assert json.loads(run("sources", "list", "--json", "--watch", str(path)).stdout)[0]["name"] == "The One"
    fast = ("sources", "add", "https://b.org/one", "--kind", "page", "--every", "30s", "--watch", str(path))
    assert run(*fast, "--yes").exit_code == 0
