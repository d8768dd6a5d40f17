"""The export of stored pages as a WARC file (ISO 28500), the format of web archives."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import BinaryIO, Final

from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from crawler.archive.queries.pages import ArticlePages

_LENGTH: Final = "content-length"


def write_warc(kept: Iterable[ArticlePages], stream: BinaryIO, software: str, *, packed: bool) -> int:
    """Write one response record for each page, gzipped one by one if `packed`; return how many.

    Bodies are decompressed. Transfer headers and cookies were not stored.
    """
    writer = WARCWriter(stream, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("", {"software": software, "format": "WARC File Format 1.0"}))
    total = 0
    for one in kept:
        for page in one.pages:
            headers = [(name, value) for name, value in page.headers if name.lower() != _LENGTH]
            headers.append(("Content-Length", str(len(page.body))))
            record = writer.create_warc_record(
                page.url,
                "response",
                payload=io.BytesIO(page.body),
                length=len(page.body),
                http_headers=StatusAndHeaders(_status(page.status), headers, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": _iso(page.fetched)},
            )
            writer.write_record(record)
            total += 1
    return total


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
