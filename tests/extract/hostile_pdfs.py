# ruff: noqa: E501 - a file reads best on one line
"""PDF files that want to hurt. Imported by processes of their own: it imports little, and makes none of them large."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from extract_fixtures import STORY

TEXT = b"BT /F1 9 Tf 40 780 Td 12 TL " + b" ".join(b"(" + line.encode() + b") Tj T*" for line in STORY) + b" ET"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
MB = 1_000_000


def stream(data: bytes, entries: bytes = b"", length: int | None = None) -> bytes:
    given = len(data) if length is None else length
    return b"<</Length %d%s>>stream\n" % (given, entries) + data + b"\nendstream"


def packed(data: bytes, times: int = 1, entries: bytes = b"", *, layers: int = 1) -> bytes:
    """A stream that unpacks to `data`, `times` times, without that ever being in memory here (RFC 1951 blocks repeat)."""
    packer = zlib.compressobj(9)
    first = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
    given = first + again * (times - 1) + packer.flush()
    for _ in range(layers - 1):
        given = zlib.compress(given, 9)
    return stream(given, (entries or b"/Filter[" + b"/FlateDecode" * layers + b"]"))


def pdf(
    content: bytes | None = None,
    *more: bytes,
    page: bytes = PAGE,
    tree: bytes = TREE,
    font: bytes = FONT,
    catalog: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF (ISO 32000-1) of the objects 1 catalog, 2 page tree, 3 page, 4 content, 5 font, and `more` from 6."""
    root = b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>"
    out, places = bytearray(b"%PDF-1.4\n"), []
    objects = (root, tree, page, stream(TEXT) if content is None else content, font, *more)
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(out))
    return bytes(out) + head + table + end


def _many_pages(count: int) -> bytes:
    kids = b"<</Type/Pages/Count %d/Kids[" % count + b"3 0 R " * count + b"]>>"
    return pdf(tree=kids)


def _chain(count: int) -> bytes:
    """Each node of the page tree has one child, the next."""
    nodes = [b"<</Type/Pages/Parent 2 0 R/Count 1/Kids[%d 0 R]>>" % (7 + n) for n in range(count)]
    return pdf(None, *nodes, PAGE, tree=b"<</Type/Pages/Count 1/Kids[6 0 R]>>")


def _forms(depth: int, each: int) -> bytes:
    """Forms that draw forms: `each` times the next one, so each ** depth in all."""
    forms = [
        stream(b"/X Do " * each, b"/Type/XObject/Subtype/Form/Resources<</XObject<</X %d 0 R>>>>" % (7 + n))
        for n in range(depth)
    ]
    last = stream(TEXT, b"/Type/XObject/Subtype/Form/Resources<</Font<</F1 5 0 R>>>>")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>>>>>"
    return pdf(stream(b"/X Do"), *forms, last, page=page)


def _to_unicode(ranges: bytes) -> bytes:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    return pdf(None, stream(ranges), font=font)


def _xref_stream(count: int) -> bytes:
    """A table of references that says it has `count` entries."""
    entries = b"/Type/XRef/Size %d/W[1 8 2]/Root 1 0 R/Index[0 %d]" % (count, count)
    body = packed(b"\0" * MB, 99, b"/Filter/FlateDecode" + entries)
    return b"%PDF-1.5\n1 0 obj\n" + body + b"\nendobj\nstartxref\n9\n%%EOF"


def _object_stream(count: int) -> bytes:
    head = b" ".join(b"%d %d" % (n + 10, n) for n in range(count))
    more = stream(head, b"/Type/ObjStm/N %d/First %d" % (count, len(head)))
    return pdf(None, more)


def _prev(where: int) -> bytes:
    found = pdf()
    start = int(found.rpartition(b"startxref\n")[2].split()[0])
    return pdf(trailer=b"/Prev %d" % (start if where < 0 else where))


def _same_kids(depth: int) -> bytes:
    """A page tree that doubles at every level."""
    nodes = [b"<</Type/Pages/Count 99/Kids[%d 0 R %d 0 R]>>" % (7 + n, 7 + n) for n in range(depth)]
    return pdf(None, *nodes, PAGE, tree=b"<</Type/Pages/Count 99/Kids[6 0 R]>>")


