"""Backup and restore of a PostgreSQL archive with PostgreSQL's own tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, text

from crawler.archive.database import Database
from crawler.archive.failures import masked
from crawler.errors import ArchiveError
from crawler.private import apply_user_umask

TOOLS: Final = "Install the PostgreSQL client programs: apt install postgresql-client, or brew install libpq"


def dump_database(url: URL, copy: Path) -> None:
    """Copy a snapshot of the database (pg_dump's custom format). Raises ArchiveError."""
    if copy.exists():
        raise ArchiveError("already exists: choose another name, or delete it first", subject=str(copy))
    unfinished = copy.with_name(f".{copy.name}.part")
    try:
        _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}")
        apply_user_umask(unfinished)
        unfinished.replace(copy)
    except OSError as error:
        raise ArchiveError(f"cannot be written: {error.strerror or error}", subject=str(copy)) from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore_database(url: URL, copy: Path, now: datetime, *, create: bool) -> Path | None:
    """Replace the database by a copy; return where the old content was saved, None with `create` (it was empty).

    Raises ArchiveError, also while another Wirewatch is connected.
    """
    if not copy.is_file():
        raise ArchiveError("no such file", subject=str(copy))
    kept = None
    if not create:
        with Database.open(url.render_as_string(hide_password=False), create=False) as database:
            if database.read(_others):
                raise ArchiveError("in use by a running Wirewatch: stop it first", subject=masked(url))
        kept = copy.with_name(f"{url.database}.before-{now:%Y%m%d-%H%M%S}.dump")
        dump_database(url, kept)
    _run(url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(copy), database="-d")
    return kept


def _others(connection: Connection) -> int:
    """Return the number of other connections of this program to this database."""
    mine = "datname = current_database() AND application_name = 'wirewatch' AND pid <> pg_backend_pid()"
    statement = text(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}")  # noqa: S608  no user input
    return connection.scalar(statement) or 0


def _run(url: URL, program: str, *arguments: str, database: str = "--dbname") -> None:
    found = shutil.which(program)
    if found is None:
        raise ArchiveError(f"{program} is not installed. {TOOLS}", subject=masked(url))
    bare = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [found, *arguments, *([f"{database}={bare}"] if database.startswith("--") else [database, bare])]
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        raise ArchiveError(f"{program} failed: {lines[0][:300]}", subject=masked(url))
