"""The page layouts: template, markup of blocks, boilerplate between them, and metadata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. `inserts` puts boilerplate after the n-th block; `metadata` names parts of crawler.demo.metadata."""

    template: str
    paragraph: str = "<p>{}</p>"
    heading: str = "<h2>{}</h2>"
    inserts: tuple[tuple[int, str], ...] = ()
    metadata: tuple[str, ...] = ()
    soup: bool = False  # divs instead of header, nav and footer


_DIV = '<div class="p">{}</div>'

LAYOUTS = {
    "semantic": Layout("semantic.html", inserts=((4, "read_more"), (9, "ad")), metadata=("meta", "json_ld")),
    "soup": Layout("soup.html", _DIV, inserts=((2, "ad"), (5, "read_more")), metadata=("meta",), soup=True),
    "paywall": Layout("paywall.html", metadata=("meta", "json_ld"), soup=True),
    "twin": Layout("twin.html", inserts=((3, "read_more"),), metadata=("graph",)),
    "plain": Layout("plain.html", heading="<p><b>{}</b></p>", inserts=((3, "ad"),)),
    "live": Layout("live.html", heading="<h3>{}</h3>", metadata=("meta", "live"), soup=True),
    "gallery": Layout("gallery.html", metadata=("meta",)),
    "amp": Layout("amp.html", inserts=((3, "ad"),), metadata=("graph",)),
    "print": Layout("print.html"),
}

_INSERTS = {
    ("read_more", False): '<div class="readmore"><strong>$l_read_more</strong><ul>$related</ul></div>',
    ("read_more", True): '<div class="rm"><b>$l_read_more</b> $related_first</div>',
    ("ad", False): '<div class="ad"><span>$l_ad</span></div>',
    ("ad", True): '<div class="adv">$l_ad</div>',
}


@cache
def template(name: str) -> Template:
    """Return a template of the layouts folder."""
    return Template((files("crawler.demo") / "layouts" / name).read_text(encoding="utf-8"))


def block_html(layout: Layout, block: str) -> str:
    """Return a block of an article's body, escaped."""
    kind, _, rest = block.partition(" ")
    if kind == "##":
        return layout.heading.format(escape(rest, quote=False))
    if kind == ">":
        return "<blockquote>" + layout.paragraph.format(escape(rest, quote=False)) + "</blockquote>"
    return layout.paragraph.format(escape(block, quote=False))


def body_html(layout: Layout, blocks: tuple[str, ...], slots: dict[str, str]) -> str:
    """Return the body with boilerplate between its blocks, and none after the last."""
    inserts = dict(layout.inserts)
    parts = []
    for n, block in enumerate(blocks, 1):
        parts.append(block_html(layout, block))
        if n in inserts and n < len(blocks):
            parts.append(Template(_INSERTS[inserts[n], layout.soup]).substitute(slots))
    return "\n".join(parts)
