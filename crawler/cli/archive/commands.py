"""`wirewatch archive`: show its size, prune, vacuum, back up and restore it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from crawler.archive.database import Database
from crawler.archive.engine import parse_url
from crawler.archive.maintenance.backup import backup_file, restore_file
from crawler.archive.maintenance.backup_postgres import dump_database, restore_database
from crawler.archive.maintenance.disk_usage import archive_info
from crawler.archive.maintenance.retention import Policy, Pruned, prune
from crawler.archive.maintenance.vacuum import vacuum
from crawler.cli.archive.pages import app as pages
from crawler.cli.items.options import database_url, open_archive
from crawler.cli.rules.common import watch_or_none
from crawler.cli.watchfile import DEFAULT, Json, WatchFile
from crawler.config.archive import read_size, show_size
from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import read_duration
from crawler.errors import ArchiveError

app = typer.Typer(help="Show the archive's size, prune, back up and restore it.", no_args_is_help=True)
app.add_typer(pages, name="pages")

STATUS_EPILOG = """Examples:

  wirewatch archive status

  wirewatch archive status --json | jq .bytes_an_article
"""
PRUNE_EPILOG = """Examples:

  wirewatch archive prune                           apply `archive:` from the watch file

  wirewatch archive prune --keep 365d --dry-run     show what would be deleted

  wirewatch archive prune --max-size 20GB --keep-pages 30d
"""
VACUUM_EPILOG = """Examples:

  wirewatch archive vacuum

  wirewatch archive vacuum --reindex                also rebuilds the search index
"""
BACKUP_EPILOG = """Examples:

  wirewatch archive backup /backup/wirewatch-$(date +%F).db      SQLite; the service may be running

  wirewatch archive backup /backup/wirewatch-$(date +%F).dump    PostgreSQL; uses pg_dump
"""
RESTORE_EPILOG = """Examples:

  wirewatch archive restore /backup/wirewatch-2026-11-22.db

  wirewatch state rebuild                           then rebuild Redis from the archive
