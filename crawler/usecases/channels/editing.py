"""Changes of channels in the watch file: creating, editing, pausing, removing, and who receives health notices.

Secrets never enter the watch file: they go to its secrets file, or the file names a variable of the environment.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import unified_diff
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from crawler.config import Channel, parse_watch, write_new
from crawler.config.file.edit import (
    Change,
    adding,
    changing,
    putting,
    raw_entries,
    removing,
    replace_text,
    together,
    try_change,
)
from crawler.config.file.load import read_text
from crawler.config.file.places import read_yaml
from crawler.config.file.secrets import change_secrets, read_secrets, with_secrets
from crawler.errors import ConfigError, Problem
from crawler.usecases.channels.checking import faults_of
from crawler.usecases.channels.services import BY_KEY, REFERENCE, Addressed, Field, Service, address_of, addressed

EMPTY: Final = "sources: []\n"
HIDDEN: Final = "***"
SIGNING: Final = "signing"


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A watch file that is changed. `environ`: of the process; its values take precedence over the secrets file."""

    path: Path
    environ: Mapping[str, str]

    def text(self) -> str:
        """Return the current text, that of an empty file if there is none. Raises ConfigError."""
        return read_text(self.path) if self.path.exists() else EMPTY


@dataclass(frozen=True, slots=True)
class Draft:
    """A channel as a person describes it.

    `values`: of the service's fields, as typed; an empty secret keeps the stored one, and `${NAME}` names a variable of
    the environment. `options`: other keys of the watch file (`digest`, `quiet`, ...); None removes a key.
    """

    id: str
    service: str
    values: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that has been checked. `secrets`: to set, or None to remove; never show their values."""

    before: str
    text: str
    secrets: Mapping[str, str | None]
    channel: Channel | None = None

    @property
    def diff(self) -> str:
        """The changed lines of the watch file, in unified format; secrets in the file itself are hidden."""
        old, new = (_without_literals(text).splitlines() for text in (self.before, self.text))
        return "\n".join(list(unified_diff(old, new, lineterm="", n=1))[2:])


class DraftError(ConfigError):
    """A channel that cannot be saved. `fields`: messages by field or key. `stale`: the file changed meanwhile."""

    def __init__(
        self, problems: Sequence[Problem], fields: Mapping[str, str], *, subject: str, stale: bool = False
    ) -> None:
        super().__init__(tuple(problems), subject=subject)
        self.fields = dict(fields)
        self.stale = stale


def fingerprint_of(text: str) -> str:
    """Return a fingerprint of the text of a watch file."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def raw_channel(file: EditedFile, name: str) -> Mapping[str, Any] | None:
    """Return a channel as the file has it, with unexpanded `${NAME}`; None if there is none. Raises ConfigError."""
    return next((entry for entry in raw_entries(file.text(), "channels") if entry.get("id") == name), None)


def addressed_channel(raw: Mapping[str, Any], known: Channel | None) -> Addressed:
    """Return the service of a channel and the parts of its address. `known`: the channel in use."""
    url = str(raw.get("url", ""))
    found = addressed(url, known.url.get_secret_value() if known else url)
    signing = raw.get("secrets")
    if found.service.key == "webhook" and isinstance(signing, list) and signing:
        return Addressed(found.service, {**found.parts, SIGNING: str(signing[0])})
    return found


def plan(file: EditedFile, draft: Draft, *, old: str = "", seen: str = "") -> Planned:
    """Return the checked change for a new channel, or for the channel `old`. Nothing is written.

    `seen`: the fingerprint of the text that the person saw, "" for any. Raises DraftError, ConfigError.
    """
    before = file.text()
    if seen and fingerprint_of(before) != seen:
        raise DraftError([Problem(0, 0, "the watch file has changed", "try again")], {}, subject=draft.id, stale=True)
    raw = raw_channel(file, old) if old else None
    if old and raw is None:
        raise DraftError([Problem(0, 0, f"no channel has the id `{old}`", "")], {}, subject=str(file.path))
    service = BY_KEY.get(draft.service)
    if service is None:
        expected = f"expected one of: {', '.join(BY_KEY)}"
        raise DraftError([Problem(0, 0, f"unknown service {draft.service!r}", expected)], {}, subject=draft.id)
    parts, secrets = _Parts(file, before, draft, service, _stored(file, before, old, service)).read()
    entry = {"id": draft.id.strip()} | _address(service, parts, raw, draft)
    entry |= draft.options
    values = {key: value for key, value in entry.items() if value is not None}
    change = changing("channels", old, {k: v for k, v in entry.items() if not raw or raw.get(k) != v}) if old else None
    return _checked(file, before, change or adding("channels", values), secrets, draft.id.strip())


