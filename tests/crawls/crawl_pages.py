"""Pages of our own for crawls: an article with boilerplate, and listings."""

from __future__ import annotations

import random
from collections.abc import Sequence

SENTENCES = (
    "The harbour board met for six hours on {topic} and left without a decision that anybody could write down.",
    "Two members asked for the figures on {topic} again, because the first set had counted the same barges twice.",
    "Residents who came to speak about {topic} were told to write their questions on a card and to leave a number.",
    "A clerk carried the files on {topic} out of the hall shortly before midnight, and the lights went off behind her.",
)


_WORDS = """harbour council barge winter morning engine rope ticket letter budget gravel lantern captain pilot market
window paper copper timber bridge signal garden school doctor farmer river island coffee button ladder hammer mirror
carried measured painted counted sold repaired forgot moved found opened closed weighed under behind with against"""
WORDS = _WORDS.split()


NEIGHBOURS = "private_hosts: [127.0.0.2, 127.0.0.3]"  # of a source: the other hosts of the mock site


def own_words(topic: str, part: int, sentences: int = 9) -> str:
    """Sentences that no other topic has: two articles of one site must not be copies of one story."""
    rng = random.Random(f"{topic} {part}")
    said = (" ".join(rng.choice(WORDS) for _ in range(12)).capitalize() + "." for _ in range(sentences))
    return " ".join(said)


def article(topic: str, *, title: str = "", head: str = "", tail: str = "") -> str:
    """A page whose body is four paragraphs about `topic`."""
    title = title or f"Board argues about {topic} until midnight"
    body = "".join(
        f"<p>{sentence.format(topic=topic)} {own_words(topic, part)}</p>" for part, sentence in enumerate(SENTENCES)
    )
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
