"""What a long-lived page server holds of things that others make and change: the archive and the watch file."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import Archive
from crawler.config import Watch, load_watch
from crawler.errors import ConfigError, Problem
from crawler.observe.logs import HIDDEN


class Vault:
    """The archive, opened when it is there, and again when another file took its place (a backup was restored)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file = Path(url.partition(":///")[2]) if url.startswith("sqlite") else None
        self._archive: Archive | None = None
        self._opened: int | None = None
        self._turn = threading.Lock()

    def archive(self) -> Archive:
        """Return the archive. Raises ArchiveError if it does not exist or cannot be opened."""
        with self._turn:
            there = _inode(self._file)
            if self._archive is None or there != self._opened:
                if self._archive is not None:
                    self._archive.close()
                    self._archive = None
                self._archive = Archive.open(self._url, create=False)
                self._opened = there
            return self._archive

    def close(self) -> None:
        """Close all connections; the next need opens them again."""
        with self._turn:
            if self._archive is not None:
                self._archive.close()
            self._archive = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The watch file in use, and the errors of the current file."""

    watch: Watch
    problems: tuple[Problem, ...] = ()


class WatchFile:
    """The watch file, read again when it changed. A broken edit leaves the last good one in force."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ
        self._turn = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._reading: Reading | None = None

    def read(self) -> Reading:
        """Return the current file; an unchanged file costs one directory lookup."""
        seen = self._look()
        with self._turn:
            if self._reading is None or seen != self._seen:
                last = self._reading.watch if self._reading else Watch()
                try:
                    self._reading = Reading(load_watch(self.path, self._environ))
                    HIDDEN.hide(self._reading.watch.secrets)
                except ConfigError as error:
                    self._reading = Reading(last, error.problems)
                self._seen = seen
            return self._reading

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _inode(path: Path | None) -> int | None:
    try:
        return path.stat().st_ino if path else None
    except OSError:
        return None