def save(file: EditedFile, planned: Planned) -> None:
    """Write a planned change: new secrets first, then the watch file; then remove secrets that nothing uses.

    Raises ConfigError, also if the watch file was changed since; then nothing is changed.
    """
    if not file.path.exists():
        write_new(file.path, EMPTY)
    stored = read_secrets(file.path)
    new = {name: value for name, value in planned.secrets.items() if value is not None}
    change_secrets(file.path, new)
    try:
        replace_text(file.path, planned.text, expected=planned.before)
    except ConfigError:
        with suppress(ConfigError):
            change_secrets(file.path, {name: stored.get(name) for name in new})
        raise
    change_secrets(file.path, {name: None for name, value in planned.secrets.items() if value is None})


def plan_pause(file: EditedFile, name: str, *, paused: bool) -> Planned:
    """Return the change that pauses or resumes a channel. Raises ConfigError."""
    return _checked(file, file.text(), changing("channels", name, {"paused": True if paused else None}), {}, "")


def plan_removal(file: EditedFile, name: str) -> Planned:
    """Return the change that removes a channel, also from rules and health notices. Raises ConfigError."""
    before = file.text()
    changes: list[Change] = [removing("channels", name)]
    for rule in raw_entries(before, "rules"):
        if name in (send := _names(rule.get("send"))):
            left = [one for one in send if one != name]
            changes.append(changing("rules", str(rule.get("id")), {"send": left or None}))
    receivers = notice_channels(before)
    if name in receivers:
        changes.append(putting("health", "send", [one for one in receivers if one != name] or None))
    return _checked(file, before, together(*changes), {}, "")


def rules_sending_to(file: EditedFile, name: str) -> list[str]:
    """Return the ids of the rules that send to a channel. Raises ConfigError."""
    return [str(rule.get("id")) for rule in raw_entries(file.text(), "rules") if name in _names(rule.get("send"))]


def plan_notices(file: EditedFile, channels: Sequence[str]) -> Planned:
    """Return the change that sends health notices to these channels, to none if empty. Raises ConfigError."""
    return _checked(file, file.text(), putting("health", "send", list(channels) or None), {}, "")


def notice_channels(text: str) -> list[str]:
    """Return the channels to which a watch file sends health notices. Raises ConfigError."""
    data = read_yaml(text, subject="").data
    health = data.get("health") if isinstance(data, dict) else None
    return _names(health.get("send")) if isinstance(health, dict) else []


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _stored(file: EditedFile, text: str, old: str, service: Service) -> Mapping[str, str]:
    """Return the parts of the channel's present address, if it is of the same service."""
    raw = next((entry for entry in raw_entries(text, "channels") if entry.get("id") == old), None) if old else None
    if raw is None:
        return {}
    try:
        watch = parse_watch(text, with_secrets(file.path, file.environ), subject="")
        known = watch.channel_by_id.get(old)
    except ConfigError:
        known = None
    found = addressed_channel(raw, known)
    return found.parts if found.service is service else {}


def _address(
    service: Service, parts: Mapping[str, str], raw: Mapping[str, Any] | None, draft: Draft
) -> dict[str, object]:
    try:
        entry: dict[str, object] = {"url": address_of(service, parts)}
    except ValueError as error:
        found, _, fix = str(error).partition(": ")
        name = next((one.name for one in service.fields if one.label == found), "")
        raise DraftError([Problem(0, 0, found, fix)], {name: fix}, subject=draft.id) from error
    had = raw is not None and "secrets" in raw
    if service.key == "webhook" and parts.get(SIGNING):
        others = _names(raw.get("secrets"))[1:] if raw is not None else []
        entry["secrets"] = [parts[SIGNING], *others]
    elif service.key != "webhook" and had:
        entry["secrets"] = None
    return entry


