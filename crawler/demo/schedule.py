"""The content of the newspaper at a given time: a pure function of its start, its pace and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, reduce
from itertools import pairwise
from math import floor

from crawler.demo.generate import generated, number_in
from crawler.demo.outlets import OUTLETS, Outlet
from crawler.demo.story import Edit, Story, stock

LISTED = 60  # newest articles in the lists, feeds and sitemaps of the three outlets together


@dataclass(frozen=True, slots=True)
class Pace:
    """The start of the newspaper (aware), and the seconds between two new articles."""

    started: datetime
    new_every_s: float = 20

    @property
    def origin(self) -> datetime:
        """The start in UTC, in whole seconds, as in HTTP dates."""
        return self.started.astimezone(UTC).replace(microsecond=0)

    def appears(self, number: int) -> datetime:
        """Return when the new article with this number (from 0) appears."""
        return self.origin + timedelta(seconds=self.new_every_s * (number + 1))

    def count(self, now: datetime) -> int:
        """Return the number of new articles that have appeared by `now`."""
        return max(0, floor((now - self.origin).total_seconds() / self.new_every_s))


@dataclass(frozen=True, slots=True)
class Version:
    """One article at one time. `gone` is the status of a withdrawn article, otherwise 0."""

    story: Story
    title: str
    blocks: tuple[str, ...]
    listed: datetime  # when it appeared
    published: datetime  # the printed date
    modified: datetime  # the printed dateModified
    changed: datetime  # when its page last actually changed
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
    """Return the written articles that appear one by one after the start."""
    return tuple(story for story in stock() if story.age_min is None)


@cache
def _by_slug() -> dict[str, Story]:
    return {story.slug: story for story in stock()}


def new_story(number: int) -> Story:
    """Return the new article with this number: first the written ones, then generated ones."""
    return queue()[number] if number < len(queue()) else generated(number - len(queue()))


def find(slug: str, pace: Pace, now: datetime) -> Version | None:
    """Return the article with this slug at `now`; None if it does not exist, or not yet."""
    story = _by_slug().get(slug)
    if story is not None and story.age_min is not None:
        return version(story, pace.origin - timedelta(minutes=story.age_min), pace, now)
    number = _number(slug, story)
    if number is None or number >= pace.count(now) or new_story(number).slug != slug:
        return None
    return version(new_story(number), pace.appears(number), pace, now)


def _number(slug: str, story: Story | None) -> int | None:
    """Return the number of the new article with this slug."""
    if story is not None:
        return queue().index(story)
    generated_number = number_in(slug)
    return None if generated_number is None else generated_number + len(queue())


def recent(pace: Pace, now: datetime) -> tuple[Version, ...]:
    """Return the newest articles of the three outlets at `now`, newest first, including withdrawn ones."""
    count = pace.count(now)
    slugs = [new_story(number).slug for number in range(count - 1, max(-1, count - LISTED - 1), -1)]
    slugs += [story.slug for story in sorted(stock(), key=lambda s: s.age_min or 0) if story.age_min is not None]
    found = (find(slug, pace, now) for slug in slugs[:LISTED])
    return tuple(v for v in found if v is not None)


def version(story: Story, listed: datetime, pace: Pace, now: datetime) -> Version:
    """Return a story with all its changes by `now`. Its own times count from when it was first seen."""
    seen = max(listed, pace.origin)
    age_s = (now - seen).total_seconds()
    due = tuple(edit for edit in _changes(story) if edit.after_s <= age_s)
    title, blocks = reduce(_apply, due, (story.title, _opening(story)))
    published = story.dated or listed.replace(second=0, microsecond=0)
    printed = [seen + timedelta(seconds=edit.after_s) for edit in due if not edit.stealth]
    gone = story.gone_after_s is not None and story.gone_after_s <= age_s
    changes = [listed, *(seen + timedelta(seconds=edit.after_s) for edit in due)]
    if gone:
        changes.append(seen + timedelta(seconds=story.gone_after_s or 0))
    return Version(
        story=story,
        title=title,
        blocks=blocks,
        listed=listed,
        published=published,
        modified=max(printed, default=published).replace(microsecond=0),
        changed=max(changes),
        gone=story.gone_status if gone else 0,
    )


def _opening(story: Story) -> tuple[str, ...]:
    """Return the first blocks: a live blog begins with its introduction and oldest entries."""
    if not story.live_first:
        return story.blocks
    intro, entries = live_entries(story.blocks)
    return intro + sum(entries[-story.live_first :], ())


def live_entries(blocks: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a live blog's introduction, and its entries (newest first), each beginning with its heading."""
    marks = [n for n, block in enumerate(blocks) if block.startswith("## ")] + [len(blocks)]
    return blocks[: marks[0]], [blocks[a:b] for a, b in pairwise(marks)]


def _changes(story: Story) -> tuple[Edit, ...]:
    """Return the edits in order of time; each later entry of a live blog is one."""
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
