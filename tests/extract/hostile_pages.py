# ruff: noqa: E501 - page fixtures read best on one line
"""Pages that want to hurt, and what reading one costs. Imported by processes of their own: it imports little."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from extract_fixtures import URL, page, paragraphs
from hostile_pdfs import PDFS
from pace import slowness

from crawler.errors import ExtractError
from crawler.extract import examine

STORY = "".join(paragraphs())


def ld(content: str) -> bytes:
    return page(STORY, f'<script type="application/ld+json">{content}</script>')


CASES = {
    "10 MB of one line": lambda: b"<p>" + b"a b c d e " * 1_000_000,
    "7 MB of one word": lambda: b"<html><p>" + b"a" * 7_000_000,
    "100,000 nested tags": lambda: b"<html><div>" * 100_000 + b"x" + b"</div>" * 100_000,
    "nested within the bound": lambda: page(STORY) + b"<div><blockquote><ul><li>" * 9_000,
    "nested formatting": lambda: b"<html><body>" + b"<b><p>text is here " * 19_000,
    "a million attributes": lambda: b"<html><p " + b" ".join(b"a%d=1" % n for n in range(1_000_000))[:7_500_000] + b">x",
    "a class of 3 million names": lambda: b'<html><p class="' + b"x " * 3_000_000 + b'">text</p>' + STORY.encode(),
    "entity bomb": lambda: b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><html><p>' + b"&b;" * 99_999,
    "50,000 JSON-LD objects": lambda: ld("[" + ",".join('{"@type":"NewsArticle","author":{"@id":"x"}}' for _ in range(50_000)) + "]"),
    "deep JSON-LD": lambda: ld("[" * 500_000),
    "JSON-LD of commas": lambda: ld("[" + ", " * 800_000 + "]"),
    "JSON-LD of half tags": lambda: ld('{"@type":"NewsArticle","articleBody":"' + "<p " * 19_000 + '"}'),
    "20,000 paragraphs": lambda: page("<p>The council met on Monday and agreed on a plan.</p>" * 19_500),
    "35,000 items": lambda: page("<ul>" + "<li>By a b c d e f, 12" * 35_000),
    "20,000 slices": lambda: page('<div class="article-body"><p>The council met.</p></div>' * 9_500),
    "bylines and credits": lambda: page(("<p>" + "by " * 40 + "</p><p>" + "/ " * 60 + "getty</p><p>" + "( photo" * 20 + "</p>") * 6_000),
    "links": lambda: page('<a href="/x">A headline about something</a>' * 19_000),
    "a title of separators": lambda: page(STORY, title="a | " * 200_000),
    "script-made": lambda: b"<html><body><script>" + b"x=1;" * 1_000_000 + b"</script><div id=app></div>",
    "comments": lambda: b"<html><body>" + b"<!--" * 500_000,
    "broken PDF": lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 200_000,
    **PDFS,
}  # fmt: skip


def run(name: str) -> tuple[str, float, float]:
    html = CASES[name]()
    pace = slowness()
    started = time.thread_time()
    try:
        found = examine(html, URL)
        answer = found.reason or "article"
    except ExtractError as error:
        answer = str(error)
    used = time.thread_time() - started
    return answer, used / max(pace, slowness()), peak_mb()


def peak_mb() -> float:
    """The most memory this process held. Not ru_maxrss, which begins with what the process that started it holds."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