@dataclass(slots=True)
class _Parts:
    """The parts of an address from the fields of a draft, and the secrets to store."""

    file: EditedFile
    text: str
    draft: Draft
    service: Service
    stored: Mapping[str, str]

    def read(self) -> tuple[dict[str, str], dict[str, str | None]]:
        """Return the parts by field, with `${NAME}` for secrets, and the secrets by name. Raises DraftError."""
        parts: dict[str, str] = {}
        secrets: dict[str, str | None] = {}
        wrong: dict[str, str] = {}
        for one in self.service.fields:
            text = self.draft.values.get(one.name, "").strip()
            try:
                parts[one.name] = self._secret(one, text, secrets) if one.secret else self._plain(one, text)
            except ValueError as error:
                wrong[one.name] = str(error)
        unknown = sorted(self.draft.values.keys() - {one.name for one in self.service.fields})
        wrong |= dict.fromkeys(unknown, f"is not a field of {self.service.name}")
        if wrong:
            labels = {one.name: one.label for one in self.service.fields}
            problems = [Problem(0, 0, f"{labels.get(name, name)}: {message}", "") for name, message in wrong.items()]
            raise DraftError(problems, wrong, subject=self.draft.id)
        return parts, secrets

    def _plain(self, one: Field, text: str) -> str:
        if not text and one.required and not one.choices:
            raise ValueError("is required")
        if one.choices and text and text not in dict(one.choices):
            raise ValueError(f"must be one of: {', '.join(name for name, _ in one.choices)}")
        return one.clean(text) if text else one.choices[0][0] if one.choices else ""

    def _secret(self, one: Field, text: str, secrets: dict[str, str | None]) -> str:
        if not text:
            kept = self.stored.get(one.name, "")
            if not kept and one.required:
                raise ValueError("is required")
            return kept
        if reference := REFERENCE.fullmatch(text):
            if not ChainMap(dict(self.file.environ), read_secrets(self.file.path)).get(reference[1]):
                raise ValueError(f"{text} is not set in the environment of Wirewatch")
            return text
        value = one.clean(text)
        name = self._name(one)
        secrets[name] = value
        return f"${{{name}}}"

    def _name(self, one: Field) -> str:
        """Return the name of a secret: the present one if only this channel uses it, otherwise a new one."""
        kept, known = REFERENCE.fullmatch(self.stored.get(one.name, "")), read_secrets(self.file.path)
        if kept and kept[1] in known and self.text.count(kept[0]) == 1:
            return kept[1]
        base = f"{self.draft.id.strip()}_{one.name}".upper().replace("-", "_")
        base = base if base[:1].isalpha() else f"CHANNEL_{base}"
        taken = set(known) | set(self.file.environ) | set(REFERENCE.findall(self.text))
        options = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
        return next(option for option in options if option not in taken)


def _checked(file: EditedFile, before: str, change: Change, secrets: Mapping[str, str | None], name: str) -> Planned:
    """Return a change after checking that it adds no problem to the file, and that the channel `name` has no fault."""
    environ = ChainMap({k: v for k, v in secrets.items() if v}, dict(with_secrets(file.path, file.environ)))
    made = try_change(before, change, file.path, environ)
    if made.problems:
        raise DraftError(made.problems, {}, subject=str(file.path))
    gone = set(REFERENCE.findall(before)) - set(REFERENCE.findall(made.text))
    unused = dict.fromkeys(gone & read_secrets(file.path).keys())
    channel = None
    if name:
        channel = _channel(made.text, environ, name)
        faults = faults_of([channel]).get(name, []) if channel else []
        if faults:
            problems = [Problem(0, 0, fault.found, fault.fix) for fault in faults]
            fields = {_field(fault.key, fault.found): f"{fault.found}: {fault.fix}" for fault in faults}
            raise DraftError(problems, fields, subject=name)
    return Planned(before, made.text, {**secrets, **unused}, channel)


def _field(key: str, found: str) -> str:
    return "private" if "private network" in found else key


def _channel(text: str, environ: Mapping[str, str], name: str) -> Channel | None:
    """Return a channel of a text; None if problems elsewhere keep the whole file from being read."""
    try:
        return parse_watch(text, environ, subject="").channel_by_id.get(name)
    except ConfigError:
        return None


def _without_literals(text: str) -> str:
    """Return the text with the secrets hidden that channels have in the file itself."""
    literals: set[str] = set()
    for raw in raw_entries(text, "channels"):
        url = str(raw.get("url", ""))
        found = addressed(url, url)
        literals |= {found.parts.get(one.name, "") for one in found.service.secret_fields}
        literals |= set(_names(raw.get("secrets")))
    local = ("terminal:", "file:")
    hidden = {one for one in literals if one and not REFERENCE.search(one) and not one.startswith(local)}
    for one in sorted(hidden, key=len, reverse=True):
        text = text.replace(one, HIDDEN)
    return text
