"""Copies of a rolling feed's files in an S3 bucket (docs/decisions, "Feeds in S3 are copies of local files").

Objects cannot be appended to, so a day's file is copied as a whole: when it is complete, and before that once in
COPY_EVERY. A file beside the feed records what was copied; a crash costs a repeat, and readers never see a part of an
object.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.archive.files.export import file_errors, replacing
from crawler.errors import ArchiveError

COPY_EVERY = timedelta(minutes=5)


class Bucket:
    """Copies in one bucket. `address`: s3://BUCKET/PREFIX; `record`: the file that records what was copied.

    Keys and endpoint come from the usual S3 environment variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_REGION, AWS_ENDPOINT_URL. Every method may raise ArchiveError, `transient` if the bucket refused or failed.
    """

    def __init__(self, address: str, notes: Path) -> None:
        self._address = address.rstrip("/")
        self._notes = notes
        self._copied = self._load()  # (size, time) by file name
        self._remote: tuple[Any, str] | None = None

    def copy(self, paths: Iterable[Path], growing: Path | None, now: datetime) -> int:
        """Copy the files that changed since they were copied, the `growing` one once in COPY_EVERY; return how many."""
        count = 0
        for path in paths:
            size = path.stat().st_size
            known, when = self._copied.get(path.name, (-1, datetime.min.replace(tzinfo=now.tzinfo)))
            if size == known or (path == growing and now - when < COPY_EVERY):
                continue
            self._put(path)
            self._note(self._copied | {path.name: (size, now)})
            count += 1
        return count

    def delete(self, name: str) -> None:
        """Delete a copy, if it exists."""
        if name in self._copied:
            remote, folder = self._open()
            try:
                remote.delete_file(f"{folder}/{name}")
            except FileNotFoundError:
                pass
            except OSError as error:
                raise self._failure(error) from error
            self._note({known: value for known, value in self._copied.items() if known != name})

    def _put(self, path: Path) -> None:
        remote, folder = self._open()
        files = importlib.import_module("pyarrow.fs")
        try:
            files.copy_files(
                str(path),
                f"{folder}/{path.name}",
                source_filesystem=files.LocalFileSystem(),
                destination_filesystem=remote,
                use_threads=False,
            )
        except OSError as error:
            raise self._failure(error) from error

    def _open(self) -> tuple[Any, str]:
        if self._remote is None:
            try:
                self._remote = importlib.import_module("pyarrow.fs").FileSystem.from_uri(self._address)
            except ModuleNotFoundError as error:
                raise ArchiveError("S3 needs: pip install 'wirewatch[parquet]'", subject=self._address) from error
            except (OSError, ValueError) as error:
                raise self._failure(error) from error
        return self._remote

    def _failure(self, error: Exception) -> ArchiveError:
        text = " ".join(str(error).split())[:300]
        return ArchiveError(f"upload to the bucket failed: {text}", subject=self._address, transient=True)

    def _load(self) -> dict[str, tuple[int, datetime]]:
        try:
            held = json.loads(self._notes.read_bytes())
            return {name: (int(size), datetime.fromisoformat(when)) for name, (size, when) in held.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ArchiveError(
                f"cannot be read: {error}; delete it to copy all files again", subject=str(self._notes)
            ) from error

    def _note(self, copied: dict[str, tuple[int, datetime]]) -> None:
        held = {name: (size, when.isoformat()) for name, (size, when) in copied.items()}
        with file_errors(self._notes), replacing(self._notes) as stream:
            stream.write(json.dumps(held).encode())
        self._copied = copied
