"""What stands in the newspaper at a given time: a pure function of its start, its pace and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, reduce
from itertools import pairwise
from math import floor

from crawler.demo.generate import generated, number_in
from crawler.demo.outlets import OUTLETS, Outlet
from crawler.demo.story import Edit, Story, stock

LISTED = 60  # the newest articles that the lists, feed and sitemaps of the three outlets show together


@dataclass(frozen=True, slots=True)
class Pace:
    """When the newspaper started (aware), and how many seconds pass between two new articles."""

    started: datetime
    new_every_s: float = 20

    @property
    def origin(self) -> datetime:
        """The start in UTC, in whole seconds: HTTP dates and pages know no smaller unit."""
        return self.started.astimezone(UTC).replace(microsecond=0)

    def appears(self, number: int) -> datetime:
        """When the new article with this number (from 0) appears."""
        return self.origin + timedelta(seconds=self.new_every_s * (number + 1))

    def count(self, now: datetime) -> int:
        """How many new articles have appeared by `now`."""
        return max(0, floor((now - self.origin).total_seconds() / self.new_every_s))


@dataclass(frozen=True, slots=True)
class Version:
    """One article as it stands at one time. `gone` is the status of a withdrawn article, 0 while it stands."""

    story: Story
    title: str
    blocks: tuple[str, ...]
    listed: datetime  # when it appeared
    published: datetime  # the date that it prints
    modified: datetime  # the dateModified that it prints
    changed: datetime  # when its page last really changed
    gone: int = 0

    @property
    def outlet(self) -> Outlet:
        """The outlet that prints it."""
        return OUTLETS[self.story.outlet]

    @property
    def path(self) -> str:
        """Its address within the outlet."""
        return self.outlet.article_path(self.story.section, self.story.language, self.story.slug, self.published)


@cache
def queue() -> tuple[Story, ...]:
    """The written articles that appear one by one after the start."""
    return tuple(story for story in stock() if story.age_min is None)


@cache
def _by_slug() -> dict[str, Story]:
    return {story.slug: story for story in stock()}


def new_story(number: int) -> Story:
    """The new article with this number: first the written ones, then generated ones without end."""
    return queue()[number] if number < len(queue()) else generated(number - len(queue()))


def find(slug: str, pace: Pace, now: datetime) -> Version | None:
    """The article with this slug as it stands at `now`; None when there is none, or not yet."""
    story = _by_slug().get(slug)
    if story is not None and story.age_min is not None:
        return version(story, pace.origin - timedelta(minutes=story.age_min), pace, now)
    number = _number(slug, story)
    if number is None or number >= pace.count(now) or new_story(number).slug != slug:
        return None
    return version(new_story(number), pace.appears(number), pace, now)


def _number(slug: str, story: Story | None) -> int | None:
    """Which of the new articles a slug names."""
    if story is not None:
        return queue().index(story)
    composed = number_in(slug)
    return None if composed is None else composed + len(queue())


def recent(pace: Pace, now: datetime) -> tuple[Version, ...]:
    """The newest articles of the three outlets at `now`, the newest first, withdrawn ones included."""
    count = pace.count(now)
    slugs = [new_story(number).slug for number in range(count - 1, max(-1, count - LISTED - 1), -1)]
    slugs += [story.slug for story in sorted(stock(), key=lambda s: s.age_min or 0) if story.age_min is not None]
    found = (find(slug, pace, now) for slug in slugs[:LISTED])
    return tuple(v for v in found if v is not None)


def version(story: Story, listed: datetime, pace: Pace, now: datetime) -> Version:
    """A story with everything that has happened to it by `now`. Its own times count from when it was first seen."""
    seen = max(listed, pace.origin)
    age_s = (now - seen).total_seconds()
    due = tuple(edit for edit in _changes(story) if edit.after_s <= age_s)
    title, blocks = reduce(_apply, due, (story.title, _opening(story)))
    published = story.dated or listed.replace(second=0, microsecond=0)
    told = [seen + timedelta(seconds=edit.after_s) for edit in due if not edit.stealth]
    gone = story.gone_after_s is not None and story.gone_after_s <= age_s
    moments = [listed, *(seen + timedelta(seconds=edit.after_s) for edit in due)]
    if gone:
        moments.append(seen + timedelta(seconds=story.gone_after_s or 0))
    return Version(
        story=story,
        title=title,
        blocks=blocks,
        listed=listed,
        published=published,
        modified=max(told, default=published).replace(microsecond=0),
        changed=max(moments),
        gone=story.gone_status if gone else 0,
    )


def _opening(story: Story) -> tuple[str, ...]:
    """The blocks that stand there first: a live blog begins with its introduction and oldest entries."""
    if not story.live_first:
        return story.blocks
    intro, entries = live_entries(story.blocks)
    return intro + sum(entries[-story.live_first :], ())


def live_entries(blocks: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A live blog's introduction, and its entries (the newest first), each beginning with its heading."""
    marks = [n for n, block in enumerate(blocks) if block.startswith("## ")] + [len(blocks)]
    return blocks[: marks[0]], [blocks[a:b] for a, b in pairwise(marks)]


def _changes(story: Story) -> tuple[Edit, ...]:
    """Its edits in order of time; each later entry of a live blog is one."""
    if not story.live_first:
        return story.edits
    entries = live_entries(story.blocks)[1][: -story.live_first][::-1]
    later = tuple(Edit(story.live_every_s * n, add=entry) for n, entry in enumerate(entries, 1))
    return tuple(sorted(story.edits + later, key=lambda edit: edit.after_s))


def _apply(page: tuple[str, tuple[str, ...]], edit: Edit) -> tuple[str, tuple[str, ...]]:
    title, blocks = page
    for old, new in edit.replace:
        blocks = tuple(block.replace(old, new) for block in blocks)
    intro, entries = live_entries(blocks)
    if entries and edit.add and edit.add[0].startswith("## "):
        return edit.title or title, intro + edit.add + sum(entries, ())
    return edit.title or title, blocks + edit.add
