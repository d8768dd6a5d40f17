"""What an edit of the watch file changed, so that a running service applies only that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path

from crawler.config.file.load import read_text
from crawler.config.outputs import Channel, FeedOut
from crawler.config.rules import Rule
from crawler.config.sources import Source
from crawler.config.watch import Watch
from crawler.errors import ConfigError

Entry = Source | Rule | Channel | FeedOut


@dataclass(frozen=True, slots=True)
class Delta:
    """Ids of one section's entries, in the order of the file (removed: of the old file)."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        return ", ".join(
            f"{field.name} {' '.join(ids)}" for field in fields(self) if (ids := getattr(self, field.name))
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two watch files. A change of a default is a change of each source that takes it over.

    A changed list (`@name`) counts as a change of each rule: their meaning may differ.
    """

    sources: Delta = Delta()
    rules: Delta = Delta()
    channels: Delta = Delta()
    feeds: Delta = Delta()
    archive: Delta = Delta()
    health: Delta = Delta()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        parts = ((field.name, getattr(self, field.name)) for field in fields(self))
        return "; ".join(f"{name}: {delta}" for name, delta in parts if delta) or "nothing changed"


def diff(old: Watch, new: Watch) -> Changes:
    """Compare two watch files. Order and comments do not count."""
    return Changes(
        sources=_delta(old.sources, new.sources),
        rules=_delta(old.rules, new.rules, all_changed=old.lists != new.lists),
        channels=_delta(old.channels, new.channels),
        feeds=_delta(old.feeds, new.feeds),
        archive=Delta(changed=("keeping",)) if old.archive != new.archive else Delta(),
        health=Delta(changed=("send",)) if old.health != new.health else Delta(),
    )


def _delta(old: Iterable[Entry], new: Iterable[Entry], *, all_changed: bool = False) -> Delta:
    before, after = ({entry.id: entry for entry in entries} for entries in (old, new))
    return Delta(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(n for n, entry in after.items() if n in before and (all_changed or entry != before[n])),
    )


def fingerprint(path: Path) -> str:
    """Return a name for the file's present content; "" where it cannot be read (`load_watch` says why)."""
    try:
        return blake2b(read_text(path).encode(), digest_size=16).hexdigest()
    except ConfigError:
        return ""
