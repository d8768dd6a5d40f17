"""Classification of URLs as article URLs by their shape alone, without knowledge of any site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

ARTICLE_SCORE: Final = 0.5
_MAX_CHARS: Final = 2_000

# Path segments of listing, service and media pages: whole words in the languages of news sites.
_NOT_ARTICLES: Final = frozenset({
    "tag", "tags", "topic", "topics", "thema", "themen", "tema", "temas", "tagged", "label", "labels", "category",
    "categories", "kategorie", "categoria", "rubrik", "author", "authors", "autor", "autoren", "autores", "auteur",
    "auteurs", "profile", "profiles", "user", "users", "people", "by", "contributor", "staff", "search", "suche",
    "buscar", "busca", "recherche", "cerca", "login", "signin", "sign-in", "signup", "register", "subscribe",
    "subscription", "abo", "account", "konto", "my", "newsletter", "newsletters", "privacy", "terms", "cookies",
    "cookie-policy", "privacy-policy", "imprint", "impressum", "contact", "contact-us", "contacto", "kontakt", "about",
    "about-us", "uber-uns", "advertise", "advertising", "jobs", "careers", "help", "faq", "support", "rss", "feed",
    "feeds", "sitemap", "archive", "archives", "archiv", "video", "videos", "videogallery", "gallery", "galleries",
    "galerie", "photo", "photos", "fotos", "photogallery", "slideshow", "podcast", "podcasts", "audio", "radio", "tv",
    "live-tv", "mediathek", "epaper", "e-paper", "shop", "store", "weather", "wetter", "horoscope", "horoscopes",
    "games", "quiz", "crossword", "events", "calendar", "comments", "wp-admin", "wp-content", "wp-json", "wp-login.php",
    "cgi-bin", "print", "share", "static", "assets", "cdn-cgi", "page", "pages", "api", "press-releases-archive",
})  # fmt: skip
_MEDIA_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|ico|css|js|json|xml|rss|atom|pdf|docx?|xlsx?|pptx?|zip|gz|mp3|mp4|m4a|webm|mov|"
    r"woff2?|ics|txt|csv|apk|epub)$",
    re.IGNORECASE,
)
_PAGE_FILE = re.compile(r"\.(?:s?html?|php|aspx?|jsp|ece|cms|story|dpl|do|cfm|amp)$", re.IGNORECASE)
_MONTH: Final = r"(?:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATED = re.compile(
    rf"(?:^|[/_-])(?:19|20)\d\d[/_-]{_MONTH}[a-z]{{0,6}}(?:[/_-](?:0?[1-9]|[12]\d|3[01])(?!\d)|(?=[/_-]))|"
    r"(?:^|[/_-])20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
    re.IGNORECASE,
)
_TRAILING_ID = re.compile(
    r"(?:^|[-_.,/~!]|(?<=[a-z]))(?:\d{5,}|(?=[a-z]*\d)[0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|id[a-z0-9]{6,})$",
    re.IGNORECASE,
)
_LEADING_ID = re.compile(r"\d{5,}[-_,]")
_MIXED_ID = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}", re.IGNORECASE)
_ID_PARAMS: Final = frozenset({
    "id", "p", "idx", "newsid", "news_id", "articleid", "article_id", "aid", "artnr", "story", "storyid", "story_id",
    "nid", "sid", "no", "seq", "post", "postid", "cid", "docid", "item", "itemid", "contentid", "idnoticia",
    "idarticulo", "tid", "arcid", "ncid", "articlekey", "wr_id", "idxno", "newsno",
})  # fmt: skip
_ARTICLE_WORDS: Final = frozenset({
    "article", "articles", "artikel", "articulo", "articolo", "artigo", "story", "stories", "news", "noticia",
    "noticias", "nachricht", "nachrichten", "post", "posts", "blog", "press-release", "press-releases",
    "pressemitteilung", "actualite", "actualites", "content", "a", "c", "i", "d", "politik", "view", "detail",
    "newsview", "read", "statya", "novosti", "haber", "berita",
})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[぀-ヿ㐀-鿿가-힯฀-๿]")
_LONG_SLUG: Final = 5
_SLUG: Final = 3
_UNSPACED_PER_WORD: Final = 3


@dataclass(frozen=True, slots=True)
class UrlScore:
    """The likelihood that a URL is an article's (0.0 to 1.0), and the reasons."""

    score: float
    reasons: tuple[str, ...]

    @property
    def is_article(self) -> bool:
        """Whether the URL is more likely an article's than not."""
        return self.score >= ARTICLE_SCORE


