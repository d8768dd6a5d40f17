"""The schedule of a source form: the default, and the next times of what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crawler.config import Crawl, Watch
from crawler.config.cron import read_cron
from crawler.config.invalid_value import InvalidValue
from crawler.config.kinds import ADAPTIVE, read_duration, read_zone, show_duration
from crawler.usecases.sources.entries import SHORTEST_PUBLIC, effective, has_interval, next_times
from crawler.web.forms.sources import SourceForm

_EXAMPLE = {"id": "new", "site": "https://example.org"}  # an interval has a phase that follows from the id


def default_interval(defaults: Crawl) -> str:
    """Return the schedule of the watch file's defaults; "" if they have none."""
    if defaults.cron:
        return f"{defaults.cron} ({defaults.timezone or 'UTC'})"
    return f"every {show_duration(defaults.every)}" if defaults.every else ""


def proposed_schedule(defaults: Crawl) -> str:
    """Return the schedule to preselect for a new source: the default if there is one that suits a public site."""
    is_short = defaults.every and defaults.every < SHORTEST_PUBLIC
    return "default" if has_interval(defaults) and not is_short else ADAPTIVE


def schedule_context(sent: SourceForm, watch: Watch, now: datetime) -> dict[str, Any]:
    """Return what the schedule fields show: the default, and the next times or the error of what is chosen."""
    context: dict[str, Any] = {
        "default_interval": default_interval(watch.defaults),
        "upcoming": [],
        "schedule_error": "",
    }
    chosen = {key: value for key, value in sent.choices().items() if value and key != "tags"}
    readers: dict[str, Callable[[str], object]] = {"every": read_duration, "cron": read_cron, "timezone": read_zone}
    for key, value in chosen.items():
        try:
            if value != "?" and not (key == "every" and value == ADAPTIVE):
                readers[key](value)
        except InvalidValue as mistake:
            return context | {"schedule_error": str(mistake)}
    source = effective(_EXAMPLE | {"id": sent.id or "new"} | chosen, watch)
    return context | {"upcoming": next_times(source, now) if source else []}
