"""Pages of our own for crawls: an article with furniture, and listings."""

from __future__ import annotations

from collections.abc import Sequence

SENTENCES = (
    "The harbour board met for six hours on {topic} and left without a decision that anybody could write down.",
    "Two members asked for the figures on {topic} again, because the first set had counted the same barges twice.",
    "Residents who came to speak about {topic} were told to write their questions on a card and to leave a number.",
    "A clerk carried the files on {topic} out of the hall shortly before midnight, and the lights went off behind her.",
)


def article(topic: str, *, title: str = "", head: str = "", tail: str = "") -> str:
    """A page whose body is four paragraphs about `topic`."""
    title = title or f"Board argues about {topic} until midnight"
    body = "".join(f"<p>{sentence.format(topic=topic)} {sentence.format(topic=topic)}</p>" for sentence in SENTENCES)
    return f"""<!doctype html><html lang="en"><head><title>{title}</title><meta charset="utf-8">{head}</head><body>
<nav><a href="/">Home</a> <a href="/sport/">Sport</a></nav>
<article><h1>{title}</h1>{body}<p>Read More</p>{tail}</article>
<footer><a href="/imprint">Imprint</a></footer></body></html>"""


def feed(urls: Sequence[str], *, dates: Sequence[str] = ()) -> str:
    """An RSS feed of `urls`."""
    items = "".join(
        f"<item><title>Item {n}</title><link>{url}</link>{f'<pubDate>{dates[n]}</pubDate>' if dates else ''}</item>"
        for n, url in enumerate(urls)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'
