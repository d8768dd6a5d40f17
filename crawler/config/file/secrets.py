"""The secrets file beside a watch file: values for its `${NAME}`, one `NAME=value` per line, for its owner only.

`watch.yaml` has `watch.secrets`. A variable of the environment takes precedence over a value of this file.
"""

from __future__ import annotations

import os
import re
import threading
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path

from crawler.config.file.writing import write_atomically
from crawler.errors import ConfigError, Problem

SUFFIX = ".secrets"
MODE = 0o600
MAX_BYTES = 2**20
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEAD = "# Secrets of the channels, used in the watch file as ${NAME}. Only the owner of this file can read it.\n"
_OTHERS = 0o077
_writing = threading.Lock()


def secrets_path(watch: Path) -> Path:
    """Return the path of the secrets file of a watch file. It need not exist."""
    return watch.resolve().with_suffix(SUFFIX)


def with_secrets(watch: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment, completed by the secrets file of a watch file. Raises ConfigError."""
    found = read_secrets(watch)
    return ChainMap(dict(environ), found) if found else environ


def read_secrets(watch: Path) -> dict[str, str]:
    """Return the secrets of a watch file by name; empty without a file. Raises ConfigError, without any value."""
    return dict(pair for line in _text(secrets_path(watch)).splitlines() if (pair := _pair(line)))


def is_exposed(watch: Path) -> bool:
    """Return whether other users of the machine may read the secrets file."""
    try:
        return bool(secrets_path(watch).stat().st_mode & _OTHERS)
    except OSError:
        return False


def change_secrets(watch: Path, changes: Mapping[str, str | None]) -> None:
    """Set secrets, and remove those that are None; other lines stay. Raises ConfigError.

    The file is replaced in one step, with mode 0600. A value is one line; white space around it is removed.
    """
    if not changes:
        return
    path = secrets_path(watch)
    with _writing:
        left = {name: " ".join(value.split("\n")).strip() for name, value in changes.items() if value is not None}
        lines = []
        for line in (_text(path) or _HEAD).splitlines():
            pair = _pair(line)
            if pair is None or pair[0] not in changes:
                lines.append(line)
            elif pair[0] in left:
                lines.append(f"{pair[0]}={left.pop(pair[0])}")
        lines += [f"{name}={value}" for name, value in left.items()]
        write_atomically(path, "".join(f"{line}\n" for line in lines), mode=MODE)


def _pair(line: str) -> tuple[str, str] | None:
    name, equals, value = line.partition("=")
    name = name.strip().removeprefix("export ").strip()
    return (name, value.strip()) if equals and NAME.fullmatch(name) else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise _error(path, "more than 1 MiB", "this is probably not a secrets file")
        return data.decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise _error(path, "not UTF-8 text", "save the file as UTF-8") from error
    except OSError as error:
        raise _error(path, error.strerror or os.strerror(error.errno or 0), "check its permissions") from error


def _error(path: Path, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))
