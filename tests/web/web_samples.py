"""A site over an archive with everyday and hostile articles, and ways to ask it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from crawler.archive import Archive, Entry, Page, Visited
from crawler.items import Alert, Article, Span
from crawler.runtime import Places
from crawler.web import Site, create_app, open_site
from crawler.web.server.addresses import Addresses, addresses

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOME = "http://127.0.0.1:8765"
WATCH = """\
sources:
  - id: coast
    feed: https://coast.example/feed.xml
    tags: [harbour]
  - id: meridian
    feed: https://meridian.example/feed.xml
lists:
  vessels: [ferry, tanker]
rules:
  - id: floods
    query: flood*
    send: [desk]
channels:
  - id: desk
    url: "terminal:"
"""
SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>{{7*7}}${7*7}<svg/onload=alert(1)>"
TURNED = "\u202egnp.exe\u202c \u2066abc\u2069 \u200f"
CONTROLS = "a\x00b\x1b[31mred\x07\x9b\ud800lone".replace("\ud800", "")
HUGE = "W" * 1_200_000  # more than a page may be long

HOSTILE: dict[str, dict[str, Any]] = {
    "script": {"title": SCRIPT, "text": f"{SCRIPT}\n\n{BREAKOUT}", "lead": SCRIPT, "authors": (SCRIPT, BREAKOUT)},
    "attributes": {"title": BREAKOUT, "source": BREAKOUT, "section": BREAKOUT, "tags": (BREAKOUT, SCRIPT)},
    "javascript": {"title": "Link", "url": "javascript:alert(1)", "image": "javascript:alert(2)"},
    "data": {"title": "Data", "url": f"data:text/html,{SCRIPT}"},
    "login": {"title": "Login", "url": "https://news.example@evil.example/x"},
    "quoted-url": {"title": "Quote", "url": f'https://news.example/{BREAKOUT}"onclick="alert(1)'},
    "turned": {"title": TURNED, "text": f"{TURNED}\n\nמשהו {TURNED}", "authors": (TURNED,), "section": TURNED},
    "controls": {"title": CONTROLS, "text": CONTROLS, "agency": CONTROLS, "language": CONTROLS, "lead": CONTROLS},
    "huge": {"title": HUGE, "text": HUGE, "authors": (HUGE,) * 2, "section": HUGE, "language": "x" * 100_000},
    "empty": {"title": "", "text": "", "language": "", "source": ""},
    "language": {"title": "Lang", "language": '"><script>alert(1)</script>'},
}


@dataclass(frozen=True)
class Served:
    """A folder with a filled archive, and the ids of its articles by name."""

    folder: Path
    ids: dict[str, int]


def article(number: int, **fields: Any) -> Article:
    """An everyday article, found `number` minutes before NOW."""
    values: dict[str, Any] = {
        "url": f"https://coast.example/{number}",
        "title": f"Ferry number {number} leaves on time",
        "text": f"The ferry number {number} left the harbour.\n\nNobody was surprised by the flood of {number}.",
        "source": "coast",
        "language": "en",
        "lead": f"A short summary of {number}.",
        "authors": ("Grace Adhola",),
        "found": NOW - timedelta(minutes=number),
        "published": NOW - timedelta(minutes=number + 5),
        "content_hash": f"{number:06d}abcdef",
    }
    found = Article(**values | fields)
    return replace(found, canonical_url=found.canonical_url or found.url)


VOYAGES = "".join(f"<p>The ferry left the harbour on voyage {n} of the year.</p>" for n in range(9))
PAGE = f"""<html><head><title>Ferry</title></head><body><article><h1>Ferry</h1>{VOYAGES}
<p>Read more: another story about boats</p></article></body></html>"""


def store_with_page(folder: Path) -> int:
    """Store an article with its page; return its id."""
    url = "https://coast.example/kept"
    page = Page(url, NOW, PAGE.encode(), headers=(("Content-Type", "text/html; charset=utf-8"),))
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        entry = Entry(replace(article(99), url=url, canonical_url=url), pages=(page,))
        return archive.store([entry])[0].article_id


def alert(of: Article, rule: str = "floods", **fields: Any) -> Alert:
    """An alert for an article."""
    values: dict[str, Any] = {
        "id": f"{rule}-{abs(hash(of.url))}",
        "rule": rule,
        "rule_version": "1:abc",
        "source": of.source,
        "url": of.url,
        "title": of.title,
        "matched": NOW,
        "spans": (Span("text", 0, 9),),
        "excerpts": ("Nobody was surprised by the «flood».",),
        "story": "",
    }
    return Alert(**values | fields)


def fill(archive: Archive) -> dict[str, int]:
    """Everyday articles 1 to 60 (7 has alerts and versions, 1 to 3 are a story) and hostile ones; ids by name."""
    ids = {}
    for number in range(60, 0, -1):
        one = article(number)
        alerts = (alert(one),) if number == 7 else ()
        story = "00000000000000aa" if number <= 3 else f"{number:016x}"
        url = f"https://outlet{number}.example/{number}" if number <= 3 else one.url
        entry = Entry(replace(one, url=url, canonical_url=url), alerts, tuple((a.id, "desk") for a in alerts), story)
        ids[str(number)] = archive.store([replace(entry, revisit=NOW)])[0].article_id
    changed = article(7, title="Ferry number 7 leaves late", text="The ferry number 7 left the harbour two hours late.")
    archive.visits.record(
        Visited(ids["7"], NOW, None, 1, "v1", article=changed, changed=("title", "text"), old_version="v0")
    )
    for number, (name, fields) in enumerate(HOSTILE.items()):
        one = article(100, **{"url": f"https://evil.example/{name}", "source": "evil"} | fields)
        one = replace(one, found=NOW + timedelta(seconds=number), content_hash=f"{number:08x}bad")
        raised = alert(one, f"{name} {SCRIPT}", id=f"hostile-{name}", excerpts=(one.text[:300], BREAKOUT))
        entry = Entry(one, (raised,), ((raised.id, "desk"),), "00000000000000ee", NOW)
        ids[name] = archive.store([entry])[0].article_id
    worse = article(100, title=SCRIPT, text=f"{BREAKOUT} {TURNED}", authors=(BREAKOUT,))
    archive.visits.record(
        Visited(ids["script"], NOW, None, 1, "v1", article=worse, changed=("title", SCRIPT), old_version="v0")
    )
    archive.searches.keep(f"kept {SCRIPT}", f"q={BREAKOUT}", NOW)
    return ids


def make_site(folder: Path, *, password: str = "", where: Addresses | None = None, database_url: str = "") -> Site:
    """A site over a folder; the watch file is written where there is none."""
    watch = folder / "watch.yaml"
    if not watch.exists():
        watch.write_text(WATCH)
    places = Places(folder, "", database_url or f"sqlite:///{folder}/wirewatch.db", 1)
    return open_site(places, watch, {}, where or addresses("127.0.0.1", 8765), password=password, now=lambda: NOW)


@contextmanager
def client_of(site: Site, **options: Any) -> Iterator[TestClient]:
    """A client of a site, like a browser that opened its first page."""
    with TestClient(create_app(site), base_url=HOME, follow_redirects=False, **options) as client:
        yield client


def token_in(html: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', html) or re.search(r'"X-CSRF-Token": "([^"]+)"', html)
    assert found, html[:500]
    return found[1]
