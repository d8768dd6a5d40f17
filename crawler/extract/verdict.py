# ruff: noqa: E501 - phrase tables and patterns read best on one line
"""The reasons why a page is not an article, each a rule on the page and its extracted text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.extract.body.choice import Body
from crawler.extract.page import marks
from crawler.extract.page.page import Page
from crawler.extract.words import squeeze, words

MIN_CHARS = 140
_SHORT_CHARS = 1500  # in a longer text, these phrases are part of a story
_ARTICLE_TYPES = frozenset({"article", "news", "newsarticle"})
_LIST_TYPES = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"})
_SOFT_404 = (
    "404", "not found", "page not found", "page cannot be found", "page can t be found", "page doesn t exist",
    "page does not exist", "no longer available", "nothing found", "page unavailable", "seite nicht gefunden",
    "nicht gefunden", "page introuvable", "page non trouvee", "pagina no encontrada", "no encontrada",
    "pagina nao encontrada", "pagina non trovata", "pagina niet gevonden", "sidan hittades inte", "siden ble ikke funnet",
    "siden blev ikke fundet", "sivua ei loydy", "nie znaleziono strony", "strona nie istnieje", "stranka nenalezena",
    "страница не найдена", "сторінку не знайдено", "sayfa bulunamadi", "الصفحة غير موجودة", "ページが見つかりません",
    "页面不存在", "找不到页面", "找不到網頁", "페이지를 찾을 수 없습니다", "halaman tidak ditemukan", "ukurasa haupatikani",
)  # fmt: skip
_BOT_WALL = (
    "just a moment", "attention required", "checking your browser", "verify you are human", "are you a robot",
    "access denied", "access to this page has been denied", "pardon our interruption", "security check",
    "enable javascript and cookies to continue", "unusual traffic", "ddos protection", "captcha", "bot verification",
    "human verification", "request unsuccessful", "403 forbidden", "forbidden", "too many requests",
    "please verify you are a human", "press hold to confirm", "robot or human",
)  # fmt: skip
_CONSENT = (
    "before you continue", "we value your privacy", "cookie consent", "accept cookies", "cookies and privacy",
    "we and our partners", "your privacy choices", "manage your consent", "mit werbung", "pur abo",
    "zustimmung", "wir und unsere partner", "nous et nos partenaires", "gestion des cookies", "consent",
    "nosotros y nuestros socios", "noi e i nostri partner", "wij en onze partners", "privacy settings",
)  # fmt: skip
_COOKIES = re.compile(  # one of these words in every paragraph: the text is only about cookies
    r"cookie|consent|privacy|personal data|datenschutz|einwillig|donn[ée]es personnelles|consentement|vie priv[ée]e|"
    r"privacidad|datos personales|privacidade|dados pessoais|dati personali|riservatezza|persoonsgegevens|toestemming|"
    r"samtyck|integritet|informasjonskaps|personvern|samtykke|ev[äa]ste|tietosuoja|ciasteczk|prywatno|soubory? cookie|"
    r"s[üu]ti|adatv[ée]del|çerez|gizlilik|куки|конфиденциальн|персональн|согласи|файл[ыи]в? cookie|"
    r"עוגיות|פרטיות|كوكيز|ملفات تعريف الارتباط|الخصوصية|クッキー|プライバシー|쿠키|개인정보|隐私|隱私|同意",
    re.IGNORECASE,
)
_SCRIPT = ("enable javascript", "javascript is disabled", "requires javascript", "javascript is required",
           "turn on javascript", "you need to enable javascript")  # fmt: skip
_MIN_LINKS = 40
_LINK_SHARE = 0.55
_TEASERS = 4
_SECTION_HEADINGS = 8
_HEADLINE = 30  # characters
_HOME_PATHS = frozenset({"", "index.html", "index.php", "home"})


def rejection_reason(page: Page, body: Body, text: str) -> str:
    """Return the reason why `page`, whose clean text is `text`, is not an article; "" if it is one."""
    return (
        wall(page, text)
        or _consent(page, text)
        or _index(page, body)
        or ("too-short" if len(text) < _min_chars(text) else "")
    )


def _min_chars(text: str) -> int:
    """Return the minimum length of an article: a third for scripts that write a word in one or two characters."""
    return MIN_CHARS if text.isascii() or len(words(text)) < len(text) / 2.5 else MIN_CHARS // 3


def wall(page: Page, text: str) -> str:
    """Return what the page shows instead of content: "soft-404", "bot-wall", "consent", "script-only"; "" for none."""
    if len(text) > _SHORT_CHARS:
        return ""
    head = _folded(" ".join((page.title_tag, *page.headings)))
    seen = head + _folded(text[:600] or squeeze(page.tree.text_content())[:600])
    if any(f" {p} " in head for p in map(_fold, _SOFT_404)):
        return "soft-404"
    if any(f" {p} " in head for p in map(_fold, _BOT_WALL)):
        return "bot-wall"
    if len(text) < MIN_CHARS * 4:
        for reason, phrases in (("bot-wall", _BOT_WALL[:6]), ("consent", _CONSENT), ("script-only", _SCRIPT)):
            if any(f" {p} " in seen for p in map(_fold, phrases)):
                return reason
    return ""


def _consent(page: Page, text: str) -> str:
    """Return "consent" if every paragraph is about cookies and privacy, under a headline that is not."""
    paragraphs = [line for line in text.splitlines() if len(line) >= _HEADLINE]
    if not paragraphs or len(text) > _SHORT_CHARS or any(map(_COOKIES.search, (page.title_tag, *page.headings))):
        return ""
    return "consent" if all(map(_COOKIES.search, paragraphs)) else ""


def _folded(text: str) -> str:
    return f" {' '.join(_words_with_numbers(text))} "


def _words_with_numbers(text: str) -> list[str]:
    """Return the folded words of `text`, with numbers kept as they are: "404" matters here."""
    return [w for part in text.split() for w in ([part] if part.isdigit() else words(part))]


def _fold(phrase: str) -> str:
    return " ".join(_words_with_numbers(phrase))


def _index(page: Page, body: Body) -> str:
    """Return "index-page" for a section or home page: by its address, its metadata, or a body of links and teasers."""
    typed = page.meta("og:type").lower() in _ARTICLE_TYPES or bool(page.ld.article)
    if _is_home(page.url) and not page.ld.article and _headline_links(page) > body.prose:
        return "index-page"
    if typed and page.ld.count < _MIN_LINKS and body.prose > 1:
        return ""
    linked = sum(b.linked for b in body.blocks)
    if body.chars and linked > _LINK_SHARE * body.chars and body.prose < _TEASERS:
        return "index-page"
    if page.ld.types & _LIST_TYPES and not page.ld.article and body.prose_share < _LINK_SHARE:
        return "index-page"
    heads = 0 if typed else _linked_headings(page)
    listed = heads >= _SECTION_HEADINGS and heads >= 2 * body.prose and body.prose < _TEASERS
    return "index-page" if not typed and (listed or _is_teaser_list(body)) else ""


def _linked_headings(page: Page) -> int:
    """Count the headings that are links as long as a headline."""
    return sum(
        len(marks.strip(h.text_content()).strip()) >= _HEADLINE and h.find(".//a") is not None
        for h in page.tree.iter("h2", "h3", "h4")
    )


def _headline_links(page: Page) -> int:
    """Count the links whose text is as long as a headline."""
    return sum(len(marks.strip(a.text_content()).strip()) >= _HEADLINE for a in page.tree.iter("a"))


def _is_teaser_list(body: Body) -> bool:
    """Return whether the body is a list of linked headlines, each with a line or two of text."""
    heads = [b for b in body.blocks if b.kind in ("head", "item", "p") and b.link_share >= 0.9 and b.size >= 25]  # noqa: PLR2004
    return len(heads) >= _TEASERS and len(heads) >= body.prose


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and not parts.query and parts.path.strip("/").lower() in _HOME_PATHS
