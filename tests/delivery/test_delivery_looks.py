"""The mails in a real browser: they are drawn, as wide as the window, with everything on the page."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from delivery_looks import SIZES, browser, pages, shoot


def png(path: Path) -> tuple[int, int, set[bytes]]:
    """Width, height and the different lines of a PNG (ISO/IEC 15948), unfiltered as they stand."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(packed)
    line = 1 + width * {2: 3, 6: 4}[colour]
    return width, height, {raw[start : start + line] for start in range(0, len(raw), line)}


@pytest.mark.slow
@pytest.mark.parametrize("name", SIZES)
def test_a_browser_draws_the_mail(name: str, tmp_path: Path):
    program = browser()
    if program is None:
        pytest.skip("NO CHROMIUM: the mails are not drawn here; install chromium or set WIREWATCH_BROWSER")
    target = tmp_path / f"{name}.png"
    shoot(program, pages()[name], SIZES[name], target, tmp_path)
    width, height, lines = png(target)
    assert (width, height) == SIZES[name]
    assert len(lines) > 80, "an empty page has a handful of different lines"


def test_the_mail_stands_without_style_sheets_pictures_and_scripts():
    for page in pages().values():
        body = page.partition("<body")[2]
        assert "<script" not in body
        assert "<img" not in body
        assert "http-equiv" not in page
        assert body.count("<mark") >= 1
