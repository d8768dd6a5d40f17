"""Articles in PDF files, with the extra `pdf` (pypdf): text through the plain-text filter, and the PDF's metadata."""

from __future__ import annotations

import io
import logging
import re
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
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[^\W\d_A-ZÀ-Þ])")
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
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            return Extraction(None, "pdf-encrypted")
        text = _text(reader)
        info: Any = reader.metadata
        title, author = squeeze(str(info.title or "")) if info else "", squeeze(str(info.author or "")) if info else ""
        created = info.creation_date if info else None
    except (pypdf.errors.PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise ExtractError(f"a broken PDF ({error})", subject=url) from error
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
    size = 0
    for page in reader.pages[:MAX_PAGES]:
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
