from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
from extract_fixtures import STORY, URL

from crawler.errors import ExtractError
from crawler.extract import Hints, examine


def pdf(lines: tuple[str, ...], title: str = "Ferry report", *, dated: bool = True) -> bytes:
    """A one-page PDF (ISO 32000-1) with one text line per line."""
    flat = [line.encode("cp1252", "replace").replace(b"(", b"\\(").replace(b")", b"\\)") for line in lines]
    stream = b"BT /F1 9 Tf 40 780 Td 12 TL " + b" ".join(b"(" + line + b") Tj T*" for line in flat) + b" ET"
    date = b"/CreationDate (D:20261120071500+01'00')" if dated else b""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n" % len(stream) + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Title(" + title.encode() + b")/Author(Ola Ness)" + date + b">>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    return (
        out
        + b"xref\n0 7\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    )


def test_a_pdf_becomes_an_article():
    found = examine(pdf(("Ferry report", "", *STORY)), URL).article
    assert found is not None
    assert (found.title, found.authors, found.url) == ("Ferry report", ("Ola Ness",), URL)
    assert found.published == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)
    assert found.published_from == "pdf"
    assert STORY[0] in found.text


def test_an_empty_pdf_has_a_reason():
    assert examine(pdf(("Nothing",), dated=False), URL).reason in ("too-short", "empty")


def test_a_broken_pdf_is_a_typed_error():
    with pytest.raises(ExtractError, match="broken PDF"):
        examine(b"%PDF-1.7\n" + b"1 0 obj<<" * 50, URL)


def test_a_large_pdf_is_refused():
    assert examine(pdf(STORY), URL, Hints(max_bytes=10)).reason == "too-large"


def test_without_the_extra_the_reason_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert examine(pdf(STORY), URL).reason == "pdf-extra-missing"
