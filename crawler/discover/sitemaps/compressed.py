"""Decompression of listings that are gzip files, independent of the HTTP headers."""

from __future__ import annotations

import re
import zlib
from typing import Final

_MAGIC: Final = b"\x1f\x8b"
_CHUNK_BYTES: Final = 16_384
_MAX_MEMBERS: Final = 10_000
_PADDING: Final = re.compile(rb"\x00*")  # between members


def inflate(data: bytes, limit: int) -> bytes:
    """Return the first `limit` bytes of a gzip file's content, of all members (RFC 1952, 2.2), or of other data.

    Of a truncated or damaged file, the readable part is returned. Raises zlib.error if there is none.
    """
    if not data.startswith(_MAGIC):
        return data[:limit]
    plain: list[bytes] = []
    size = position = members = 0
    while size < limit and members < _MAX_MEMBERS and data.startswith(_MAGIC, position):
        members += 1
        unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while size < limit and position < len(data) and not unzip.eof:
            chunk = data[position : position + _CHUNK_BYTES]
            try:
                piece = unzip.decompress(chunk, limit - size)
            except zlib.error:
                if plain:
                    return b"".join(plain)
                raise
            plain.append(piece)
            size += len(piece)
            position += len(chunk) - len(unzip.unused_data)
        padding = _PADDING.match(data, position)
        position = padding.end() if padding else position
    return b"".join(plain)
