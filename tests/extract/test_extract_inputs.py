# ruff: noqa: E501, ISC004 - pages and their paragraphs read best on one line
"""Pages as other people write them: whose metadata it is, what no reader sees, and text in unusual places."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.extract import Hints, examine
from crawler.items import Article

URL = "https://news.example.org/news/bridge-closes-for-repairs"
TITLE = "Bridge closes for repairs"
NOW = datetime(2026, 11, 28, 21, 0, tzinfo=UTC)
LINES = (
    "The bridge over the Severn will close for three weeks from Monday so that the cables can be replaced, the county said.",
    "Lorries are sent over the motorway, which adds some forty minutes to the way from the docks to the market town.",
    "“Nobody asked the traders when the work would suit them best,” said the chair of the chamber, who had hoped for spring.",
    "The county expects to spend nine million pounds, of which the government pays a third once the work has been finished.",
    "A ferry takes people and bicycles across every quarter of an hour, and the last one leaves shortly before midnight.",
)
BODY = "".join(f"<p>{line}</p>" for line in LINES)


def page(body: str, *, head: str = "", title: str = TITLE, h1: str = f"<h1>{TITLE}</h1>") -> str:
    return f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><article>{h1}{body}</article>"


def article(html: str) -> Article:
    found = examine(html.encode(), URL, Hints(now=NOW))
    assert found.article is not None, found.reason
    return found.article


# Whose metadata it is

OWN = {
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2026-11-28T08:00:00Z",
    "author": {"name": "Ada Birch"},
}
OTHER = {"@type": "NewsArticle", "headline": "Choir wins first prize", "datePublished": "2019-05-05T08:00:00Z",
         "author": {"name": "Carl Dane"}, "articleBody": "The choir sang. " * 80}  # fmt: skip
OTHER_URL = OTHER | {"url": "https://news.example.org/news/choir-wins-first-prize"}


@pytest.mark.parametrize(
    "data",
    [
        [OTHER_URL, OWN],
        [OTHER, OWN],
        {"@graph": [OTHER_URL, OWN | {"mainEntityOfPage": {"@id": URL}}]},
        {"@graph": [OTHER | {"@id": "/news/choir-wins-first-prize#article"}, OWN | {"@id": URL + "#article"}]},
        [{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}]}, OWN],
        {"@type": "WebPage", "mainEntity": OWN, "hasPart": [OTHER_URL]},
        OWN | {"mentions": [OTHER], "isBasedOn": OTHER_URL},
        [{"@type": "CollectionPage", "hasPart": [OTHER, OTHER_URL]}, OWN | {"headline": f"{TITLE} | The Post"}],
    ],
)
def test_json_ld_of_other_articles_does_not_count(data: object):
    found = article(page(BODY, head=f'<script type="application/ld+json">{json.dumps(data)}</script>'))
    assert (found.title, found.authors) == (TITLE, ("Ada Birch",))
    assert found.published == datetime(2026, 11, 28, 8, tzinfo=UTC)
    assert not found.published_uncertain


@pytest.mark.parametrize("data", [OTHER_URL, [OTHER_URL] * 3, {"@type": "ItemList", "itemListElement": [OTHER]}])
def test_a_page_that_describes_only_others_has_no_json_ld_of_its_own(data: object):
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    head += (
        '<meta property="article:published_time" content="2026-11-28T08:00:00Z"><meta name=author content="Ada Birch">'
    )
    found = article(page(BODY, head=head))
    assert (found.title, found.authors, found.published_from) == (TITLE, ("Ada Birch",), "meta:article:published_time")
    assert "choir" not in found.text


@pytest.mark.parametrize(
    "node",
    [
        OWN | {"headline": "Bridge to shut", "url": URL + "?utm_source=feed"},
        OWN | {"headline": "Bridge to shut"},
        OWN | {"url": "https://m.news.example.org/news/bridge-closes-for-repairs/amp"},
        {"@type": "WebPage", "mainEntity": OWN},
        OWN | {"mainEntityOfPage": "https://news.example.org/"},
    ],
)
def test_the_only_node_of_a_page_is_its_own(node: object):
    found = article(page(BODY, head=f'<script type="application/ld+json">{json.dumps(node)}</script>'))
    assert (found.authors, found.published_from) == (("Ada Birch",), "json-ld")


OWN_TIME = '<p class="meta">By <a rel="author" href="/ada">Ada Birch</a> <time datetime="2026-11-28T08:00:00Z">today</time></p>'
ELSEWHERE = '<time datetime="2019-05-05T08:00:00Z">5 May 2019</time> <a rel=author href="/carl">Carl Dane</a>'


@pytest.mark.parametrize(
    "other",
    [
        f"<aside>{ELSEWHERE}</aside>",
        f"<nav>{ELSEWHERE}</nav>",
        f'<div class="related-stories">{ELSEWHERE}</div>',
        f'<ol class="comment-list"><li class="comment">{ELSEWHERE}</li></ol>',
        f'<div id="sidebar"><div>{ELSEWHERE}</div></div>',
        f'<article><h3><a href="/news/choir-wins">Choir wins</a></h3>{ELSEWHERE}</article>',
        f'<ul><li><h4><a href="/news/choir-wins">Choir wins</a></h4>{ELSEWHERE}</li></ul>',
        f'<footer class="foot">{ELSEWHERE}</footer>',
    ],
)
@pytest.mark.parametrize("own", [OWN_TIME, ""])
def test_dates_and_authors_of_other_parts_do_not_count(other: str, own: str):
    html = f"<!doctype html><html lang=en><title>{TITLE}</title><body>{other}<main><h1>{TITLE}</h1>{own}{BODY}</main></body>"
    found = article(html)
    if own:
        assert (found.authors, found.published) == (("Ada Birch",), datetime(2026, 11, 28, 8, tzinfo=UTC))
    else:
        assert found.authors == ()
        assert found.published is None or found.published.year != 2019 or found.published_uncertain


def test_when_it_was_changed_is_not_when_it_appeared():
    changed = '<time class="updated" datetime="2026-11-28T19:00:00Z">19:00</time>'
    appeared = '<time class="entry-date published" datetime="2026-11-28T08:00:00Z">08:00</time>'
    assert article(page(changed + appeared + BODY)).published == datetime(2026, 11, 28, 8, tzinfo=UTC)
    both = '<time class="published updated" datetime="2026-11-28T08:00:00Z">08:00</time>'
    assert article(page(both + BODY)).published == datetime(2026, 11, 28, 8, tzinfo=UTC)


# Bylines and sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "The inquest was opened on 3 March 2019 and goes on.",
        "Voters choose a new council on 6 December 2026.",
        "Two men drowned here on 3 March 2019.",
        "Die Wahl findet am 6. Dezember 2026 im ganzen Land statt.",
        "La salle a été fermée le 3 mars 2019 par le maire.",
        "El puente se cerró el 3 de marzo de 2019.",
        "橋は2019年3月3日に閉鎖されました。",
    ],
)
def test_a_sentence_with_a_date_stays_and_is_not_the_publication_date(sentence: str):
    found = article(page(f"<p>{sentence}</p>{BODY}"))
    assert found.text.startswith(sentence)
    assert found.published is None


@pytest.mark.parametrize(
    "line",
    [
        "28 November 2026",
        "Published on 28 November 2026.",
        "By Ada Birch, 28 November 2026",
        "Saturday, 28 Nov 2026 | 08:00",
    ],
)
def test_a_line_that_says_when_it_appeared_goes(line: str):
    found = article(page(f"<p>{line}</p>{BODY}"))
    assert found.text.startswith(LINES[0])
    assert found.published is not None
    assert found.published.date() == NOW.date()


# Text that no reader sees, and text in unusual places


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none"><p>{}</p></div>',
        '<p style="color:red; DISPLAY : none !important">{}</p>',
        '<div style="visibility: hidden"><p>{}</p></div>',
        "<div hidden><p>{}</p></div>",
        '<section aria-hidden="true"><p>{}</p></section>',
        "<template><p>{}</p></template>",
        "<dialog><p>{}</p></dialog>",
        '<p class="sr-only">{}</p>',
    ],
)
def test_what_no_reader_sees_is_not_text_and_can_be_inspected(hidden: str):
    secret = "The bridge has fallen into the river with all who were on it, and nobody was saved from the water."
    found = examine(page(BODY + hidden.format(secret) + BODY).encode(), URL, Hints(now=NOW))
    assert found.article is not None
    assert secret not in found.article.text
    if "sr-only" not in hidden:
        assert any(secret in one.text for one in found.removed if one.reason == "hidden")


@pytest.mark.parametrize(
    "shell",
    ['<div style="display:none" id="app">{}</div>', "<div hidden>{}</div>", '<main aria-hidden="true">{}</main>'],
)
def test_an_article_that_a_script_shows_later_is_text(shell: str):
    html = f"<!doctype html><html lang=en><title>{TITLE}</title><body>{shell.format(f'<h1>{TITLE}</h1>{BODY}')}"
    assert article(html).text.count("\n\n") == len(LINES) - 1


@pytest.mark.parametrize(
    "body",
    [
        f"<section>{BODY}</section>",
        "".join(f"<section><p>{line}</p></section>" for line in LINES),
        "".join(f"<div>{line}</div>" for line in LINES),
        "<br><br>".join(LINES),
        f"<p>{'<br><br>'.join(LINES)}</p>",
        f"<p>{'</p><div>'.join(LINES[:2])}</div>" + "".join(f"<p>{line}</p>" for line in LINES[2:]),
        f"<div class=content>{BODY}</div>",
        f"<table><tr><td>{BODY}</td></tr></table>",
    ],
)
@pytest.mark.parametrize("around", ["<main>{}</main>", "<main><aside class=content>{}</aside></main>"])
def test_the_story_is_found_wherever_it_is(body: str, around: str):
    consent = "<div class=cookie><p>We use cookies to measure visits. By continuing to browse you agree to our cookies.</p></div>"
    inner = around.format(f"<h1>{TITLE}</h1>{body}")
    found = article(f"<!doctype html><html lang=en><title>{TITLE}</title><body>{consent}{inner}")
    assert [line for line in LINES if line in found.text] == list(LINES)
    assert "cookies" not in found.text


@pytest.mark.parametrize(
    "text",
    [
        "We use cookies and similar technologies to measure visits and to show advertisements. By continuing to browse you"
        " agree to this use of cookies on this website and by its partners, as our privacy policy explains.",
        "Wir verwenden Cookies, um Inhalte zu personalisieren und Zugriffe zu messen. Mit Ihrer Einwilligung geben wir Daten"
        " an Partner weiter; mehr dazu steht in unserer Erklärung zum Datenschutz auf dieser Seite.",
        "Utilizamos cookies propias y de terceros para medir las visitas y mostrar publicidad. Si continúa navegando, acepta"
        " el uso de cookies; consulte nuestra política de privacidad para saber más sobre ellas.",
    ],
)
def test_consent_text_is_never_an_article(text: str):
    html = f"<!doctype html><html><title>{TITLE}</title><body><h1>{TITLE}</h1><div><p>{text}</p></div></body>"
    assert examine(html.encode(), URL, Hints(now=NOW)).reason == "consent"


def test_an_article_about_cookies_is_one():
    text = "".join(f"<p>{line.replace('The ', 'The cookie banner of the ', 1)} Its cookies stay.</p>" for line in LINES)
    title = "Court bans cookie banners"
    assert article(page(text, title=title, h1=f"<h1>{title}</h1>")).title == title


@pytest.mark.parametrize("mark", ["<br>", "<br/>", "<br />\n", " <br> "])
def test_a_line_break_parts_words_once(mark: str):
    found = article(page(f"<p>{LINES[0]}</p><p>Row, row{mark}your boat</p>{BODY[len(LINES[0]) + 7 :]}"))
    assert found.text.count("your boat") == 1
    assert "rowyour" not in found.text
    assert "Row, row\nyour boat" in found.text


def test_a_line_break_parts_the_words_of_a_headline():
    assert article(page(BODY, h1="<h1>Bridge closes<br>for repairs</h1>", title="x")).title == TITLE


# Headlines


@pytest.mark.parametrize(
    "logo",
    [
        '<h1 id=logo><a href="/">The Severn Post</a></h1>',
        '<a href="https://news.example.org/"><h1>The Severn Post</h1></a>',
        '<header><h1 class=site-title><a href="https://news.example.org">The Severn Post</a></h1></header>',
    ],
)
@pytest.mark.parametrize("mark", [" | ", " - ", " – ", " :: "])
@pytest.mark.parametrize("heading", ["<h2>{}</h2>", '<h2 class="entry-title">{}</h2>', "<h1>{}</h1>"])
def test_a_logo_is_not_a_headline(logo: str, mark: str, heading: str):
    body = f"<div class=post>{heading.format(TITLE)}{BODY}</div>"
    html = f"<!doctype html><html lang=en><head><title>{TITLE}{mark}The Severn Post</title></head><body>{logo}{body}"
    assert article(html).title == TITLE


def test_signs_that_look_like_markup_are_text():
    title = "Use of &lt;template&gt; in pages"
    assert article(page(BODY, title=title, h1=f"<h1>{title}</h1>")).title == "Use of <template> in pages"


def test_the_sections_of_a_long_article_are_its_own():
    parts = "".join(
        f"<h1>Part {name} of the works</h1>{BODY.replace('The ', f'The {name} ')}" for name in ("first", "second")
    )
    assert article(page(BODY + parts)).text.count("second") > 2


def test_another_story_below_is_not():
    below = (
        f"<h1>Choir wins first prize</h1><p>By Carl Dane, 5 May 2019</p>{BODY.replace('The ', 'The choir and the ')}"
    )
    more = "<p>The works begin at dawn, and the first lorries with new cables are on their way from the north.</p>"
    assert "choir" not in article(page(BODY + more + below)).text


def test_names_in_elements_of_their_own_are_apart():
    byline = '<div class="byline"><span>By</span><a href="/ada">Ada Birch</a></div>'
    assert article(page(byline + BODY)).authors == ("Ada Birch",)
