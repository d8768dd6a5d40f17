# ruff: noqa: E501 - page fixtures read best on one line
"""Pages built for the tests: a story of our own and ways to put boilerplate around it."""

from __future__ import annotations

from pathlib import Path

PAGES = Path(__file__).parent / "pages"
URL = "https://harbourpost.example/news/2026/11/20/ferry-returns"
STORY = (
    "The old ferry between Lund and the northern islands will sail again next spring, the harbour office said on Friday.",
    "Engineers spent eleven months on the engines after a fire had stopped the service in the middle of the season.",
    "“We never thought of giving her up,” said harbour master Ingrid Sole, who had been on board that night.",
    "The council voted for the repair by nine votes to four, with two members of the coalition staying at home.",
    "Tickets for the first week go on sale in March, and children under twelve will travel free of charge.",
)


def page(body: str, head: str = "", *, title: str = "Old ferry to sail again next spring", lang: str = "en") -> bytes:
    """A small but complete page whose article is `body`."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} | Harbour Post</title>'
        f'<meta property="og:site_name" content="Harbour Post">{head}</head>'
        f"<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    ).encode()


def paragraphs(lines: tuple[str, ...] = STORY) -> list[str]:
    return [f"<p>{line}</p>" for line in lines]


def with_boilerplate(boilerplate: str, *, at: int = 2, head: str = "", lang: str = "en") -> bytes:
    """The story with `boilerplate` before its paragraph number `at`; negative counts from the end, 99 is below the text."""
    parts = paragraphs()
    parts.insert(at, boilerplate)
    return page("".join(parts), head, lang=lang)
