"""The archive and the watch file as the web server holds them: reopened and reloaded when they are replaced."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crawler.archive import Archive
from crawler.config import Watch, load_watch
from crawler.config.file.secrets import secrets_path, with_secrets
from crawler.errors import ConfigError, Problem
from crawler.observe.logs import HIDDEN

Version: TypeAlias = tuple[int, int, int] | None


class ArchiveHolder:
    """Opens the archive on first use, and again when its file was replaced, for example by a restored backup."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file = Path(url.partition(":///")[2]) if url.startswith("sqlite") else None
        self._archive: Archive | None = None
        self._opened: int | None = None
        self._lock = threading.Lock()

    def archive(self) -> Archive:
        """Return the archive. Raises ArchiveError if it does not exist or cannot be opened."""
        with self._lock:
            current = _inode(self._file)
            if self._archive is None or current != self._opened:
                if self._archive is not None:
                    self._archive.close()
                    self._archive = None
                self._archive = Archive.open(self._url, create=False)
                self._opened = current
            return self._archive

    def close(self) -> None:
        """Close all connections; the next use opens them again."""
        with self._lock:
            if self._archive is not None:
                self._archive.close()
            self._archive = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The watch file in use, and the errors of the current file."""

    watch: Watch
    problems: tuple[Problem, ...] = ()


class WatchFile:
    """The watch file, reloaded when it changes. If the new file has errors, the last valid one stays in use."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ
        self._lock = threading.Lock()
        self._seen: tuple[Version, Version] | None = None
        self._reading: Reading | None = None

    def read(self) -> Reading:
        """Return the current file; an unchanged file costs two directory lookups."""
        version = self._version()
        with self._lock:
            if self._reading is None or version != self._seen:
                last = self._reading.watch if self._reading else Watch()
                try:
                    self._reading = Reading(load_watch(self.path, self._environ))
                    HIDDEN.hide(self._reading.watch.secrets)
                except ConfigError as error:
                    self._reading = Reading(last, error.problems)
                self._seen = version
            return self._reading

    @property
    def environ(self) -> Mapping[str, str]:
        """The values of `${NAME}`: the environment and the secrets file. Raises ConfigError."""
        return with_secrets(self.path, self._environ)

    def _version(self) -> tuple[Version, Version]:
        return _version(self.path), _version(secrets_path(self.path))


def _version(path: Path) -> Version:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _inode(path: Path | None) -> int | None:
    try:
        return path.stat().st_ino if path else None
    except OSError:
        return None
