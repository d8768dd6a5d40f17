"""Explanations of a draft rule: its meaning or errors, and its hits in a sample text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crawler.errors import RuleError
from crawler.items import Article
from crawler.rules import RuleSpec, check_examples, compile_rule, explain, match_text
from crawler.web.forms.drafts import FORMS, Draft, PartError, part_errors
from crawler.web.rendering.marking import Piece, paragraphs, title_pieces


@dataclass(frozen=True, slots=True)
class SampleMatch:
    """The result of matching a draft against a sample text, with marked hits."""

    matched: bool
    title: list[Piece]
    paragraphs: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of a draft, or its errors. `failed_examples`: descriptions of failed examples."""

    text: str = ""
    part_errors: tuple[PartError, ...] = ()
    error: str = ""  # of the whole rule, if all parts are valid
    failed_examples: tuple[str, ...] = ()
    sample: SampleMatch | None = None

    @property
    def valid(self) -> bool:
        """Whether the draft can be tested and saved."""
        return not (self.part_errors or self.error)


def explained(draft: Draft, lists: Mapping[str, tuple[str, ...]], title: str = "", text: str = "") -> Explanation:
    """Explain a draft, and match it against a sample title and text if given."""
    spec = draft.spec(lists)
    if draft.empty:
        return Explanation(error="Enter a query or a word list.")
    if draft.query.strip() and any(getattr(draft, form).strip() for form in FORMS):
        return Explanation(error="Use either the query or the word lists below it, not both.")
    errors = tuple(part_errors(spec))
    if errors:
        return Explanation(part_errors=errors)
    try:
        rule = compile_rule(spec)
    except RuleError as error:
        return Explanation(error=error.message)
    sample = match_sample(spec, title, text) if title.strip() or text.strip() else None
    examples = tuple(
        f"{'does not match' if failure.expected else 'matches'} {failure.example}" for failure in check_examples(rule)
    )
    return Explanation(explain(rule), failed_examples=examples, sample=sample)


def match_sample(spec: RuleSpec, title: str, text: str) -> SampleMatch:
    """Match a rule against a sample text, ignoring its limits to sources and languages. Raises RuleError."""
    rule = compile_rule(replace(spec, sources=(), source_tags=(), languages=()))
    plain = text.replace("\r\n", "\n")
    hit = match_text(rule, title, plain)
    spans = hit.spans if hit else ()
    article = Article(url="", title=title, text=plain)
    return SampleMatch(hit is not None, title_pieces(article, spans), paragraphs(article, spans)[:200])
