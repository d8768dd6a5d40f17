"""A small server that speaks as much of S3's REST API as an uploader needs: objects, multipart uploads, lists.

Signatures are not checked, only that there is one. What is stored stands in `objects`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class S3:
    """What the server holds. `failing`: answers 503 to every change."""

    address: str = ""  # host:port
    objects: dict[str, bytes] = field(default_factory=dict)  # "bucket/key" -> content
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)  # by upload
    calls: list[str] = field(default_factory=list)
    failing: bool = False


@contextmanager
def s3_server() -> Iterator[S3]:
    """A server on a port of loopback."""
    held = S3()

    class Handler(_Handler):
        s3 = held

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    held.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: S3

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self._body()
        name = unquote(parts.path).strip("/")
        self.s3.calls.append(f"{self.command} {name}{'?' + ','.join(sorted(query)) if query else ''}")
        return name, query, body

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") == "chunked":
            raw = self._chunks(self.rfile.readline)
        else:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        if "aws-chunked" in self.headers.get("content-encoding", ""):
            return self._signed_chunks(raw)
        return raw

    def _chunks(self, line: Any) -> bytes:
        found = b""
        while size := int(line().split(b";")[0], 16):
            found += self.rfile.read(size)
            line()
        while line().strip():
            pass
        return found

    @staticmethod
    def _signed_chunks(raw: bytes) -> bytes:
        found, at = b"", 0
        while True:
            end = raw.index(b"\r\n", at)
            size = int(raw[at:end].split(b";")[0], 16)
            if not size:
                return found
            found += raw[end + 2 : end + 2 + size]
            at = end + 2 + size + 2

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", headers.get("length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _xml(self, root: Element, status: int = 200) -> None:
        root.set("xmlns", SPACE)
        self._answer(status, tostring(root), content_type="application/xml")

    def _refused(self) -> bool:
        if not self.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential="):
            self._error(403, "AccessDenied")
            return True
        if self.s3.failing and self.command != "GET":
            self._error(403, "AccountProblem")
            return True
        return False

    def _error(self, status: int, code: str) -> None:
        root = Element("Error")
        SubElement(root, "Code").text = code
        SubElement(root, "Message").text = code
        self._xml(root, status)

    def do_PUT(self) -> None:
        name, query, body = self._asked()
        if self._refused():
            return
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        if "uploadId" in query:
            self.s3.parts[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.s3.objects[name] = body
        self._answer(200, ETag=etag)

    def do_POST(self) -> None:
        name, query, _ = self._asked()
        if self._refused():
            return
        bucket, _, key = name.partition("/")
        upload = query.get("uploadId") or f"upload-{len(self.s3.parts)}"
        root = Element("InitiateMultipartUploadResult" if "uploads" in query else "CompleteMultipartUploadResult")
        if "uploads" in query:
            self.s3.parts[upload] = {}
        else:
            parts = self.s3.parts.pop(upload)
            self.s3.objects[name] = b"".join(parts[number] for number in sorted(parts))
        for tag, text in (("Bucket", bucket), ("Key", key), ("UploadId", upload), ("ETag", '"x"')):
            SubElement(root, tag).text = text
        self._xml(root)

    def do_DELETE(self) -> None:
        name, query, _ = self._asked()
        if self._refused():
            return
        if "uploadId" in query:
            self.s3.parts.pop(query["uploadId"], None)
        self.s3.objects.pop(name, None)
        self._answer(204)

    def do_GET(self) -> None:
        name, query, _ = self._asked()
        if self._refused():
            return
        if "/" not in name:
            self._list(name, query.get("prefix", ""))
        elif name in self.s3.objects:
            self._answer(200, self.s3.objects[name], ETag='"x"', Last_Modified="Mon, 23 Nov 2026 08:00:00 GMT")
        else:
            self._error(404, "NoSuchKey")

    do_HEAD = do_GET  # noqa: N815  the server's names

    def _list(self, bucket: str, prefix: str) -> None:
        root = Element("ListBucketResult")
        found = sorted(name for name in self.s3.objects if name.startswith(f"{bucket}/{prefix}"))
        for tag, text in (
            ("Name", bucket),
            ("Prefix", prefix),
            ("KeyCount", str(len(found))),
            ("IsTruncated", "false"),
        ):
            SubElement(root, tag).text = text
        for name in found:
            one = SubElement(root, "Contents")
            values = (("Key", name.partition("/")[2]), ("LastModified", "2026-11-23T08:00:00.000Z"), ("ETag", '"x"'))
            for tag, text in (*values, ("Size", str(len(self.s3.objects[name])))):
                SubElement(one, tag).text = text
        self._xml(root)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
