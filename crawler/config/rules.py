"""Rules: what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from crawler.alerts import RuleSpec
from crawler.config.kinds import Id, Language
from crawler.config.section import YES, Ids, Section, Terms, some
from crawler.config.sources import Choice, Pick

On = Literal["new", "headline", "removed", "grown", "changed", "spike", "first"]
STORY: tuple[On, ...] = ("new", "headline", "removed", "grown")


class Examples(Section):
    """Sentences that a rule must find, and sentences that it must not: tried whenever the file is read."""

    match: Terms = some(["Rockets hit the US embassy in Baghdad"], default=())
    """Texts that the rule finds."""
    not_: Terms = Field(default=(), alias="not", examples=[["The embassy opened a library"]])
    """Texts that the rule does not find."""


class Rule(Section):
    """What to look for, where, and whom to tell. Either `query`, or some of `any`, `all`, `none`, `title_any`."""

    id: Id = Field(examples=["us-in-iraq"])
    """Name of the rule."""
    query: Annotated[str, Field(min_length=1, max_length=20_000)] | None = some(
        '("US embassy" OR "green zone") NEAR/20 rocket*'
    )
    """The rule in the query language: AND, OR, NOT, NEAR/n, "phrases", wildcards*, fields such as title:."""
    any: Terms = some(["US embassy", "green zone"], default=())
    """One of these words or phrases is there."""
    all: Terms = some(["Baghdad"], default=())
    """Each of these is there."""
    none: Terms = some(["football"], default=())
    """None of these is there."""
    title_any: Terms = some(["Iraq"], default=())
    """One of these is in the headline."""
    sources: Choice = some({"tags": ["east-africa"]}, default=Pick())
    """Only articles of these sources: a list of ids, or {tags: [...]}. All without it."""
    languages: tuple[Language, ...] = some(["en"], default=())
    """Only articles in these languages. All without it."""
    forms: tuple[Language, ...] = some(["en"], default=())
    """Languages whose word forms count as the same word (attack, attacks, attacked)."""
    send: Ids = some(["desk"], default=())
    """Ids of the channels to tell. Without it matches are only listed."""
    on: tuple[On, ...] = some(["new", "changed"], default=STORY)
    """What to tell: a new story (once, however many outlets carry it), and of the article that was told: another
    headline, its removal; a story in five times the outlets (`grown`). That much without it. Further: any article whose
    text changed, unusually many stories (`spike`), the first story in 30 days (`first`)."""
    urgent: bool = some(YES, default=False)
    """Pass digests and quiet hours."""
    paused: bool = some(YES, default=False)
    """Do not match for now."""
    silent_until: date | None = some("2027-01-31")
    """Match, but send nothing before this day."""
    examples: Examples | None = some({"match": ["Rockets hit the US embassy"], "not": ["The embassy opened a library"]})
    """Sentences to try the rule on."""

    def spec(self, lists: Mapping[str, tuple[str, ...]]) -> RuleSpec:
        """Return the rule as the matcher takes it; `lists` are the watch file's."""
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
