"""Atomic writing of a configuration file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from crawler.errors import ConfigError, Problem


def write_atomically(path: Path, text: str, *, mode: int) -> None:
    """Write to a temporary file and rename it: readers, and a crash, see either the old or the new file.

    Raises ConfigError if the file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:  # also on Ctrl-C: leave no partial file
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        problem = Problem(0, 0, error.strerror or "cannot be written", "check the folder and its permissions")
        raise ConfigError((problem,), subject=str(path)) from error
