"""Outlets that a text names as its origin: "according to the Guardian", "berichtet der Spiegel", "selon Le Monde".

English, German, French, Spanish, Italian, Portuguese and Dutch. A phrase alone does not make an outlet, "according to
Smith" has the same form: who reads the archive keeps the names that are known or linked. Names that are also ordinary
words ("the Sun", "die Zeit") are marked as such unless they are written as a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from crawler.extract.citations.links import Link
from crawler.extract.citations.outlets import Outlet, known
from crawler.items import Citation

MOST: Final = 12  # names of one article
_MAX_TEXT: Final = 60_000  # characters of a text that are read
_MAX_NAME: Final = 50


class _Language(NamedTuple):
    """Patterns of one language. `before`: what stands before the name, `after`: verbs that follow it."""

    before: str
    after: str
    articles: str
    nouns: str


_LANGUAGES: Final = {
    "en": _Language(
        r"according to|told|reported by|first reported in|in an interview with|interviewed by|speaking to|spoke to"
        r"|speaking with|seen by|obtained by|citing|quoted by|published by|published in|a statement to|reports? in",
        r"(?:(?:first|has|had|also|later|previously) )*(?:reported|reports|revealed)",
        r"[Tt]he",
        r"newspaper|news agency|newswire|daily"
        r"|tabloid|magazine|broadcaster|news site|website|outlet|news outlet|weekly",
    ),
    "de": _Language(
        r"laut|berichtete?n?|meldete?|schreibt|schrieb|gegenüber|im Gespräch mit|im Interview mit|zitiert"
        r"|sagte(?: er| sie)?"
        r"|unter Berufung auf|nach (?:einem Bericht|Informationen|Angaben|Recherchen)(?: von)?|wie",
        r"(?:berichtete?n?|meldete?|schreibt|schrieb|zitierte?)",
        r"[Dd](?:er|ie|as|em|en|es)",
        r"Zeitung|Tageszeitung|Wochenzeitung|Nachrichtenagentur|Magazin|Nachrichtenmagazin|Boulevardzeitung|Sender"
        r"|Portal|Nachrichtenportal|Blatt|Zeitschrift",
    ),
    "fr": _Language(
        r"selon|d[’']après|rapporte|rapportait|a rapporté|révèle|révélait|a révélé|indique|écrit|cité(?:e|s)? par"
        r"|a déclaré à|a indiqué à|confié à|(?:a déclaré|a indiqué|confié) au|dans un entretien (?:à|au|avec)"
        r"|dans une interview (?:à|au)|publié(?:e|s)? par|publié dans|auprès de",
        r"(?:rapporte|rapportait|révèle|révélait|a révélé|écrit)",
        r"(?:[Ll]es?|[Ll]a|[Ll][’'])",
        r"journal|quotidien|magazine|hebdomadaire|agence|agence de presse|chaîne|site|média|tabloïd",
    ),
    "es": _Language(
        r"según|de acuerdo con|informó|informa|reporta|reportó|publicó|publica|reveló|dijo a|dijo al|declaró a"
        r"|declaró al|en (?:una )?entrevista (?:con|a)|citado por|citada por|citando a",
        r"(?:informó|informa|reportó|publicó|reveló)",
        r"(?:[Ee]l|[Ll]a|[Ll]os|[Ll]as)",
        r"diario|periódico|agencia|agencia de noticias|revista|cadena|semanario|rotativo|portal|medio",
    ),
    "it": _Language(
        r"secondo|stando a|riporta|riferisce|scrive|riportato da|ha detto a|ha dichiarato a|ha detto al|intervista a"
        r"|intervista al|citato da|pubblicato da|come riporta",
        r"(?:riporta|riferisce|scrive|ha rivelato)",
        r"(?:[Ii]l|[Ll]o|[Ll]a|[Ll][’']|[Ii])",
        r"quotidiano|giornale|agenzia|agenzia di stampa|rivista|settimanale|emittente|sito|tabloid",
    ),
    "pt": _Language(
        r"segundo|de acordo com|informou|noticiou|noticia|revelou|publicou|disse à|disse ao|afirmou à|afirmou ao"
        r"|em entrevista (?:à|ao|a)|citado pel[oa]|citada pel[oa]",
        r"(?:informou|noticiou|noticia|revelou|publicou)",
        r"[OoAa]s?",
        r"jornal|diário|agência|agência de notícias|revista|emissora|canal|site|portal|semanário",
    ),
    "nl": _Language(
        r"volgens|meldt|meldde|schrijft|schreef|bericht|tegenover|tegen|in een interview met|in gesprek met",
        r"(?:meldt|meldde|schrijft|schreef|bericht)",
        r"(?:[Dd]e|[Hh]et)",
        r"krant|dagblad|persbureau|nieuwssite|tijdschrift|weekblad|omroep|zender",
    ),
}
LANGUAGES: Final = tuple(_LANGUAGES)
_CAPITAL: Final = "A-ZÀ-ÖØ-ÞŁŚŻČŠŽ"
_WORD: Final = rf"[{_CAPITAL}]\w*(?:[-&.]\w+)*"
_NAME: Final = rf"(?:dpa|epd|{_WORD}(?: (?:(?:of|de|del|du|della|di|da|do|am|and|&|y|\d\d) )?{_WORD}){{0,4}})"
_OPEN, _CLOSE = "[\"“„«»‘‚']", "[\"”“»«’']"
_FOLLOWS: Final = frozenset({
    "and", "on", "in", "that", "the", "by", "who", "which", "as", "at", "it", "its", "he", "she", "they", "this", "has",
    "had", "was", "is", "but", "after", "before", "with", "from", "via", "reported", "reports", "said", "says",
})  # fmt: skip  # words after a complete name: "told the AP that", not "the AP government"
_DAYS: Final = re.compile(
    r" (?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September"
    r"|October|November|December)\b.*$"
)
_TITLE_AFTER: Final = re.compile(r"\s(?:newspaper|tabloid|magazine|news agency|Online|online)\b")


class _Patterns(NamedTuple):
    before: re.Pattern[str]
    after: re.Pattern[str]


@lru_cache
def _patterns(language: str) -> _Patterns:
    known_as = _LANGUAGES[language]
    title = (
        rf"(?P<article>{known_as.articles}(?:\s|(?<=[’'])))?(?P<noun>(?:{known_as.nouns})\s)?"
        rf"(?P<title>{known_as.articles}(?:\s|(?<=[’'])))?(?P<open>{_OPEN})?(?P<inner>{known_as.articles}(?:\s|(?<=[’'])))?"
        rf"(?P<name>{_NAME})(?P<close>{_CLOSE}(?!\w))?"
    )
    return _Patterns(
        re.compile(rf"\b(?i:{known_as.before})\s{title}"),
        re.compile(rf"{title}\s(?:{known_as.after})\b"),
    )


def find(text: str, language: str, links: Sequence[Link] = ()) -> tuple[Citation, ...]:
    """Return the outlets that a text names in such phrases, each once; () in other languages.

    `links`: the links of the text; a name inside the text of a link is returned with its address.
    """
    if language not in _LANGUAGES:
        return ()
    found: dict[str, Citation] = {}
    for match in _matches(text[:_MAX_TEXT], language):
        one = _citation(match, language, links)
        if one is not None and (one.name not in found or one.kind == "name"):
            found[one.name] = one
    ordered = sorted(found.values(), key=lambda one: known(one.name) is None and not one.url)
    return tuple(islice(ordered, MOST))


def _matches(text: str, language: str) -> Iterator[re.Match[str]]:
    for pattern in _patterns(language):
        yield from islice(pattern.finditer(text), 4 * MOST)


def _citation(match: re.Match[str], language: str, links: Sequence[Link]) -> Citation | None:
    name = _DAYS.sub("", match["name"])
    outlet, written = _longest(name)
    name = written if outlet else name
    end = match.start("name") + len(written if outlet else match["name"])
    rest = match.string[end : end + 24]
    if len(name) > _MAX_NAME or len(name) < 2 or rest.startswith(("'s ", "’s ")):  # noqa: PLR2004  an initial
        return None
    url = next((address for address, shown in links if name in shown), "")
    plain = outlet is None or not outlet.ordinary or _is_title(match, outlet, language, rest)
    return Citation("name" if plain or url else "ordinary", name, url)


def _longest(name: str) -> tuple[Outlet | None, str]:
    """Return the outlet whose name is the longest beginning of `name`, and that beginning."""
    words = name.split(" ")
    for size in range(len(words), 0, -1):
        start = " ".join(words[:size])
        outlet = known(start)
        if outlet is not None and (size == len(words) or not outlet.ordinary):
            return outlet, start
    return None, name


def _is_title(match: re.Match[str], outlet: Outlet, language: str, rest: str) -> bool:
    """Return whether an ordinary word is written as the name of an outlet: quoted, with a capital article or a noun."""
    if match["noun"] or (match["open"] and match["close"]) or _TITLE_AFTER.match(rest):
        return True
    article = match["inner"] or match["title"] or match["article"] or ""
    if outlet.agency:  # an abbreviation
        following = rest.split()
        ends = not rest[:1].isspace() or not following or following[0].strip(".,;:)") in _FOLLOWS
        return language == "en" and article.strip() == "the" and ends
    first = match.start("article") if match["article"] else match.start("name")
    return article[:1].isupper() and not _begins_sentence(match.string, first) and language != "de"


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \"“„«»‘'")[-1:]
    return not before or before in ".!?…:\n"


def credited(lines: Sequence[str]) -> Iterator[Citation]:
    """Yield the agencies that notes under a text name: "With files from Reuters", "Mit Material von dpa"."""
    for line in lines:
        for name in re.findall(_NAME, line):
            outlet, _ = _longest(name)
            if outlet is not None and outlet.agency:
                yield Citation("agency", outlet.name)


def place(text: str, language: str, name: str) -> tuple[int, int] | None:
    """Return where a text names an outlet in such a phrase, or else at all: (start, end), or None."""
    phrases = _matches(text[:_MAX_TEXT], language) if language in _LANGUAGES else iter(())
    at = next((one.start("name") for one in phrases if one["name"].startswith(name)), text.find(name))
    return (at, at + len(name)) if at >= 0 else None
