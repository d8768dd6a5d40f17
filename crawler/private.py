"""File permissions: the state folder is private to its user, other files follow the user's umask.

The state folder contains password hashes, secrets and the socket of the embedded server.
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
_saved: tuple[int, Callable[[], Path]] | None = None  # the user's umask and the state folder, once ours is set


def set_umask(state_folder: Callable[[], Path]) -> None:
    """Make all files that this process and its children create private; call it at the start."""
    global _saved  # noqa: PLW0603  the umask is global to the process
    user_umask = os.umask(UMASK)
    if _saved is None:
        _saved = (user_umask, state_folder)


def apply_user_umask(path: Path) -> None:
    """Apply the user's umask to a new file or folder that the user named, unless it is in the state folder.

    Raises OSError.
    """
    if _saved is None:
        return
    user_umask, state_folder = _saved
    if not path.resolve().is_relative_to(state_folder().resolve()):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~user_umask)


def make_parents(path: Path) -> None:
    """Create the missing parent folders of a file that the user named. Raises OSError."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        apply_user_umask(folder)


def make_private(folder: Path) -> None:
    """Make the state folder, if it exists, and its contents private, with one log line.

    Files of another user are left unchanged, with a warning.
    """
    if not folder.is_dir():
        return
    if _is_shared(folder):
        _log.warning("%s has other uses than Wirewatch: other users may read its files", folder)
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
        _log.warning("%s was readable by other users: made it private (%d files and folders)", folder, closed)
    if refused and was_open:
        problem = "readable by other users and owned by another user: change their owner or mode"
        _log.warning("%s: %d files or folders are %s", folder, refused, problem)


def _contents(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):  # does not follow links, skips unreadable folders
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                yield path


def _is_shared(folder: Path) -> bool:
    """Return whether a folder has other uses: a temporary folder, a home folder or a parent of one."""
    found, home = folder.resolve(), Path.home()
    return bool(found.stat().st_mode & stat.S_ISVTX) or found == home or found in home.parents


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
