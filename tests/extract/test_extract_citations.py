"""Citations of outlets: links of the text, names in phrases, credited agencies."""

from __future__ import annotations

import random

import pytest

from crawler.extract import examine
from crawler.extract.citations.hosts import is_sister, may_be_outlet
from crawler.extract.citations.names import find
from crawler.extract.citations.outlets import known
from crawler.extract.fields.about import agency as agency_in
from crawler.extract.page.hints import Hints

NAMED = [
    ("en", "He told Reuters on Tuesday that it was over.", ["Reuters"]),
    ("en", "According to the Guardian, the ship had no pilot.", ["Guardian"]),
    ("en", "The deal was first reported by The New York Times.", ["New York Times"]),
    ("en", "Documents seen by Haaretz show the opposite.", ["Haaretz"]),
    ("en", "The Jerusalem Post reported that the port was closed.", ["Jerusalem Post"]),
    ("en", "She told the AP that nobody had asked.", ["AP"]),
    ("en", "She told the Associated Press Monday that nobody had asked.", ["Associated Press"]),
    ("en", "According to The Sun, the mayor left.", ["Sun"]),
    ("en", "The tabloid newspaper was quoted by the newspaper Mirror in full.", ["Mirror"]),
    ("de", "Das berichtet der Spiegel am Montag.", ["Spiegel"]),
    ("de", "Laut Spiegel war das Schiff leer.", ["Spiegel"]),
    ("de", "Das sagte er der Süddeutschen Zeitung am Montag.", ["Süddeutschen Zeitung"]),
    ("de", "Wie die „Zeit“ berichtet, war das Schiff leer.", ["Zeit"]),
    ("de", "Das schreibt die Wochenzeitung Die Zeit in ihrer neuen Ausgabe.", ["Zeit"]),
    ("de", "Nach Informationen der FAZ war das Schiff leer.", ["FAZ"]),
    ("fr", "Selon Le Monde, le navire était vide.", ["Monde"]),
    ("fr", "C'est ce que rapporte Mediapart dans une enquête.", ["Mediapart"]),
    ("fr", "Elle a déclaré à l'AFP que le navire était vide.", ["AFP"]),
    ("es", "Según El País, el barco estaba vacío.", ["País"]),
    ("es", "Así lo informó el diario El Mundo el lunes.", ["Mundo"]),
    ("it", "Come scrive il Corriere della Sera, la nave era vuota.", ["Corriere della Sera"]),
    ("it", "Secondo il quotidiano La Stampa la nave era vuota.", ["Stampa"]),
    ("pt", "Segundo o jornal O Globo, o navio estava vazio.", ["Globo"]),
    ("pt", "O ministro disse à Lusa que o navio estava vazio.", ["Lusa"]),
    ("nl", "Dat meldt de Volkskrant maandag.", ["Volkskrant"]),
    ("nl", "Volgens het persbureau ANP was het schip leeg.", ["ANP"]),
]
NOT_NAMED = [
    ("en", "According to the AP government, the dam is safe."),  # Andhra Pradesh
    ("en", "Students told AP Biology teachers about it."),
    ("en", "The clock is set according to the Sun."),
    ("en", "She looked up and told the Mirror on the wall."),
    ("en", "The Sun reported no spots this week."),
    ("en", "Times reported by the runners were slow."),
    ("en", "The guardian told the court that the boy was ill."),
    ("en", "He read the Guardian over breakfast."),
    ("en", "Reuters is the name of a street in the town."),
    ("de", "Nach Angaben der Zeit war es zu spät."),
    ("de", "Die Zeit berichtet nichts mehr davon."),
    ("de", "Die Welt berichtet darüber, sagte sie."),
    ("de", "Laut Bild an der Wand war er groß."),
    ("fr", "Selon le monde entier, le navire était vide."),
    ("es", "Según el mundo entero, el barco estaba vacío."),
    ("it", "Secondo la stampa la nave era vuota."),
    ("pt", "Segundo o globo na mesa, fica a norte."),
    ("nl", "Volgens de standaard was het schip leeg."),
    ("", "He told Reuters on Tuesday that it was over."),
]


