"""Rule forms: rules of the watch file as text fields and back, keeping unchanged keys as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from crawler.config.file.rulecheck import pieces
from crawler.config.rules import STORY
from crawler.errors import RuleError
from crawler.rules import RuleSpec, compile_rule
from crawler.web.forms.queries import Mistake

LONG, MIDDLE, SHORT = 20_000, 8_000, 2_000  # characters of a field
FORMS = ("any", "all", "none", "title_any")
KINDS = {
    "new": "a new story (one alert, even if several outlets carry it)",
    "headline": "the headline changed",
    "removed": "the article was withdrawn",
    "grown": "the number of outlets grew fivefold",
    "changed": "the text of an article changed",
    "spike": "an unusual number of stories",
    "first": "the first story in 30 days",
}
_CORRECTION = re.compile(r"(query|any|all|none|title_any)\.(\d{1,4})=(.*)", re.DOTALL)
Long = Annotated[str, Field(max_length=LONG)]
Middle = Annotated[str, Field(max_length=MIDDLE)]
Short = Annotated[str, Field(max_length=SHORT)]
Names = tuple[Annotated[str, Field(max_length=100)], ...]


@dataclass(frozen=True, slots=True)
class PartError:
    """An error in one part of a rule. `correction`: the value of the button that applies the correction, or ""."""

    part: str
    mistake: Mistake
    correction: str


class Draft(BaseModel):
    """The fields of a rule: words on separate lines, ids and languages between commas, examples between blank lines."""

    model_config = ConfigDict(frozen=True)

    id: Short = ""
    query: Long = ""
    any: Long = ""
    all: Long = ""
    none: Long = ""
    title_any: Long = ""
    sources: Middle = ""
    tags: Middle = ""
    languages: Short = ""
    forms: Short = ""
    send: Names = ()
    on: Names = STORY
    urgent: bool = False
    match: Long = ""
    not_match: Long = ""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Draft:
        """Return the fields of a watch-file entry, which may be invalid."""
        chosen = raw.get("sources")
        pick = chosen if isinstance(chosen, dict) else {"ids": chosen}
        examples = raw.get("examples") if isinstance(raw.get("examples"), dict) else {}
        assert isinstance(examples, dict)
        return cls(
            id=str(raw.get("id", "")),
            query=_plain(str(raw.get("query") or "")),
            any="\n".join(_texts(raw.get("any"))),
            all="\n".join(_texts(raw.get("all"))),
            none="\n".join(_texts(raw.get("none"))),
            title_any="\n".join(_texts(raw.get("title_any"))),
            sources=", ".join(_texts(pick.get("ids"))),
            tags=", ".join(_texts(pick.get("tags"))),
            languages=", ".join(_texts(raw.get("languages"))),
            forms=", ".join(_texts(raw.get("forms"))),
            send=_texts(raw.get("send")),
            on=_texts(raw.get("on")) or STORY,
            urgent=raw.get("urgent") is True,
            match="\n\n".join(_texts(examples.get("match"))),
            not_match="\n\n".join(_texts(examples.get("not"))),
        )

    def entry(self) -> dict[str, object]:
        """Return the entry for the watch file."""
        ids, tags = _ids(self.sources), _ids(self.tags)
        pick: object = {"ids": ids, "tags": tags} if ids and tags else {"tags": tags} if tags else ids
        examples = {"match": _examples(self.match), "not": _examples(self.not_match)}
        on = tuple(kind for kind in KINDS if kind in self.on)
        values: dict[str, object] = {
            "id": self.id.strip(),
            "query": _plain(self.query),
            **{form: _lines(getattr(self, form)) for form in FORMS},
            "sources": pick,
            "languages": _ids(self.languages),
            "forms": _ids(self.forms),
            "send": list(self.send),
            "on": [] if on == STORY else list(on),
            "urgent": self.urgent,
            "examples": {name: texts for name, texts in examples.items() if texts},
        }
        return {key: value for key, value in values.items() if value}

    def changes(self, before: Draft) -> dict[str, object]:
        """Return the keys whose values differ from the previous draft; removed keys have the value None."""
        new, old = self.entry(), before.entry()
        return {
            key: new.get(key) for key in (*new, *(key for key in old if key not in new)) if new.get(key) != old.get(key)
        }

    def spec(self, lists: Mapping[str, tuple[str, ...]]) -> RuleSpec:
        """Return the rule for the matcher."""
        words = {form: tuple(_lines(getattr(self, form))) for form in FORMS}
        return RuleSpec(
            id=self.id.strip() or "draft",
            query=_plain(self.query),
            **words,
            lists=tuple(lists.items()),
            sources=tuple(_ids(self.sources)),
            source_tags=tuple(_ids(self.tags)),
            languages=tuple(_ids(self.languages)),
            forms=tuple(_ids(self.forms)),
            examples_match=tuple(_examples(self.match)),
            examples_not=tuple(_examples(self.not_match)),
        )

    @property
    def empty(self) -> bool:
        """Whether the draft has no query yet."""
        return not any(getattr(self, name).strip() for name in ("query", "any", "all", "title_any"))

    def corrected(self, correction: str) -> Self:
        """Return the draft with a correction applied, or unchanged if the correction is invalid."""
        found = _CORRECTION.fullmatch(correction)
        if not found:
            return self
        part, number, fix = found[1], int(found[2]), found[3][:LONG]
        if part == "query":
            return self.model_copy(update={"query": fix})
        lines = _lines(getattr(self, part))
        if number >= len(lines):
            return self
        lines[number] = fix
        return self.model_copy(update={part: "\n".join(lines)})


class SubmittedForm(Draft):
    """A submitted rule form. `old`: the id of the edited rule, "" for a new one; `seen`: fingerprint of the file."""

    old: Short = ""
    seen: Short = ""
    correction: Long = ""  # that was clicked
    try_title: Short = ""
    try_text: Annotated[str, Field(max_length=200_000)] = ""
    since: Short = "30d"
    term: Short = ""  # to find spellings of
    action: Short = ""  # the button clicked in a browser without JavaScript


def part_errors(spec: RuleSpec) -> Iterator[PartError]:
    """Yield the errors of each part of a rule by itself."""
    for piece in pieces(spec):
        try:
            compile_rule(piece.spec)
        except RuleError as error:
            part, number = str(piece.path[0]), int((*piece.path, 0)[1])
            text = spec.query if part == "query" else str(getattr(spec, part)[number])
            message = (
                error.message.partition(": ")[2] if ", entry " in error.message.partition(": ")[0] else error.message
            )
            correction = f"{part}.{number}={error.fix}" if error.fix and part != "forms" else ""
            yield PartError(part, Mistake(message, error.column, error.fix, text), correction)


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return (str(value),) if value not in (None, "") else ()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _ids(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]


def _examples(text: str) -> list[str]:
    plain = text.replace("\r\n", "\n").strip()
    return [one.strip() for one in re.split(r"\n[ \t]*\n", plain) if one.strip()]