LZW = b"/Filter/LZWDecode"
PREDICTOR = b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d/Colors 9999/BitsPerComponent 16>>"

PDFS: dict[str, Callable[[], bytes]] = {
    "PDF: a bomb of 1 GB": lambda: pdf(packed(b"\0" * MB, 1_000)),
    "PDF: a bomb of text": lambda: pdf(packed(b"BT /F1 9 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 30_000, 300)),
    "PDF: 8 MB of text": lambda: pdf(packed(b"BT /F1 9 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 27_000, 9)),
    "PDF: bombs in bombs": lambda: pdf(packed(b"\0" * MB, 300, layers=4)),
    "PDF: a chain of 5,000 filters": lambda: pdf(stream(b"x", b"/Filter[" + b"/ASCIIHexDecode" * 5_000 + b"]")),
    "PDF: run lengths": lambda: pdf(stream(b"\x81a" * MB, b"/Filter/RunLengthDecode")),
    "PDF: run lengths, packed": lambda: pdf(stream(zlib.compress(b"\x81a" * 2 * MB), b"/Filter[/FlateDecode/RunLengthDecode]")),
    "PDF: LZW": lambda: pdf(stream(b"\x80\x0b\x60\x50\x22\x0c" * 200_000, LZW)),
    "PDF: a predictor": lambda: pdf(packed(b"\2" * MB, 7, PREDICTOR % 99_999)),
    "PDF: a predictor of one column": lambda: pdf(packed(b"\2" * MB, 1, b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 1>>")),
    "PDF: 100 pages of 7 MB": lambda: pdf(packed(b" " * MB, 7), tree=b"<</Type/Pages/Count 100/Kids[" + b"3 0 R " * 100 + b"]>>"),
    "PDF: a page that holds itself": lambda: pdf(tree=b"<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "PDF: content that is its page": lambda: pdf(page=PAGE.replace(b"4 0 R", b"3 0 R")),
    "PDF: a reference to itself": lambda: pdf(b"4 0 R"),
    "PDF: references in a circle": lambda: pdf(b"6 0 R", b"4 0 R"),
    "PDF: a length that refers to its stream": lambda: pdf(b"<</Length 4 0 R>>stream\n" + TEXT + b"\nendstream"),
    "PDF: a parent of itself": lambda: pdf(tree=TREE.replace(b"/Count", b"/Parent 2 0 R/Count")),
    "PDF: a table that goes on in itself": lambda: _prev(-1),
    "PDF: a table that goes on nowhere": lambda: _prev(99_999_999),
    "PDF: 50,000 arrays in each other": lambda: pdf(page=PAGE.replace(b"/Type", b"/X " + b"[" * 50_000 + b"]" * 50_000 + b"/Type")),
    "PDF: 50,000 dictionaries in each other": lambda: pdf(page=PAGE.replace(b"/Type", b"/X " + b"<</A " * 50_000 + b"1" + b">>" * 50_000 + b"/Type")),
    "PDF: arrays in its content": lambda: pdf(stream(b"[" * 500_000)),
    "PDF: a million brackets": lambda: pdf(stream(b"BT " + b"(" * MB)),
    "PDF: a tree of 20,000 levels": lambda: _chain(20_000),
    "PDF: a tree that doubles 40 times": lambda: _same_kids(40),
    "PDF: 500,000 pages": lambda: _many_pages(500_000),
    "PDF: a billion pages": lambda: pdf(tree=b"<</Type/Pages/Kids[3 0 R]/Count 1000000000>>"),
    "PDF: a form that draws itself": lambda: pdf(
        stream(b"/X Do " * 9),
        stream(b"/X Do " * 9, b"/Type/XObject/Subtype/Form/Resources<</XObject<</X 6 0 R>>>>"),
        page=PAGE.replace(b"/Font<</F1 5 0 R>>", b"/XObject<</X 6 0 R>>"),
    ),
    "PDF: forms that draw forms": lambda: _forms(12, 10),
    "PDF: characters of 4 billion": lambda: _to_unicode(b"1 beginbfrange <00000000> <ffffffff> <0000> endbfrange"),
    "PDF: 100,000 character ranges": lambda: _to_unicode(b"100 beginbfrange " + b"<0000> <ffff> <0000> " * 100_000 + b"endbfrange"),
    "PDF: a font that is its own": lambda: pdf(font=b"<</Type/Font/Subtype/Type0/DescendantFonts[5 0 R]/ToUnicode 5 0 R>>"),
    "PDF: widths of a billion characters": lambda: pdf(font=b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[<</W[0 999999999 500]/DW 1/Type/Font/Subtype/CIDFontType2>>]>>"),
    "PDF: first and last character": lambda: pdf(font=FONT.replace(b">>", b"/FirstChar 0/LastChar 999999999/Widths[500]>>")),
    "PDF: differences": lambda: pdf(font=FONT.replace(b"/WinAnsiEncoding", b"<</Type/Encoding/Differences[" + b"999999999/a " * 99_999 + b"]>>")),
    "PDF: a table of 100 million references": lambda: _xref_stream(9 * MB),
    "PDF: a table that says a billion": lambda: pdf().replace(b"xref\n0 6", b"xref\n0 999999999"),
    "PDF: an object stream": lambda: _object_stream(99_999),
    "PDF: an encrypted one": lambda: pdf(trailer=b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<" + b"00" * 32 + b">/U<" + b"00" * 32 + b">>>/ID[<00><00>]"),
    "PDF: encrypted by nothing known": lambda: pdf(trailer=b"/Encrypt 4 0 R"),
    "PDF: half of one": lambda: pdf()[: len(pdf()) // 2],
    "PDF: the end of one is lost": lambda: pdf()[:-30],
    "PDF: only a header": lambda: b"%PDF-1.7",
    "PDF: 7 MB of zeros": lambda: b"%PDF-1.7\n" + b"\0" * 7 * MB,
    "PDF: 7 MB of garbage": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 27_000 + b"\nstartxref\n9\n%%EOF",
    "PDF: 7 MB of objects": lambda: b"%PDF-1.7\n" + b"1 0 obj\n<<>>\nendobj\n" * 350_000 + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
    "PDF: 7 MB of ends": lambda: b"%PDF-1.7\n" + b"startxref\n" * 700_000 + b"%%EOF",
    "PDF: 7 MB of trailers": lambda: b"%PDF-1.7\n" + b"trailer<<" * 780_000 + b"startxref\n0\n%%EOF",
    "PDF: 7 MB of names": lambda: pdf(page=PAGE.replace(b"/Type/Page", b"/Type/Page" + b"/" * 7 * MB)),
    "PDF: 1 MB of hex": lambda: pdf(page=PAGE.replace(b"/Type", b"/X <" + b"0" * MB + b">/Type", 1)),
    "PDF: a number of 5 million digits": lambda: pdf(page=PAGE.replace(b"/Type", b"/X " + b"9" * 5 * MB + b"/Type", 1)),
    "PDF: 5 MB of comments": lambda: pdf(page=b"%" + b"x" * 5 * MB + b"\n" + b"% \n" * 500_000 + PAGE),
    "PDF: 1 MB of whitespace at its end": lambda: pdf() + b" \n" * 500_000,
    "PDF: a title of 5 MB": lambda: pdf(None, b"<</Title(" + b"a" * 5 * MB + b")>>", trailer=b"/Info 6 0 R"),
    "PDF: a date of no calendar": lambda: pdf(None, b"<</CreationDate(D:99999999999999+99'99')>>", trailer=b"/Info 6 0 R"),
    "PDF: an image filter for its text": lambda: pdf(stream(b"\xff\xd8\xff", b"/Filter[/DCTDecode/JPXDecode/CCITTFaxDecode/JBIG2Decode]")),
    "PDF: a filter that is none": lambda: pdf(stream(TEXT, b"/Filter/NoSuch")),
    "PDF: a script, a start of a program": lambda: pdf(
        catalog=b"/OpenAction<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>/AA<</WC<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
        b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(while\\(1\\){})>>]>>>>"
    ),
    "PDF: a stream from a file": lambda: pdf(stream(b"", b"/F(/etc/passwd)/FFilter/FlateDecode")),
    "PDF: a remote one": lambda: pdf(catalog=b"/URI<</Base(http://127.0.0.1:1/)>>/OpenAction<</S/GoToR/F(http://127.0.0.1:1/)>>"),
}  # fmt: skip
