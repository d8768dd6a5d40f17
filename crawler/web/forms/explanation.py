"""The explanation of a draft rule, its errors with corrections, and its hits in a sample text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import RuleSpec, check_examples, compile_rule, explain, match_text
from crawler.web.forms.drafts import FORMS, Draft, Refusal, refusals
from crawler.web.rendering.marking import Piece, paragraphs, title_pieces


@dataclass(frozen=True, slots=True)
class Trial:
    """A text that the draft was tried on, its hits marked."""

    matched: bool
    title: list[Piece]
    paragraphs: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Understood:
    """The explanation of a draft, or its errors. `examples`: descriptions of failed examples."""

    said: str = ""
    refusals: tuple[Refusal, ...] = ()
    wrong: str = ""  # of the whole, where every part is right
    examples: tuple[str, ...] = ()
    trial: Trial | None = None

    @property
    def good(self) -> bool:
        """Whether it can be tested and saved."""
        return not (self.refusals or self.wrong)


def understood(draft: Draft, lists: Mapping[str, tuple[str, ...]], title: str = "", text: str = "") -> Understood:
    """Read a draft, and try it on a title and a text where there is one."""
    spec = draft.spec(lists)
    if draft.empty:
        return Understood(wrong="Enter a query or a word list.")
    if draft.query.strip() and any(getattr(draft, form).strip() for form in FORMS):
        return Understood(wrong="Use either the query or the word lists below it, not both.")
    found = tuple(refusals(spec))
    if found:
        return Understood(refusals=found)
    try:
        rule = compile_rule(spec)
    except RuleError as error:
        return Understood(wrong=error.message)
    trial = tried(spec, title, text) if title.strip() or text.strip() else None
    examples = tuple(
        f"{'does not match' if failure.expected else 'matches'} {failure.example}" for failure in check_examples(rule)
    )
    return Understood(explain(rule), examples=examples, trial=trial)


def tried(spec: RuleSpec, title: str, text: str) -> Trial:
    """Try a rule that can be read on a text, wherever it comes from and in whatever language. Raises RuleError."""
    rule = compile_rule(replace(spec, sources=(), source_tags=(), languages=()))
    plain = text.replace("\r\n", "\n")
    hit = match_text(rule, title, plain)
    spans = hit.spans if hit else ()
    article = Article(url="", title=title, text=plain)
    return Trial(hit is not None, title_pieces(article, spans), paragraphs(article, spans)[:200])