def is_article_url(url: str) -> bool:
    """Return whether `url` has the shape of an article URL."""
    return score_url(url).is_article


def score_url(url: str) -> UrlScore:
    """Score the shape of `url`. Invalid URLs, files and listing pages have the score 0.0."""
    try:
        parts = urlsplit(url[:_MAX_CHARS])
    except ValueError:
        return UrlScore(0.0, ("not a URL",))
    path = unquote(parts.path)
    segments = [segment for segment in path.lower().split("/") if segment]
    reason = _exclusion(parts, path, segments)
    if reason:
        return UrlScore(0.0, (reason,))
    signals = [*_path_signals(path, segments), *_query_signals(parts.query)]
    return UrlScore(min(1.0, sum((weight for weight, _ in signals), 0.0)), tuple(reason for _, reason in signals))


def _exclusion(parts: SplitResult, path: str, segments: list[str]) -> str:
    if parts.scheme not in {"http", "https"}:
        return "not a web page"
    if not segments and not parts.query:
        return "home page"
    if _MEDIA_FILE.search(path):
        return "a file"
    listing = next((segment for segment in segments if segment in _NOT_ARTICLES), "")
    # /tv/2026/11/23/some-long-headline is an article in a section that is named like a listing
    if listing and (listing == segments[-1] or not _DATED.search(path)):
        return f"listing or service: {listing}"
    return ""


def _path_signals(path: str, segments: list[str]) -> list[tuple[float, str]]:
    if not segments:
        return []
    signals = [(0.05, "deep path")] if len(segments) > 1 else []
    last = _PAGE_FILE.sub("", segments[-1])
    if last != segments[-1] and not last.startswith("index"):
        signals.append((0.1, "page file"))
    if _DATED.search(path):
        signals.append((0.45, "date in path"))
    ids = [segment for segment in (last, *segments[-3:-1]) if _TRAILING_ID.search(segment)]
    if ids or _MIXED_ID.fullmatch(last) or _LEADING_ID.match(last):
        signals.append((0.45, "id in path"))
    words = max(map(_word_count, (_PAGE_FILE.sub("", segment) for segment in segments[-2:])))
    if words >= _LONG_SLUG:
        signals.append((0.5, "long slug"))
    elif words >= _SLUG:
        signals.append((0.3, "slug"))
    if any(segment in _ARTICLE_WORDS for segment in segments[:-1]):
        signals.append((0.15, "article section"))
    return signals


def _word_count(segment: str) -> int:
    """Count the words of a slug without numbers; three characters of a script without spaces are one word."""
    words = [word for word in _WORD.findall(segment) if not word.isdigit()]
    unspaced = len(_UNSPACED.findall(segment))
    return max(len(words), unspaced // _UNSPACED_PER_WORD)


def _query_signals(query: str) -> list[tuple[float, str]]:
    """Return the signal of an id in the query: ?id=58354, ?p=2895, ?ArtNr=335614, ?newsID=c3aa546f-..."""
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return []
    named = [value for name, value in pairs if name.lower().rpartition("[")[2].rstrip("]") in _ID_PARAMS]
    if any(len(value) > 1 and any(map(str.isdigit, value)) for value in named):
        return [(0.5, "id in query")]
    return []
