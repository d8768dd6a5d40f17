"""The ground truth of a chaos run: which hosts there are, what each publishes and when, and which rules match it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

from crawl_pages import own_words

KEYWORDS = ("quokka", "zeppelin", "obsidian", "marzipan", "gyroscope", "tamarind", "bassoon", "halibut")
SHARE = 0.2  # of the articles in which each keyword stands
_WORDS = """amber anchor brisk cistern calm dynamo dusty estuary faint ferry grand granary hollow harness icy inlet
jagged jetty keen kiln lofty lighthouse mellow mooring narrow notary odd orchard pale quarry"""
_ADJECTIVES, _NOUNS = _WORDS.split()[::2], _WORDS.split()[1::2]


@dataclass(frozen=True, slots=True)
class Story:
    """One article. `at_s`: seconds after the farm's start when it is published."""

    number: int
    host: int
    title: str
    keywords: tuple[str, ...]
    at_s: float

    @property
    def path(self) -> str:
        """Where it stands on its host."""
        return f"/news/{self.title.lower().replace(' ', '-')}-{self.number}"

    def html(self) -> str:
        """Its page, as long as a short report."""
        body = "".join(f"<p>{own_words(f'{self.title} {self.number}', part)}</p>" for part in range(4))
        # no two sentences alike: what recurs on a site's pages is learned as boilerplate
        told = "".join(
            f"<p>The {word} {own_words(f'{word} {self.number}', 9, 1).lower()}</p>" for word in self.keywords
        )
        return (
            f'<!doctype html><html lang="en"><head><title>{self.title}</title><meta charset="utf-8"></head><body>'
            f"<nav><a href='/'>Home</a></nav><article><h1>{self.title}</h1>{body}{told}</article></body></html>"
        )


@dataclass(frozen=True, slots=True)
class Host:
    """One site. What is due between two starts is the larger of its own delay and its robots.txt's."""

    number: int
    delay_s: float
    crawl_delay_s: float

    @property
    def address(self) -> str:
        """Its own address in 127.0.0.0/8."""
        return f"127.77.{self.number // 200 + 1}.{self.number % 200 + 1}"

    @property
    def due_s(self) -> float:
        """What lies between two starts at least."""
        return max(self.delay_s, self.crawl_delay_s)


@dataclass(frozen=True)
class Plan:
    """A run, all of which follows from its numbers."""

    seed: int = 1
    hosts: int = 30
    stories: int = 180
    spread_s: float = 20.0  # the second half of the articles is published over so long
    every_s: int = 10
    kills: int = 12
    pause_s: float = 1.0  # between two kills, on average
    cuts: int = 1  # of the database
    losses: int = 1  # of Valkey's last second
    faults: float = 0.0  # share of article requests that fail; each costs a pause of five minutes
    workers: int = 3
    schedulers: int = 2
    deliverers: int = 2
    delay_s: float = 0.0  # of every site; 0.0 for several
    rolling: bool = True  # a rolling restart at the end

    @cached_property
    def sites(self) -> list[Host]:
        """All hosts: half name a delay in robots.txt, all have one of their own."""
        rng = random.Random(f"sites {self.seed}")
        return [
            Host(n, self.delay_s or rng.choice((0.2, 0.4, 0.8)), rng.choice((0.0, 0.0, 0.5, 1.0)))
            for n in range(self.hosts)
        ]

    @cached_property
    def articles(self) -> list[Story]:
        """All articles; the first half is there from the start."""
        rng = random.Random(f"articles {self.seed}")
        found = []
        for n in range(self.stories):
            title = f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)} {rng.choice(_NOUNS)}".capitalize()
            keywords = tuple(word for word in KEYWORDS if rng.random() < SHARE)
            late = n >= self.stories // 2
            found.append(Story(n, n % self.hosts, title, keywords, rng.uniform(0, self.spread_s) if late else 0.0))
        return found

    def urls(self, port: int) -> set[str]:
        """The canonical address of each article."""
        return {self.url(story, port) for story in self.articles}

    def url(self, story: Story, port: int) -> str:
        """The canonical address of an article."""
        return f"http://{self.sites[story.host].address}:{port}{story.path}"

    def due_alerts(self, port: int) -> set[tuple[str, str]]:
        """(rule, article's address) of every alert that is due."""
        return {(word, self.url(story, port)) for story in self.articles for word in story.keywords}

    def watch(self, port: int, hook: str, secret: str) -> str:
        """The watch file."""
        sources = "".join(
            f"  - {{id: s{site.number}, feed: 'http://{site.address}:{port}/feed.xml', every: {self.every_s}s, "
            f"delay: {int(site.delay_s * 1000)}ms, revisit: []}}\n"
            for site in self.sites
        )
        rules = "".join(f"  - {{id: {word}, any: [{word}], send: [hook]}}\n" for word in KEYWORDS)
        channel = f"  - {{id: hook, url: '{hook}', private: true, group: 0s, secrets: [{secret}]}}\n"
        return f"sources:\n{sources}rules:\n{rules}channels:\n{channel}"
