"""An article prepared for rules: its words by field and its attributes, each computed on first use."""

from __future__ import annotations

from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from crawler.items import Article
from crawler.rules.language.syntax import WORD_FIELDS, Term
from crawler.rules.match.words import GAP, Place, Words
from crawler.text import analyse

LEAD_WORDS: Final = 60
"""`lead:` is the title and this many words of the text."""


class Document:
    """One article, prepared for matching."""

    def __init__(self, article: Article, source_tags: tuple[str, ...] = ()) -> None:
        self.article = article
        self.source_tags = source_tags
        self.body = Words((analyse(article.title), analyse(article.text)))

    def words(self, scope: str) -> Words:
        """Return the words that a term of this scope is matched against."""
        match scope:
            case "author":
                return self._authors
            case "section":
                return self._section
            case "tag":
                return self._tags
            case _:
                return self.body

    @cached_property
    def _authors(self) -> Words:
        return Words(tuple(map(analyse, self.article.authors)))

    @cached_property
    def _section(self) -> Words:
        return Words((analyse(self.article.section),))

    @cached_property
    def _tags(self) -> Words:
        return Words(tuple(map(analyse, (*self.article.tags, *self.source_tags))))

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The article's addresses, in lower case."""
        return tuple(url.casefold() for url in (self.article.url, self.article.canonical_url) if url)

    @cached_property
    def host(self) -> str:
        """The host of the article's address, without www."""
        try:
            host = urlsplit(self.article.url).hostname or ""
        except ValueError:
            host = ""
        return host.casefold().removeprefix("www.").rstrip(".")

    @cached_property
    def language(self) -> str:
        """The article's language in lower case, "" when unknown."""
        return self.article.language.replace("_", "-").casefold()

    @cached_property
    def encoded(self) -> tuple[bytes, bytes]:
        """Title and text as UTF-8, for patterns; lone surrogates become question marks, which keeps offsets."""
        title, text = self.body.texts
        return title.text.encode("utf-8", "replace"), text.text.encode("utf-8", "replace")

    @cached_property
    def lead_end(self) -> int:
        """The offset in the text where the lead ends."""
        text = self.body.texts[1]
        return text.span(min(LEAD_WORDS, len(text)) - 1)[1] if len(text) else 0

    def forms(self, fields: tuple[str, ...], *, pairs: bool) -> set[str]:
        """Return the document's forms other than the keys of its words: those of `fields`, and `pairs`."""
        forms: set[str] = set()
        if pairs:
            forms = forms.union(*(text.pairs for text in self.body.texts))
        for field in fields:
            values = self.words(field).keys if field in WORD_FIELDS else self._values(field)
            forms.update(f"{field}:{value}" for value in values)
        return forms

    def _values(self, field: str) -> list[str]:
        """Return every value for which `has_attribute` is true."""
        match field:
            case "site":
                labels = self.host.split(".")
                return [".".join(labels[start:]) for start in range(len(labels))]
            case "language":
                subtags = self.language.split("-")
                return ["-".join(subtags[:end]) for end in range(1, len(subtags) + 1)]
            case _:
                return [self.article.source.casefold()]

    def has_attribute(self, field: str, value: str) -> bool:
        """Return whether site, url, language or source is `value`: a site includes its subdomains, a URL any part."""
        match field:
            case "site":
                return self.host == value or self.host.endswith(f".{value}")
            case "url":
                return any(value in url for url in self.urls)
            case "language":
                return is_language(self.language, value)
            case _:
                return self.article.source.casefold() == value


def is_language(language: str, expected: str) -> bool:
    """Return whether a language tag is `expected` or a variety of it (pt-br is pt)."""
    return language == expected or language.startswith(f"{expected}-")


def in_scope(term: Term, place: Place) -> bool:
    """Return whether a place in title and text is in the term's field."""
    match term.scope:
        case "title":
            return place[0] < GAP
        case "text":
            return place[0] >= GAP
        case "lead":
            return place[0] < GAP or place[1] <= GAP + LEAD_WORDS
        case _:
            return True