"""


@app.command(epilog=STATUS_EPILOG)
def status(as_json: Json = False) -> None:
    """Show the number of articles, revisions, stories, alerts and pages, and their disk usage."""
    with open_archive() as archive:
        found = archive_info(archive)
    size = found.usage.live // found.usage.articles if found.usage.articles else 0
    if as_json:
        times = {name: time.isoformat() if time else None for name, time in _ends(found.oldest, found.newest)}
        report = {"url": found.url, "schema": found.schema, **found.rows, "pages": asdict(found.pages)}
        report |= {"bytes_taken": found.usage.taken, "bytes_live": found.usage.live, "bytes_an_article": size, **times}
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    lines = [("archive", found.url), ("schema", str(found.schema))]
    lines += [(name, f"{count:,}") for name, count in found.rows.items()]
    if found.pages.pages:
        packed = f"{show_size(found.pages.packed)}, {show_size(found.pages.size)} unpacked"
        lines.append(("pages", f"{found.pages.pages:,} ({packed})"))
    free = found.usage.taken - found.usage.live
    lines.append(
        ("disk usage", show_size(found.usage.taken) + (f", including {show_size(free)} free" if free > _MUCH else ""))
    )
    lines.append(("per article", f"{size:,} bytes, including related data"))
    lines += [(name, f"{time.astimezone():%Y-%m-%d %H:%M}") for name, time in _ends(found.oldest, found.newest) if time]
    for name, value in lines:
        typer.echo(f"{name:<11} {value}")


@dataclass(frozen=True, slots=True)
class Kept:
    """The retention that the options set."""

    keep: timedelta | None
    max_size: int | None
    keep_pages: timedelta | None


@app.command("prune", epilog=PRUNE_EPILOG)
def prune_archive(
    *,
    keep: Annotated[
        str | None, typer.Option(metavar="AGE", help="Delete articles older than this, such as 365d.")
    ] = None,
    max_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Delete the oldest articles beyond this size, such as 20GB.")
    ] = None,
    keep_pages: Annotated[
        str | None, typer.Option(metavar="AGE", help="Delete pages older than this, such as 30d.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted.")] = False,
    as_json: Json = False,
    watch: WatchFile = DEFAULT,
) -> None:
    """Delete old articles and pages. The service does this once a day, as set in the watch file.

    Articles with undelivered alerts are kept. Run `vacuum` to return the space to the file system.
    """
    policy = _policy(keep, max_size, keep_pages, watch)
    with open_archive() as archive, _progress("deleting", show=not (dry_run or as_json)) as (bar, task):
        gone = prune(
            archive,
            policy,
            datetime.now(UTC),
            dry_run=dry_run,
            on_progress=lambda count: bar.update(task, description=f"{count:,} articles deleted"),
        )
    typer.echo(json.dumps(asdict(gone)) if as_json else _gone(gone, dry_run=dry_run))


@app.command("vacuum", epilog=VACUUM_EPILOG)
def vacuum_archive(
    reindex: Annotated[bool, typer.Option("--reindex", help="Rebuild the search index even if it is sound.")] = False,
    as_json: Json = False,
) -> None:
    """Return unused space to the file system. SQLite needs the same free space while it runs, and blocks writes."""
    with open_archive() as archive, _progress("vacuuming", show=not as_json) as (bar, task):
        before, after = vacuum(
            archive, lambda count: bar.update(task, description=f"{count:,} articles indexed"), reindex=reindex
        )
    if as_json:
        typer.echo(json.dumps({"bytes_before": before.taken, "bytes_after": after.taken}))
    else:
        typer.echo(f"{show_size(before.taken)} before, {show_size(after.taken)} now.")


@app.command(epilog=BACKUP_EPILOG)
def backup(
    file: Annotated[Path, typer.Argument(help="File to create; must not exist.")], as_json: Json = False
) -> None:
    """Write and verify a consistent copy of the archive. The service may be running."""
    url = parse_url(database_url())
    with Database.open(database_url(), create=False), _progress("copying", show=not as_json) as (bar, task):
        if url.drivername.startswith("sqlite"):
            backup_file(Path(url.database or ""), file, lambda done, all_: bar.update(task, completed=done, total=all_))
        else:
            dump_database(url, file)
    size = file.stat().st_size
    report = {"file": str(file), "bytes": size}
    typer.echo(json.dumps(report) if as_json else f"{file}: {show_size(size)}")


@app.command(epilog=RESTORE_EPILOG)
def restore(file: Annotated[Path, typer.Argument(help="A file written by `backup`.")], as_json: Json = False) -> None:
    """Restore a backup. Stop the service first. The current archive is kept under another name."""
    url, now = parse_url(database_url()), datetime.now(UTC)
    if url.drivername.startswith("sqlite"):
        former = restore_file(file, Path(url.database or ""), now)
    else:
        former = restore_database(url, file, now, create=not _exists())
    with open_archive() as archive:
        count = archive.counts().articles
    if as_json:
        typer.echo(json.dumps({"articles": count, "kept": str(former) if former else None}))
        return
    typer.echo(f"{_many(count, 'article')} restored." + (f" The previous archive is in {former}." if former else ""))
    typer.echo("Run `wirewatch state rebuild` next to bring Redis in line with the archive.", err=True)


_MUCH = 10**6  # bytes


def _exists() -> bool:
    try:
        open_archive().close()
    except ArchiveError as error:
        if error.transient:
            raise
        return False
    return True


def _ends(oldest: datetime | None, newest: datetime | None) -> list[tuple[str, datetime | None]]:
    return [("oldest", oldest), ("newest", newest)]


def _policy(keep: str | None, max_size: str | None, keep_pages: str | None, watch: Path) -> Policy:
    """Return the retention policy of the options; without any, that of the watch file. Raises BadParameter."""
    if keep is None and max_size is None and keep_pages is None:
        known = watch_or_none(watch)
        if known is None or not (known.archive.keep or known.archive.max_size or known.archive.keep_pages):
            raise typer.BadParameter(
                "no retention is set: use --keep 365d, --max-size 20GB or --keep-pages 30d, "
                "or write `archive: {keep: 365d}` in the watch file"
            )
        return known.archive
    try:
        return Kept(
            read_duration(keep) if keep else None,
            read_size(max_size) if max_size else None,
            read_duration(keep_pages) if keep_pages else None,
        )
    except InvalidValue as mistake:
        raise typer.BadParameter(f"{mistake.found}: {mistake.fix}") from mistake


def _gone(gone: Pruned, *, dry_run: bool) -> str:
    counts = ((gone.articles, "article"), (gone.pages, "page"), (gone.runs, "run"))
    parts = [_many(count, name) for count, name in counts if count]
    line = f"{', '.join(parts) or 'Nothing'} {'would be deleted' if dry_run else 'deleted'}."
    if gone.undelivered:
        line += f" Kept because of undelivered alerts: {_many(gone.undelivered, 'article')}."
    return line


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' * (count != 1)}"


@contextmanager
def _progress(what: str, *, show: bool) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not show)
    with bar:
        yield bar, bar.add_task(what, total=None)
