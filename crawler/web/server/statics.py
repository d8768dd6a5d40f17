"""Static files, held compressed in memory; their addresses contain a content hash, so that browsers cache them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
IMMUTABLE = "public, max-age=31536000, immutable"

router = APIRouter(prefix="/static", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Static:
    """One file, as it is sent."""

    name: str
    digest: str
    body: bytes
    compressed: bytes

    @property
    def path(self) -> str:
        """The address, which contains the content hash."""
        return f"/static/{self.digest}/{self.name}"


@cache
def statics() -> dict[str, Static]:
    """Return all files of crawler/web/static by name."""
    found = {}
    for file in files("crawler.web").joinpath("static").iterdir():
        if file.name.rpartition(".")[2] in KINDS:
            body = file.read_bytes()
            found[file.name] = Static(file.name, sha256(body).hexdigest()[:12], body, gzip.compress(body, mtime=0))
    return found


def static_path(name: str) -> str:
    """Return the address of a file, for templates. Raises KeyError if it does not exist."""
    return statics()[name].path


@router.get("/{digest}/{name}")
def static(digest: str, name: str, request: Request) -> Response:
    """Return one file. An outdated address returns the current file, but not as immutable."""
    found = statics().get(name)
    if found is None:
        raise HTTPException(404, "This file does not exist.")
    headers = {"Cache-Control": IMMUTABLE if digest == found.digest else "no-cache", "Vary": "Accept-Encoding"}
    body = found.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = found.compressed
    return Response(body, media_type=KINDS[name.rpartition(".")[2]], headers=headers)
