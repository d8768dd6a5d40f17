"""The context that every handler needs: one frozen value, built once and stored as `app.state.site`."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from crawler.archive import Archive
from crawler.errors import ConfigError, Problem
from crawler.runtime import Places, utc_now
from crawler.web.live import Follower
from crawler.web.server.addresses import Addresses
from crawler.web.server.holding import ArchiveHolder, WatchFile

SECRET_FILE = "web-secret"  # noqa: S105  a file's name
PASSWORD_FILE = "web-password"  # noqa: S105  a file's name
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Site:
    """The web page of one installation. Everything in it may be used from any thread."""

    places: Places
    environ: Mapping[str, str]  # for ${NAME} in the watch file
    archive_holder: ArchiveHolder
    watch_file: WatchFile
    follower: Follower
    addresses: Addresses
    secret: bytes  # of this installation; derive keys from it, never show it
    password: str = ""  # an argon2 hash; "" if the page has no password
    now: Callable[[], datetime] = field(default=utc_now)

    @property
    def archive(self) -> Archive:
        """The archive, opened on first use. Raises ArchiveError if it does not exist."""
        return self.archive_holder.archive()

    @property
    def redis_url(self) -> str:
        """The URL of the running service's Redis; "" if no service can be running."""
        return self.places.service_url


def open_site(
    places: Places,
    watch_path: Path,
    environ: Mapping[str, str],
    addresses: Addresses,
    *,
    secret: bytes = b"",
    password: str = "",
    now: Callable[[], datetime] = utc_now,
) -> Site:
    """Return the site of an installation. Only the secret is read, unless it is given; nothing else is opened yet.

    Raises ConfigError if the secret can be neither read nor written.
    """
    archive_holder = ArchiveHolder(places.database_url)
    return Site(
        places=places,
        environ=environ,
        archive_holder=archive_holder,
        watch_file=WatchFile(watch_path, environ),
        follower=Follower(archive_holder),
        addresses=addresses,
        secret=secret or secret_in(places.folder),
        password=password,
        now=now,
    )


def secret_in(folder: Path) -> bytes:
    """Return the secret of this installation, from a file that only its owner can read. It is created on first use.

    If two processes create it, the first one wins. Raises ConfigError if it can be neither read nor written.
    """
    path = folder / SECRET_FILE
    try:
        if not path.exists():
            _create_secret(path)
        found = path.read_bytes()
    except OSError as error:
        problem = Problem(0, 0, error.strerror or "cannot be written", "give this user write permission for the folder")
        raise ConfigError((problem,), subject=str(path)) from error
    if len(found) < _SECRET_BYTES:
        raise ConfigError((Problem(0, 0, "the secret in this file is too short", "delete it"),), subject=str(path))
    return found


def _create_secret(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()


def site_of(request: Request) -> Site:
    """Return the site of a request."""
    site: Site = request.app.state.site
    return site


SiteOf = Annotated[Site, Depends(site_of)]
