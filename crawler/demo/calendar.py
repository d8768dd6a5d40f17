"""The coming events of the newspaper, for users who want to watch them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from crawler.demo.schedule import Pace, queue
from crawler.demo.story import Story, stock


def happenings(pace: Pace) -> tuple[tuple[datetime, str], ...]:
    """Return the first new articles, every edit and withdrawal, in order: time (UTC), and one line."""
    new = queue()
    first = new[0].title if new else "a new article"
    events = [
        (pace.appears(0), f"A new article: {first}"),
        (pace.appears(1), f"Another one, and so on every {pace.new_every_s:g} seconds"),
        (
            pace.appears(len(new)),
            "From now on, new articles are generated at random; every fifth is a copy of the one before",
        ),
    ]
    for story in stock():
        seen = pace.origin if story.age_min is not None else pace.appears(new.index(story))
        events += [(seen + timedelta(seconds=after_s), line) for after_s, line in _of(story)]
    return tuple(sorted(events))


def _of(story: Story) -> Iterator[tuple[float, str]]:
    for edit in story.edits:
        how = "Changed quietly, dateModified stays" if edit.stealth else "Edited"
        yield edit.after_s, f"{how}: {story.title}"
    if story.live_first:
        yield story.live_every_s, f"The live blog grows every {story.live_every_s:g} seconds: {story.title}"
    if story.gone_after_s is not None:
        yield story.gone_after_s, f"Withdrawn ({story.gone_status}): {story.title}"
