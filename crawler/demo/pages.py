"""The newspaper's pages: articles in their layouts, front pages, section pages, notes."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from zlib import crc32

from crawler.demo.edition import Edition
from crawler.demo.layouts import LAYOUTS, Layout, body_html, template
from crawler.demo.metadata import PARTS, image_url, iso
from crawler.demo.outlets import OUTLETS
from crawler.demo.schedule import Version
from crawler.demo.truth import visible

RIGHT_TO_LEFT = {"ar"}
SLIDE = '<figure><img src="{src}" alt=""><figcaption>{text}</figcaption></figure>'
CARD = '<article class="card"><h2>{link}</h2><p>{lead}</p></article>'


@cache
def labels(language: str) -> dict[str, str]:
    """Return the words of the boilerplate in a language, escaped, as slots."""
    table = tomllib.loads((files("crawler.demo") / "labels.toml").read_text(encoding="utf-8"))[language]
    return {f"l_{key}": escape(value) for key, value in table.items() if isinstance(value, str)}


@cache
def _months(language: str) -> list[str]:
    text = (files("crawler.demo") / "labels.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)[language]["months"])


def printed_date(version: Version, field: str = "published") -> str:
    """Return a date as its byline prints it; The Coast Standard has its own format."""
    time: datetime = getattr(version, field).astimezone(version.outlet.zone)
    if version.story.outlet == 0:
        return f"{time:%B} {_ordinal(time.day)} {time:%Y} at {time:%H:%M:%S} GMT {time:%z}"
    language = version.story.language
    pattern = labels(language)["l_date"]
    month = _months(language)[time.month - 1]
    return pattern.format(day=time.day, month=month, year=time.year, time=f"{time:%H:%M}", zone=str(time.tzinfo))


def _ordinal(day: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day // 10 != 1 else 0, "th")
    return f"{day}{ending}"


def link(url: str, text: str) -> str:
    """Return an escaped anchor."""
    return f'<a href="{escape(url)}">{escape(text, quote=False)}</a>'


def _items(versions: tuple[Version, ...], edition: Edition) -> str:
    return "".join(f"<li>{link(edition.url(v), v.title)}</li>" for v in versions)


def frame(outlet: int, language: str, edition: Edition) -> dict[str, str]:
    """Return the slots of every page of an outlet."""
    paper = OUTLETS[outlet]
    nav = "".join(f"<li>{link(f'/{name}/', name.capitalize())}</li>" for name in paper.sections)
    others = sorted(edition.of(outlet), key=lambda v: crc32(v.story.slug.encode()))
    return labels(language) | {
        "outlet": escape(paper.name),
        "motto": escape(paper.motto),
        "style": paper.style,
        "language": language,
        "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "nav": f'<li><a href="/">{labels(language)["l_home"]}</a></li>{nav}',
        "year": str(edition.pace.origin.year),
        "most_read": _items(tuple(others[:5]), edition),
        "head": "",
    }


def render(slots: dict[str, str], layout: Layout, shell: str = "shell.html") -> str:
    """Return a whole page: masthead, main part and footer in the shell."""
    kind = "_soup" if layout.soup else ""
    for name, file in (("masthead", f"masthead{kind}"), ("footer", f"footer{kind}"), ("newsletter", "newsletter")):
        slots = slots | {name: template(f"{file}.html").substitute(slots)}
    main = template(layout.template).substitute(slots)
    return template(shell).substitute(slots | {"main": main})


def article_page(version: Version, edition: Edition, kind: str = "") -> str:
    """Return an article in its layout, or in the layout `kind` ("amp", "print")."""
    story = version.story
    layout = LAYOUTS[kind or story.layout]
    slots = frame(story.outlet, story.language, edition) | _article_slots(version, edition)
    if story.layout == "twin" and not kind:
        slots["head"] += f'\n<link rel="amphtml" href="{escape(edition.bases[story.outlet] + "/amp" + version.path)}">'
    slots["head"] += "".join("\n" + PARTS[part](version, edition) for part in layout.metadata)
    slots["body"] = body_html(layout, visible(version), slots)
    return render(slots, layout, "amp_shell.html" if kind == "amp" else "shell.html")


def _article_slots(version: Version, edition: Edition) -> dict[str, str]:
    story = version.story
    shelf = edition.of(story.outlet)
    others = tuple(v for v in shelf if v.story.slug != story.slug)
    near = sorted(
        others, key=lambda v: (v.story.language != story.language, crc32((story.slug + v.story.slug).encode()))
    )
    place = next((n for n, v in enumerate(shelf) if v.story.slug == story.slug), 0)
    texts = {
        "title": version.title,
        "window_title": f"{version.title} | {version.outlet.name}",
        "lead": story.lead,
        "authors": ", ".join(story.authors),
        "section": story.section.capitalize(),
        "date": printed_date(version),
        "updated": printed_date(version, "modified"),
        "caption": story.caption,
        "published": iso(version, "published"),
        "url": edition.url(version),
        "section_url": f"/{story.section if story.section in version.outlet.sections else story.language}/",
        "image": image_url(version, edition),
    }
    return {key: escape(value, quote=key in {"published", "url", "image"}) for key, value in texts.items()} | {
        "head": "" if story.layout == "plain" else f'<link rel="canonical" href="{escape(edition.url(version))}">',
        "tag_links": " ".join(link(f"/topic/{tag.lower().replace(' ', '-')}", tag) for tag in story.tags),
        "related": _items(tuple(near[:3]), edition),
        "related_first": link(edition.url(near[0]), near[0].title) if near else "",
        "previous": _neighbour(story.neighbours[:1], shelf[place + 1 : place + 2], edition),
        "next": _neighbour(story.neighbours[1:], shelf[max(place - 1, 0) : place], edition),
        "slides": _slides(version, edition),
    }


def _slides(version: Version, edition: Edition) -> str:
    pictures = ((image_url(version, edition, n), text) for n, text in enumerate(version.story.captions, 1))
    return "\n".join(SLIDE.format(src=escape(src), text=escape(text, quote=False)) for src, text in pictures)


def _neighbour(fixed: tuple[str, ...], near: tuple[Version, ...], edition: Edition) -> str:
    if fixed:
        return link("/archive/" + "-".join(fixed[0].lower().split()), fixed[0])
    return link(edition.url(near[0]), near[0].title) if near else ""


def list_page(outlet: int, section: str, edition: Edition) -> str:
    """Return a front page (section "") or a section page, which for Meridian is a language."""
    paper = OUTLETS[outlet]
    language = section if section in {"de", "fr", "es", "sw", "ar", "zh"} else "en"
    shown = [v for v in edition.of(outlet) if not section or section in {v.story.section, v.story.language}]
    cards = "\n".join(
        CARD.format(link=link(edition.url(v), v.title), lead=escape(v.story.lead, quote=False)) for v in shown
    )
    title = section.capitalize() or paper.name
    slots = frame(outlet, language, edition) | {
        "list_title": title,
        "window_title": f"{title} | {paper.name}" if section else f"{paper.name}: {paper.motto}",
        "cards": cards,
    }
    if paper.feed:
        slots["head"] = f'<link rel="alternate" type="{paper.feed_type}" title="{paper.name}" href="{paper.feed}">'
    return render(slots, Layout("list.html"))


def note_page(outlet: int, title: str, note: str, edition: Edition, language: str = "en") -> str:
    """Return a page that is not an article: about us, not found, withdrawn."""
    slots = frame(outlet, language, edition) | {
        "window_title": escape(f"{title} | {OUTLETS[outlet].name}"),
        "note_title": escape(title),
        "note": escape(note),
        "head": '<meta name="robots" content="noindex">',
    }
    return render(slots, Layout("note.html"))
