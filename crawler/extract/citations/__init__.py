"""Citations of other outlets: links in the text, names in phrases such as "according to", credited agencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.extract.boilerplate.small_print import is_closing_credit
from crawler.extract.citations import links, names
from crawler.extract.citations.links import Link
from crawler.items import Article, Citation, Removed


def with_citations(article: Article, found: Sequence[Link] = (), removed: Sequence[Removed] = ()) -> Article:
    """Return an article with the outlets that it links to, names and credits, each once.

    `found`: the links of its text to other sites; `removed`: what is not part of the text, for the notes under it.
    """
    notes = [one.text for one in removed if is_closing_credit(one.text)]
    cited = (
        *((Citation("agency", article.agency),) if article.agency else ()),
        *names.credited(notes),
        *links.citations(found),
        *names.find(article.text, article.language, found),
    )
    return replace(article, citations=tuple(dict.fromkeys(cited)))
