"""Entries of the watch file for sources: from a preview and a user's choices, and what to question before saving."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import ValidationError

from crawler.config import Crawl, Source, Watch
from crawler.config.file.load import with_defaults
from crawler.config.kinds import ADAPTIVE, show_duration, slug, suggest_id
from crawler.errors import FetchError
from crawler.networks import host_of, is_private_name
from crawler.schedule.due_time import NO_HISTORY, due_after
from crawler.usecases.preview import Preview

SHORTEST_PUBLIC: Final = timedelta(minutes=1)  # a shorter interval for a public site must be confirmed
MAX_NAME: Final = 60  # characters of a proposed name
MAX_ID: Final = 40  # characters of an id that follows from a name
MIN_ALIKE: Final = 3  # letters of a word that the host contains too
_SEPARATOR: Final = re.compile(r"\s+[-–—|:·•»]+\s+|\s*[|»·•]\s*|:\s+")
_DAY: Final = timedelta(days=1)


def entry_for(
    found: Preview,
    known: Watch,
    *,
    source_id: str = "",
    name: str | None = None,
    every: str = "",
    cron: str = "",
    timezone: str = "",
    tags: Sequence[str] = (),
) -> dict[str, object]:
    """Return the watch-file entry for a previewed source.

    `name`: None for the name that the preview found. `source_id`: "" for one that follows from the name or the address.
    `every`: a duration, or "adaptive", which is only written if the defaults have an interval. Raises FetchError if
    the address is already watched.
    """
    same = next((source.id for source in known.sources if source.url == found.url), None)
    if same:
        raise FetchError(f"already watched, as {same}", subject=found.url)
    is_usual = every == ADAPTIVE and not has_interval(known.defaults)
    chosen = {
        "every": "" if is_usual else every,
        "cron": cron,
        "timezone": timezone,
        "tags": list(tags),
        "private": found.private and not is_private_name(host_of(found.url)),
    }
    shown = proposed_name(found.title, found.url) if name is None else name
    own_id = source_id or free_id(slug(shown)[:MAX_ID].strip("-") or suggest_id(found.url), known)
    entry: dict[str, object] = {"id": own_id, **({"name": shown} if shown else {}), found.kind: found.url}
    return entry | {key: value for key, value in chosen.items() if value}


def proposed_name(title: str, url: str) -> str:
    """Return a name for a source from the title of its site or feed, such as "The Standard"; "" without a title.

    Of the parts of "Latest news | The Standard - Kenya", the one that resembles the host is the name.
    """
    parts = [part.strip() for part in _SEPARATOR.split(" ".join(title.split())) if part.strip()]
    if not parts:
        return ""
    host = "".join(char for char in host_of(url).removeprefix("www.") if char.isalnum())
    alike = [
        part for part in parts if (word := slug(part).replace("-", "")) and len(word) >= MIN_ALIKE and word in host
    ]
    known = [part for part in parts if any(len(w) >= MIN_ALIKE and w in host for w in slug(part).split("-"))]
    found = (alike or known or parts)[0]
    return found if len(found) <= MAX_NAME else found[: MAX_NAME - 1].rstrip() + "…"


def free_id(proposed: str, known: Watch) -> str:
    """Return an id that no source has: the proposed one, or with a number after it."""
    names = known.source_by_id
    numbered = (f"{proposed[:58].rstrip('-')}-{number}" for number in range(2, len(names) + 3))
    return proposed if proposed not in names else next(one for one in numbered if one not in names)


def has_interval(defaults: Crawl) -> bool:
    """Return whether the defaults of the watch file set an interval or a cron line."""
    return bool(defaults.every or defaults.cron)


def effective(entry: Mapping[str, object], known: Watch) -> Source | None:
    """Return the source that an entry describes, with the defaults; None if the entry is invalid."""
    try:
        return with_defaults(Source.model_validate(dict(entry)), known.defaults)
    except ValidationError:
        return None


def merged(raw: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Return an entry after a change, in which None removes a key."""
    return {key: value for key, value in {**raw, **changes}.items() if value is not None}


def interval_warning(entry: Mapping[str, object], known: Watch) -> str:
    """Return what to confirm before the entry is saved: an interval under a minute for a public site; "" for nothing.

    The interval may come from the defaults.
    """
    source = effective(entry, known)
    if source is None or not source.every or source.every >= SHORTEST_PUBLIC:
        return ""
    host = host_of(source.url)
    if host in source.private_network_hosts:
        return ""
    by = "" if entry.get("every") else " (the default of the watch file)"
    return (
        f"Every {show_duration(source.every)}{by} is {_DAY // source.every:,} crawls of {host} a day. Sites may block "
        "a crawler for this. An adaptive interval finds articles as soon as the site usually publishes them."
    )


def next_times(source: Source, now: datetime, count: int = 5) -> list[datetime]:
    """Return the next times (UTC) at which a source with `every` or `cron` is crawled; [] for an adaptive one."""
    if not (source.every or source.cron):
        return []
    times = [due_after(source, NO_HISTORY, now)]
    while len(times) < count:
        times.append(due_after(source, NO_HISTORY, times[-1]))
    return [time.astimezone(UTC) for time in times]