@pytest.mark.parametrize(("language", "text", "names"), NAMED, ids=lambda value: str(value)[:40])
def test_what_a_text_names(language: str, text: str, names: list[str]):
    assert [one.name for one in find(text, language) if one.kind == "name" and known(one.name)] == names


@pytest.mark.parametrize(("language", "text"), NOT_NAMED, ids=lambda value: str(value)[:40])
def test_what_is_another_thing(language: str, text: str):
    assert [one.name for one in find(text, language) if one.kind == "name" and known(one.name)] == []


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("haaretz.com", True),
        ("wikinews.org", True),
        ("x.com", False),
        ("youtu.be", False),
        ("bit.ly", False),
        ("amazon.de", False),
        ("whitehouse.gov", False),
        ("service.gov.uk", False),
        ("gov.uk", False),
        ("wikipedia.org", False),
        ("127.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_hosts(domain: str, expected: bool):
    assert may_be_outlet(domain) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("bbc.com", "bbc.co.uk", True),
        ("spiegel.de", "spiegelgruppe.de", True),
        ("theguardian.com", "guardian.co.uk", True),
        ("zeit.de", "stuttgarter-zeitung.de", False),
        ("haaretz.com", "jpost.com", False),
    ],
)
def test_sister_domains(one: str, other: str, expected: bool):
    assert is_sister(one, other) is is_sister(other, one) is expected


WORDS = "harbour council barge winter morning engine rope ticket letter budget gravel lantern captain pilot".split()  # noqa: SIM905


def own_words(part: int) -> str:
    """A paragraph that no other number has."""
    rng = random.Random(part)
    return " ".join(" ".join(rng.choice(WORDS) for _ in range(12)).capitalize() + "." for _ in range(4))


PAGE = """<!doctype html><html lang="en"><head><title>Port closed again</title></head><body>
<nav><a href="https://www.partnerpaper.com/2026/11/20/a-story-of-a-partner">Our partner</a></nav>
<article><h1>Port closed again</h1>{body}
<p>The board <a href="https://www.haaretz.com/israel-news/2026-11-20/a-long-story-about-the-port">told Haaretz</a> that
it would meet again, and <a href="https://www.partnerpaper.com/2026/11/20/another-story">a partner</a> agreed
with the board on all of the points.</p>
<p>On <a href="https://x.com/board/status/123456789">X</a> and on <a href="/2026/11/20/own">our own pages</a>
people disagreed, as <a href="https://www.dailyreport.com/news/what-people-say-about-the-port">others</a> saw.</p>
<p>With files from the Associated Press.</p></article>
<aside><a href="https://www.elsewhere.com/2026/11/20/a-story-that-is-not-in-the-text">Elsewhere</a></aside>
<footer><a href="https://www.owner.example/">Owner</a></footer></body></html>"""


def test_the_links_and_names_of_a_page():
    body = "".join(f"<p>{own_words(part)}</p>" for part in range(5))
    html = PAGE.format(body=body).encode()
    article = examine(html, "https://www.ourtown.com/2026/11/20/port-closed-again", Hints()).article
    assert article is not None
    cited = {(one.kind, one.name, one.url.rpartition("/")[2]) for one in article.citations}
    assert cited == {
        ("link", "haaretz.com", "a-long-story-about-the-port"),
        ("link", "dailyreport.com", "what-people-say-about-the-port"),
        ("name", "Haaretz", "a-long-story-about-the-port"),
        ("agency", "AP", ""),
    }


@pytest.mark.parametrize(
    ("start", "agency"),
    [
        ("WASHINGTON (AP) — The board met.", "AP"),
        ("Students in Advanced Placement (AP) classes met the board.", ""),
        ("Students in AP-level classes met the board.", ""),
        ("NEW DELHI, Nov 3 (PTI) The board met.", "PTI"),
        ("Pakistan Tehreek-e-Insaf (PTI) founder Imran Khan met the board.", ""),
        ("Berlin (dpa) - Der Rat tagte.", "dpa"),
        ("PARIS (Reuters) - The board met.", "Reuters"),
    ],
)
def test_the_dateline(start: str, agency: str):
    assert agency_in((), start) == agency
