"""Source forms: sources of the watch file as text fields and back, keeping keys without a field as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from crawler.config.kinds import ADAPTIVE
from crawler.config.sources import KINDS

MIDDLE, SHORT = 8_000, 2_100  # characters of a field
NEVER = "never"
TEXTS = ("name", "timezone", "language", "max_age", "delay", "user_agent", "silent_until")
SELECTORS = ("select", "remove", "title", "date")  # of `extract`
TERMS = ("keep", "drop")  # of `extract`
SCHEDULES = ("adaptive", "every", "cron", "default")
Middle = Annotated[str, Field(max_length=MIDDLE)]
Short = Annotated[str, Field(max_length=SHORT)]


class SourceForm(BaseModel):
    """The fields of a source: patterns, selectors and lines on separate lines, ids, hosts and ages between commas.

    `schedule`: one of SCHEDULES, "" for what `every` and `cron` say; "default" is the interval of the defaults.
    """

    model_config = ConfigDict(frozen=True)

    id: Short = ""
    name: Short = ""
    kind: Short = ""
    address: Short = ""
    schedule: Short = ""
    every: Short = ""
    cron: Short = ""
    timezone: Short = ""
    language: Short = ""
    tags: Middle = ""
    allow: Middle = ""
    deny: Middle = ""
    max_age: Short = ""
    max_pages: Short = ""
    delay: Short = ""
    user_agent: Short = ""
    revisit: Short = ""
    render: Short = ""
    expect: Short = ""
    private: bool = False
    private_hosts: Middle = ""
    paused: bool = False
    silent_until: Short = ""
    select: Middle = ""
    remove: Middle = ""
    title: Middle = ""
    date: Middle = ""
    keep: Middle = ""
    drop: Middle = ""

    @classmethod
    def of(cls, raw: Mapping[str, Any], *, has_default: bool) -> SourceForm:
        """Return the fields of a watch-file entry, which may be invalid. `has_default`: see `has_interval`."""
        kind = next((name for name in KINDS if raw.get(name)), "site")
        found = raw.get("extract")
        extract: Mapping[str, Any] = found if isinstance(found, dict) else {}
        every = _text(raw.get("every"))
        usual = "default" if has_default else ADAPTIVE
        timed = "cron" if raw.get("cron") else "every" if every else usual
        return cls(
            id=_text(raw.get("id")),
            kind=kind,
            address=_text(raw.get(kind)),
            schedule=ADAPTIVE if every == ADAPTIVE else timed,
            every="" if every == ADAPTIVE else every,
            cron=_text(raw.get("cron")),
            **{name: _text(raw.get(name)) for name in TEXTS},
            tags=", ".join(_texts(raw.get("tags"))),
            allow="\n".join(_texts(raw.get("allow"))),
            deny="\n".join(_texts(raw.get("deny"))),
            max_pages=_text(raw.get("max_pages")),
            revisit=NEVER if raw.get("revisit") == [] else ", ".join(_texts(raw.get("revisit"))),
            render={True: "yes", False: "no"}.get(raw["render"], "") if raw.get("render") is not None else "",
            expect=", ".join(_texts(raw.get("expect"))),
            private=raw.get("private") is True,
            private_hosts=", ".join(_texts(raw.get("private_hosts"))),
            paused=raw.get("paused") is True,
            **{name: "\n".join(_texts(extract.get(name))) for name in (*SELECTORS, *TERMS)},
        )

    def entry(self, *, has_default: bool) -> dict[str, object]:
        """Return the entry for the watch file, without the keys that have no field."""
        schedule = self.schedule or ("every" if self.every else "cron" if self.cron else "default")
        adaptive = ADAPTIVE if has_default else ""
        kind = self.kind if self.kind in KINDS else "site"
        extract: dict[str, object] = {name: _one_or_more(getattr(self, name)) for name in SELECTORS}
        extract |= {name: _lines(getattr(self, name)) for name in TERMS}
        pages = self.max_pages.strip()
        revisit = self.revisit.strip().lower()
        values: dict[str, object] = {
            "id": self.id.strip(),
            "name": self.name.strip(),
            kind: self.address.strip(),
            "every": {"every": self.every.strip() or "?", ADAPTIVE: adaptive}.get(schedule, ""),
            "cron": (self.cron.strip() or "?") if schedule == "cron" else "",
            **{name: getattr(self, name).strip() for name in TEXTS[1:]},
            "tags": _words(self.tags),
            "allow": _lines(self.allow),
            "deny": _lines(self.deny),
            "max_pages": int(pages) if pages.isascii() and pages.isdigit() else pages,
            "render": {"yes": True, "no": False}.get(self.render),
            "expect": _words(self.expect),
            "private": self.private,
            "private_hosts": _words(self.private_hosts),
            "paused": self.paused,
            "extract": {name: value for name, value in extract.items() if value},
        }
        kept = {key: value for key, value in values.items() if value or (key == "render" and value is False)}
        return kept | ({"revisit": [] if revisit == NEVER else _words(self.revisit)} if revisit else {})

    def choices(self) -> dict[str, Any]:
        """Return the schedule and the tags for `entry_for`; an incomplete schedule is "?", which is never valid."""
        schedule = self.schedule or ("every" if self.every else "cron" if self.cron else "default")
        every = {"every": self.every.strip() or "?", ADAPTIVE: ADAPTIVE}.get(schedule, "")
        cron = (self.cron.strip() or "?") if schedule == "cron" else ""
        timezone = self.timezone.strip() if schedule == "cron" else ""
        return {"every": every, "cron": cron, "timezone": timezone, "tags": _words(self.tags)}

    def changes(self, before: SourceForm, *, has_default: bool) -> dict[str, object]:
        """Return the keys whose values differ from the form as it was; removed keys have the value None."""
        new, old = self.entry(has_default=has_default), before.entry(has_default=has_default)
        return {
            key: new.get(key)
            for key in (*new, *(key for key in old if key not in new))
            if key != "id" and new.get(key) != old.get(key)
        }


class SubmittedSource(SourceForm):
    """A submitted form. `seen`: fingerprint of the watch file; `confirmed`: a warning was read."""

    seen: Short = ""
    confirmed: bool = False
    action: Short = ""  # the button clicked in a browser without JavaScript


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    return (str(value),) if value not in (None, "") else ()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _one_or_more(text: str) -> object:
    lines = _lines(text)
    return lines[0] if len(lines) == 1 else lines
