"""A prepared archive with two weeks of the demo newspaper: stories, copies, versions, alerts, deliveries, runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from crawler.archive import Archive, Entry, Visited
from crawler.config import Watch, load_watch
from crawler.demo.generate import generated
from crawler.demo.outlets import OUTLETS
from crawler.demo.schedule import Pace, Version, version
from crawler.demo.story import Story, stock
from crawler.demo.truth import plain, visible
from crawler.items import Alert, Article, Outcome, ReadListing, Run
from crawler.pipelines.match import alert, alert_id
from crawler.rules import Matcher, compile_rule

DAYS = 14
GENERATED = 105
SOURCES = ("coast-standard", "northgate-courier", "meridian")
CHANGED = "luro-river-floods"  # an article that was edited after it was found
WATCH = """\
# What the desk watches
defaults: {delay: 2s, every: 10m}

sources:
  - id: coast-standard          # the shore
    feed: https://coast-standard.example/rss.xml
    tags: [coast]
  - id: northgate-courier
    sitemap: https://northgate-courier.example/sitemap.xml
    tags: [city]
  - id: meridian
    site: https://meridian.example
    tags: [world]

lists:
  leaders: [Kadhemi, Kadhimi]   # spellings of one name

rules:
  # asked for by the foreign desk
  - id: us-in-iraq
    query: '("US embassy" OR Baghdad) AND (rocket* OR attack*)'
    send: [desk, night]
  - id: floods                  # water
    query: '(flood* OR "dam break") NOT sale'
    send: [desk]
  - id: refineries
    query: '(refinery OR "tank fire") AND (smoke OR burn* OR rust)'
    send: [desk]
  - id: health
    any: ["hospital*", measles]
    send: [desk]
  - id: money
    any: [central bank, interest rate*, inflation]
    send: [desk]

channels:
  - {id: desk, url: "terminal:"}
  - {id: night, url: "https://hooks.example/night"}
"""


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A folder with the archive and its watch file, and what the journeys go to."""

    folder: Path
    changed: int  # id of an article with a later version
    dead: str  # id of an alert with a dead delivery

    @property
    def watch_file(self) -> Path:
        """The watch file."""
        return self.folder / "watch.yaml"


def newsroom(folder: Path, now: datetime) -> Newsroom:
    """Fills a folder with what was found in the DAYS before `now` (aware)."""
    (folder / "watch.yaml").write_text(WATCH, encoding="utf-8")
    watch = load_watch(folder / "watch.yaml", {})
    matcher = Matcher([compile_rule(rule.spec(watch.lists)) for rule in watch.rules])
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        changed = 0
        for story, found in _appearances(now):
            article = _article(version(story, found, Pace(found), found), found)
            key = sha256(story.blocks[0].encode()).hexdigest()[:16]  # a copy begins as the first one does
            alerts = _alerts(matcher, article, key)
            channels = _channels(watch, alerts)
            number = archive.store([Entry(article, alerts, channels, key, found + timedelta(hours=1))])[0].article_id
            if story.slug.startswith(CHANGED):
                changed = number
                _edit(archive, number, story, article, found)
        dead = _deliver(archive, now)
        _crawls(archive, now)
    assert changed
    return Newsroom(folder, changed, dead)


def _appearances(now: datetime) -> list[tuple[Story, datetime]]:
    """Stories and when each was found, the oldest first: generated ones, the written ones among the newest of them."""
    rng = Random(8)
    stories = [generated(number) for number in range(GENERATED)]
    for place, story in enumerate(stock()):
        stories.insert(GENERATED - 5 + place if place % 3 else place * 9, story)
    flood = next(place for place, story in enumerate(stories) if CHANGED in story.slug)
    for outlet, title in ((1, "Fourteen villages on the Luro wait for boats"), (2, "Luro delta: the railway stops")):
        slug = title.lower().replace(" ", "-").replace(":", "")
        section = OUTLETS[outlet].sections[0]
        stories.insert(flood + 1, replace(stories[flood], slug=slug, outlet=outlet, title=title, section=section))
    seconds = sorted(rng.uniform(0, 1) ** 1.6 * DAYS * 86_400 for _ in stories)
    times = [now - timedelta(seconds=240 + back) for back in reversed(seconds)]
    return list(zip(stories, times, strict=True))


def _article(one: Version, found: datetime) -> Article:
    source = SOURCES[one.story.outlet]
    url = f"https://{source}.example{one.path}"
    text = "\n\n".join(map(plain, visible(one)))
    return Article(
        url=url,
        canonical_url=url,
        title=one.title,
        text=text,
        source=source,
        language=one.story.language,
        lead=one.story.lead,
        authors=one.story.authors,
        section=one.story.section,
        tags=one.story.tags,
        agency=one.story.agency,
        found=found,
        fetched=found,
        listed=found - timedelta(seconds=2),
        published=found - timedelta(minutes=6),
        content_hash=sha256(text.encode()).hexdigest()[:32],
    )


def _alerts(matcher: Matcher, article: Article, story: str) -> tuple[Alert, ...]:
    assert article.found
    moment = article.found + timedelta(seconds=1)
    return tuple(alert(article, hit, alert_id(hit.rule, story), "new", story, moment) for hit in matcher.match(article))


def _channels(watch: Watch, alerts: tuple[Alert, ...]) -> tuple[tuple[str, str], ...]:
    send = {rule.id: rule.send for rule in watch.rules}
    return tuple((one.id, channel) for one in alerts for channel in send[one.rule])


def _edit(archive: Archive, number: int, story: Story, old: Article, found: datetime) -> None:
    """The edits that the newspaper made to a story later, as one visit found them."""
    seen = found + timedelta(minutes=47)
    later = _article(version(story, found, Pace(found), seen), found)
    assert later.text != old.text
    changed = tuple(name for name in ("title", "text") if getattr(later, name) != getattr(old, name))
    archive.visits.record(
        Visited(number, seen, None, 1, "v1", article=replace(later, fetched=seen), changed=changed, old_version="v0")
    )


def _deliver(archive: Archive, now: datetime) -> str:
    """Send what waits; the last one of the channel `night` becomes dead. Return that one's alert id."""
    dead = ""
    for number, queued in enumerate(archive.outbox.deliveries(limit=1000)):
        archive.outbox.bundle(f"m{number}", "alert", [queued.id], now)
        if queued.channel == "night" and not dead:
            dead = queued.alert.id
            archive.outbox.mark_dead("night", f"m{number}", now, "it answers 503, 12 times")
        else:
            sent = queued.alert.matched + timedelta(seconds=3)
            archive.outbox.mark_sent(queued.channel, f"m{number}", sent)
    return dead


def _crawls(archive: Archive, now: datetime) -> None:
    for place, source in enumerate(SOURCES):
        for number in range(1, 9):
            started = now - timedelta(minutes=10 * number - place)
            failed = source == "meridian" and number == 3
            outcome, error = (Outcome.FAILED, "meridian.example answers 503") if failed else (Outcome.DONE, "")
            run = Run(
                f"{source}-{number}", source, started, started + timedelta(seconds=2.4 + place), outcome,
                0 if failed else 20, 0 if failed else number % 3, 0 if failed else 18, int(failed), 48_000, error,
            )  # fmt: skip
            archive.save_run(run, [ReadListing("feed", f"https://{source}.example/feed.xml", started, 200)])
