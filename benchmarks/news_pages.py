"""Pages of realistic size with generated text, for the benchmarks."""

from __future__ import annotations

import json
import random

WORDS = [
    "harbour",
    "council",
    "storm",
    "report",
    "minister",
    "budget",
    "school",
    "ferry",
    "market",
    "price",
    "inquiry",
    "union",
    "driver",
    "hospital",
    "river",
    "bridge",
    "election",
    "farmer",
    "court",
    "police",
    "museum",
    "library",
    "coast",
    "island",
    "engine",
    "ticket",
    "winter",
    "station",
    "committee",
    "village",
]
VERBS = [
    "said",
    "warned",
    "agreed",
    "decided",
    "promised",
    "denied",
    "repeated",
    "expected",
    "found",
    "refused",
    "explained",
    "counted",
]


def sentence(rng: random.Random) -> str:
    """Return a sentence of 12 to 26 words."""
    body = " ".join(rng.choice(WORDS) if rng.random() < 0.6 else rng.choice(VERBS) for _ in range(rng.randint(12, 26)))
    return f"The {body} on {rng.choice(WORDS)} number {rng.randint(1, 9999)}."


def article_page(n: int, links: int = 300, teasers: int = 120) -> str:
    """Return an article of about 600 words in a page of about 150 kB: menus, teasers, scripts, a footer."""
    rng = random.Random(n)
    title = f"Report {n}: {' '.join(rng.choice(WORDS) for _ in range(6))}"
    paragraphs = [" ".join(sentence(rng) for _ in range(3)) for _ in range(9)]
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": f"2026-11-{rng.randint(10, 22):02}T08:30:00+03:00",
        "author": [{"@type": "Person", "name": "Asha Mwangi"}],
    }
    menu = "".join(
        f'<li class="nav-item"><a class="nav-link" href="/section/{k}">{rng.choice(WORDS)} {k}</a></li>'
        for k in range(links)
    )
    cards = "".join(
        f'<div class="card teaser"><a href="/news/{k}"><img src="/i/{k}.jpg" alt=""><h3>{sentence(rng)[:60]}</h3></a>'
        f'<p class="summary">{sentence(rng)[:120]}</p></div>'
        for k in range(teasers)
    )
    script = "window.dataLayer=" + json.dumps([{"key": sentence(rng), "value": k} for k in range(150)]) + ";"
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    body = body.replace("</p>", '</p><p><a href="/news/1">Read More</a></p>', 1)
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Bench News</title>
<meta property="og:title" content="{title}"><meta name="description" content="{paragraphs[0][:150]}">
<script type="application/ld+json">{json.dumps(data)}</script><script>{script}</script>
<style>{".c{color:red}" * 400}</style></head>
<body><header><nav><ul>{menu}</ul></nav></header><main><article class="story"><h1>{title}</h1>
<div class="byline">By <a href="/author/asha">Asha Mwangi</a></div><div class="story-body">{body}</div>
<div class="tags"><a href="/t/1">harbour</a> <a href="/t/2">storm</a></div></article>
<aside class="related"><h2>Related Topics</h2>{cards}</aside></main>
<footer><ul>{menu}</ul><p>All rights reserved.</p></footer>
<script>{script}</script></body></html>"""


def feed(urls: list[str]) -> str:
    """Return an RSS feed of these pages."""
    items = "".join(f"<item><title>{k}</title><link>{url}</link></item>" for k, url in enumerate(urls))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Bench</title>{items}</channel></rss>'
