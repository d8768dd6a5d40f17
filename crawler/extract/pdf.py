"""Articles in PDF files, with the extra `pdf` (pypdf): text through the plain-text filter, and the PDF's metadata."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from crawler.dates import Stamp
from crawler.errors import ExtractError
from crawler.extract.fields.times import CLOCK_SKEW, to_timestamp
from crawler.extract.finish import finish
from crawler.extract.page.hints import Hints
from crawler.extract.plain import clean_text
from crawler.extract.words import squeeze
from crawler.items import Extraction

MAX_PAGES = 50
_MAX_CHARS = 500_000
_MAX_CONTENT = 8_000_000  # bytes that draw the pages, unpacked
_LIMITS: dict[str, Any] = {
    "maximum_declared_stream_length": _MAX_CONTENT,
    "array_based_stream_maximum_output_length": _MAX_CONTENT,
    "lzw_maximum_output_length": _MAX_CONTENT,
    "run_length_maximum_output_length": _MAX_CONTENT,
    "zlib_maximum_output_length": _MAX_CONTENT,
    "brotli_maximum_output_length": _MAX_CONTENT,
    "stream_decoding_work_maximum_length": 2 * _MAX_CONTENT,
    "stream_parsing_work_maximum_count": 300_000,
    "xform_maximum_invocations_per_extraction": 200,
    "jbig2dec_binary": None,  # pypdf would start the program with the file's bytes
}
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[^\W\d_A-ZÀ-Þ])")
_BROKEN = (  # what pypdf raises beside its own errors
    *(zlib.error, struct.error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(NotImplementedError, RecursionError, OSError),
)
_MAX_INFO = 1_000  # characters of a title or an author
_MAX_WHY = 200  # characters of an error, which may quote the file
_MIN_LINE = 45  # a shorter line ends its paragraph


def is_pdf(data: bytes) -> bool:
    """Return whether `data` is a PDF file (ISO 32000-1, 7.5.2: the header is in the first 1,024 bytes)."""
    return b"%PDF-" in data[:1024]


def examine_pdf(data: bytes, url: str, hints: Hints) -> Extraction:
    """Return the article in a PDF, or the reason why there is none ("pdf-extra-missing", "pdf-encrypted", "too-short").

    Raises ExtractError for a broken file.
    """
    try:
        import pypdf  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return Extraction(None, "pdf-extra-missing")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    broken = (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, *_BROKEN)
    try:
        with pypdf.apply_configuration(**_LIMITS):
            reader = pypdf.PdfReader(io.BytesIO(data))
            if reader.is_encrypted:
                return Extraction(None, "pdf-encrypted")
            text = _text(reader)
            info: Any = reader.metadata
            title, author = (
                squeeze(str(one or "")[:_MAX_INFO]) for one in ((info.title, info.author) if info else ("", ""))
            )
    except broken as error:
        own = (pypdf.errors.PyPdfError, pypdf.errors.DependencyError, NotImplementedError)
        why = f" ({str(error)[:_MAX_WHY]})" if isinstance(error, own) else ""
        what = "a PDF beyond a limit" if isinstance(error, pypdf.errors.LimitReachedError) else "a broken PDF"
        raise ExtractError(f"{what}{why}", subject=url) from error
    try:
        created = info.creation_date if info else None
    except broken:  # a date that cannot be read costs the date, not the article
        created = None
    found = clean_text(text, hints)
    if found.article is None:
        return found
    article = replace(
        found.article,
        url=url,
        title=title or found.article.title,
        authors=(author,) if author else found.article.authors,
    )
    if article.published is None and isinstance(created, datetime):
        when = to_timestamp(
            Stamp(created, timed=True, zoned=created.tzinfo is not None), "pdf", hints, None, CLOCK_SKEW
        )
        article = replace(article, published=when.value, published_from=when.where, published_uncertain=when.uncertain)
    return replace(found, article=finish(article))


def _text(reader: Any) -> str:
    parts: list[str] = []
    size = drawn = 0
    for page in reader.pages[:MAX_PAGES]:
        content = page.get_contents()
        drawn += len(content.get_data()) if content is not None else 0
        if drawn > _MAX_CONTENT:
            break
        parts.append(page.extract_text())
        size += len(parts[-1])
        if size > _MAX_CHARS:
            break
    return "\n".join(_paragraphs(part) for part in parts)


def _paragraphs(text: str) -> str:
    """Join the lines of a column into paragraphs: a short or empty line ends a paragraph."""
    out: list[str] = [""]
    for line in _HYPHEN.sub("", text).splitlines():
        flat = squeeze(line)
        out[-1] = f"{out[-1]} {flat}".strip()
        if len(flat) < _MIN_LINE:
            out.append("")
    return "\n".join(line for line in out if line)
