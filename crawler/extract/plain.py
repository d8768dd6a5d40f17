"""Articles in plain text (a page saved as text, a mail, a wire feed), filtered by the same rules as pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler import dates
from crawler.extract.body import blocks, render
from crawler.extract.body.blocks import Block
from crawler.extract.boilerplate import removal, small_print
from crawler.extract.boilerplate.labels import SURE, label
from crawler.extract.fields import about, authors
from crawler.extract.fields.times import CLOCK_SKEW, Timestamp, to_timestamp
from crawler.extract.finish import finish
from crawler.extract.page.hints import Hints
from crawler.extract.words import key, squeeze
from crawler.items import Article, Extraction, Removed

_BY = re.compile(r"^\s{0,5}(?:by|von|par|por|di|door|av)\s{1,3}(\S[^|]{0,80}?)\s{0,3}(?:\||$)", re.IGNORECASE)
_MIN_PROSE = 100
_MAX_TITLE = 200
_TAG_WORDS = 4


@dataclass(slots=True)
class _ParsedText:
    """The parts of a text that have been parsed so far."""

    title: str = ""
    byline: str = ""
    captions: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)


def clean_text(text: str, hints: Hints = Hints()) -> Extraction:  # noqa: B008 - Hints is frozen
    """Return the article in plain text: its first line is the headline, each line is a paragraph.

    Tags on one line without separators are split by phrases that the article contains (longest first), then by
    all-capital words; what is left between them is one tag.
    """
    lines = [squeeze(line) for line in text[: hints.max_bytes].splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return Extraction(None, "empty")
    reading = _read(lines)
    kept, removed = removal.split_boilerplate(tuple(reading.body), frozenset({key(reading.title)}))
    names = _BY.match(reading.byline)
    people = tuple(authors.split(names[1])) if names else ()
    when = _byline_time(reading.byline, hints)
    body = render.text(kept)
    reason = "" if len(body) >= _MIN_PROSE else "too-short"
    article = Article(
        url="",
        title=reading.title,
        text=body,
        authors=tuple(n for n in people if not about.agency_of(n)),
        published=when.value,
        published_from=when.where,
        published_uncertain=when.uncertain,
        language=hints.language,
        tags=tuple(split_tags(" ".join(reading.tags), f"{reading.title}\n{body}")),
        markdown=render.markdown(kept),
        captions=tuple(reading.captions),
        agency=next((a for n in people if (a := about.agency_of(n))), "") or about.agency((), body),
    )
    return Extraction(None if reason else finish(article), reason, (*reading.removed, *removed))


def _read(lines: list[str]) -> _ParsedText:
    reading = _ParsedText()
    first = next((i for i, line in enumerate(lines) if _is_prose(line)), len(lines))
    last = max((i for i, line in enumerate(lines) if _is_prose(line)), default=-1)
    owner = ""  # the label that the following lines belong to
    for at, line in enumerate(lines):
        kind = label(line)
        if kind in SURE or (kind == "tags" and (at > last or at < first)):
            owner = kind
            reading.removed.append(Removed(line, f"label:{kind}"))
        elif not reading.title and at < first:
            reading.title = line[:_MAX_TITLE]
        elif at < first or at > last:
            _add_outer_line(reading, line, owner, before=at < first)
        elif owner in ("related", "nav") and not blocks.make("p", line).ends_sentence:
            reading.removed.append(Removed(line, f"after-label:{owner}"))
        else:
            owner = ""
            reading.body.append(blocks.make("p", line))
    return reading


def _add_outer_line(reading: _ParsedText, line: str, owner: str, *, before: bool) -> None:
    """File a line that is above the first or below the last paragraph."""
    if before and not reading.byline and (_BY.match(line) or (dates.has_date(line) and len(line) < _MIN_PROSE)):
        reading.byline = line
        reading.removed.append(Removed(line, "byline"))
    elif before and (small_print.ends_in_credit(line) or small_print.is_photo_credit(line)):
        reading.captions.append(line)
        reading.removed.append(Removed(line, "caption"))
    elif owner == "tags":
        reading.tags.append(line)
        reading.removed.append(Removed(line, "after-label:tags"))
    elif owner:
        reading.removed.append(Removed(line, f"after-label:{owner}"))
    else:
        reading.body.append(blocks.make("p", line))


def _is_prose(line: str) -> bool:
    """Return whether `line` is a paragraph of the story: long, a whole sentence, not a caption (with a credit)."""
    return len(line) >= _MIN_PROSE and blocks.make("p", line).ends_sentence and not small_print.ends_in_credit(line)


def _byline_time(byline: str, hints: Hints) -> Timestamp:
    stamp = dates.read(byline, hints.language)
    return to_timestamp(stamp, "byline", hints, None, CLOCK_SKEW) if stamp else Timestamp()


def split_tags(line: str, article: str) -> list[str]:
    """Split a line of tags; without separators as `clean_text` describes."""
    for mark in (",", ";", "|", "·", "•", "#"):
        if mark in line:
            return [t for part in line.split(mark) if (t := part.strip())]
    known = f" {_alphanumeric(article)} "
    left, tags, loose = line.split(), [], list[str]()
    while left:
        size = next((n for n in range(min(_TAG_WORDS, len(left)), 0, -1) if _is_in(left[:n], known)), 0)
        if not size and left[0].isupper() and len(left[0]) > 1:
            size = 1
        if not size:
            loose.append(left.pop(0))
            continue
        tags += [" ".join(loose)] if loose else []
        tags.append(" ".join(left[:size]))
        loose, left = [], left[size:]
    return tags + ([" ".join(loose)] if loose else [])


def _is_in(run: list[str], known: str) -> bool:
    """Return whether the article contains the phrase `run` in the same spelling, including capitals."""
    return run[0][:1].isupper() and f" {_alphanumeric(' '.join(run))} " in known


def _alphanumeric(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())
