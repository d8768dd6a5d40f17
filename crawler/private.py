"""Who may read files: those of the folder of state its user alone, all others whom the user's umask lets.

The folder holds password hashes, secrets and the socket of the embedded server.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

UMASK = 0o077
_OTHERS = 0o077
_log = logging.getLogger(__name__)
_before: tuple[int, Callable[[], Path]] | None = None  # the user's umask and the folder of state, once ours is set


def set_umask(state_folder: Callable[[], Path]) -> None:
    """Close the files that this process and its children create to other users; call it at the start."""
    global _before  # noqa: PLW0603  the umask is the process'
    users = os.umask(UMASK)
    if _before is None:
        _before = (users, state_folder)


def publish(path: Path) -> None:
    """Give a new file or folder that the user named the mode of the user's umask, unless it is in the folder of state.

    Raises OSError.
    """
    if _before is None:
        return
    users, state_folder = _before
    if not path.resolve().is_relative_to(state_folder().resolve()):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~users)


def make_parents(path: Path) -> None:
    """Create the missing folders of a file that the user named. Raises OSError."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        publish(folder)


def protect(folder: Path) -> None:
    """Close the folder of state, where there is one, and all that is in it to other users, with one log line.

    What belongs to another user is left alone, with a warning.
    """
    if not folder.is_dir():
        return
    if _is_shared(folder):
        _log.warning("%s does not belong to Wirewatch alone: other users may read its files", folder)
        return
    was_open, closed, refused = bool(_mode(folder) & _OTHERS), 0, 0
    for path in (folder, *_contents(folder)):
        try:
            mode = _mode(path)
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
                closed += 1
        except FileNotFoundError:  # Valkey and SQLite delete files at any time
            continue
        except OSError:
            refused += 1
    if closed and was_open:
        _log.warning("%s was readable by other users: made it and its content private (%d modes)", folder, closed)
    if refused and was_open:
        problem = "readable by other users and owned by another user: change their owner or mode"
        _log.warning("%s: %d files or folders are %s", folder, refused, problem)


def _contents(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):  # follows no links, and skips what it cannot read
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                yield path


def _is_shared(folder: Path) -> bool:
    """Return whether a folder has other uses: a temporary folder, a home folder or one above it."""
    found, home = folder.resolve(), Path.home()
    return bool(found.stat().st_mode & stat.S_ISVTX) or found == home or found in home.parents


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
