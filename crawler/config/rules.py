"""Rules of the watch file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from crawler.config.kinds import Id, Language
from crawler.config.section import YES, Ids, Section, Terms, optional
from crawler.config.sources import Choice, SourceSelection
from crawler.rules import RuleSpec

On = Literal["new", "headline", "removed", "grown", "changed", "spike", "first"]
STORY: tuple[On, ...] = ("new", "headline", "removed", "grown")


class Examples(Section):
    """Texts that a rule must match, and texts that it must not. They are checked whenever the file is loaded."""

    match: Terms = optional(["Rockets hit the US embassy in Baghdad"], default=())
    """Texts that the rule must match."""
    not_: Terms = Field(default=(), alias="not", examples=[["The embassy opened a library"]])
    """Texts that the rule must not match."""


class Rule(Section):
    """A search with its sources and recipients: either `query`, or any of `any`, `all`, `none`, `title_any`."""

    id: Id = Field(examples=["us-in-iraq"])
    """Id of the rule."""
    query: Annotated[str, Field(min_length=1, max_length=20_000)] | None = optional(
        '("US embassy" OR "green zone") NEAR/20 rocket*'
    )
    """The rule in the query language: AND, OR, NOT, NEAR/n, "phrases", wildcards*, fields such as title:."""
    any: Terms = optional(["US embassy", "green zone"], default=())
    """Match if any of these words or phrases occurs."""
    all: Terms = optional(["Baghdad"], default=())
    """Match only if all of these occur."""
    none: Terms = optional(["football"], default=())
    """Match only if none of these occurs."""
    title_any: Terms = optional(["Iraq"], default=())
    """Match only if any of these occurs in the headline."""
    sources: Choice = optional({"tags": ["east-africa"]}, default=SourceSelection())
    """Only articles from these sources: a list of ids, or {tags: [...]}. Default: all sources."""
    languages: tuple[Language, ...] = optional(["en"], default=())
    """Only articles in these languages. Default: all languages."""
    forms: tuple[Language, ...] = optional(["en"], default=())
    """Languages whose word forms are treated as the same word (attack, attacks, attacked)."""
    send: Ids = optional(["desk"], default=())
    """Ids of the channels to notify. If omitted, matches are only listed."""
    on: tuple[On, ...] = optional(["new", "changed"], default=STORY)
    """Events to alert on. Default: a new story (once, however many outlets carry it), a changed headline or the removal
    of an article already alerted on, and a story in five times as many outlets (`grown`). Optional: any article whose
    text changed, unusually many stories (`spike`), the first story in 30 days (`first`)."""
    urgent: bool = optional(YES, default=False)
    """Send immediately, bypassing digests and quiet hours."""
    paused: bool = optional(YES, default=False)
    """Stop matching this rule."""
    silent_until: date | None = optional("2027-01-31")
    """Match, but send nothing before this date."""
    examples: Examples | None = optional(
        {"match": ["Rockets hit the US embassy"], "not": ["The embassy opened a library"]}
    )
    """Texts to test the rule on."""

    def spec(self, lists: Mapping[str, tuple[str, ...]]) -> RuleSpec:
        """Return the rule for the matcher; `lists` are those of the watch file."""
        examples = self.examples or Examples()
        return RuleSpec(
            id=self.id,
            query=self.query or "",
            any=self.any,
            all=self.all,
            none=self.none,
            title_any=self.title_any,
            lists=tuple(lists.items()),
            sources=self.sources.ids,
            source_tags=self.sources.tags,
            languages=self.languages,
            forms=self.forms,
            examples_match=examples.match,
            examples_not=examples.not_,
            send=self.send,
            on=self.on,
        )
