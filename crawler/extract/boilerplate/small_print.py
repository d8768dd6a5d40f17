# ruff: noqa: E501, PLR2004 - patterns read best on one line; the figures are maximum lengths of such lines
"""Small print recognized by its form: bylines, reading times, photo credits, captions' credits, date lines."""

from __future__ import annotations

import re

from crawler.extract.words import is_wide, words

_BYLINE = re.compile(
    r"^[\W_]{0,5}(?:by|von|par|por|di|da|door|av|af|przez|autore?|autora|author|text|texte|reporter|автор|текст|بقلم"
    r"|كتبت?|na|oleh|penulis|editor|ditulis|记者|記者|文|取材|written by|posted by|story by|words(?: by)?|reported by"
    r"|edited by)\b\s{0,3}[:：]?\s{0,3}\S.{0,110}$",
    re.IGNORECASE,
)
_READING_TIME = re.compile(
    r"^\W{0,5}(?:\d{1,3}|one|two|three|a few)[ -]?(?:min(?:ute)?s?|minuten|minutos?|minuti|min\.?|мин\w{0,4}|دقيقة|دقائق|分)"
    r"\.?(?:[ -]{0,3}(?:read|lesezeit|de lecture|de lectura|de leitura|di lettura|leestijd|read time))?\W{0,5}$"
    r"|^\W{0,5}(?:reading time|read time|lesezeit|temps de lecture|tiempo de lectura|tempo di lettura|leestijd)\b.{0,30}$",
    re.IGNORECASE,
)
_AGENCIES = (
    r"getty images?|afp|ap|ap photo|reuters|shutterstock|epa(?:-efe)?|dpa|imago|istock|alamy|nurphoto|bloomberg|keystone"
    r"|ansa|efe|tass|ritzau scanpix|scanpix|ntb|pa wire|pa media|picture alliance|anadolu|xinhua|unsplash|pexels"
)
_PHOTO_CREDIT = re.compile(
    r"^\W{0,4}(?:(?:photo|image|foto|fotograf|picture|bild|photograph|credit|crédit|crédito|pic|imagen|imagem|immagine|фото"
    r"|صورة|zdjęcie|kuva|kép)s?\s{0,3}(?:credits?|by|courtesy|source|/)?\s{0,3}[:：/]\s{0,3}.{2,90}"
    rf"|(?:[\w .,'’&()-]{{2,50}}\s?/\s?){{1,3}}(?:{_AGENCIES})(?:[ /,]?(?:via |/)?[\w ]{{0,40}})?"
    r"|(?:getty images?|afp|reuters|shutterstock|istock)(?: via getty images)?|.{0,60} via getty images?"
    r"|©\s?.{2,60})\W{0,4}$",
    re.IGNORECASE,
)
_CAPTION_END = re.compile(
    r"(?:\((?:photo|foto|image|picture|ap|afp|reuters|getty)[^)]{0,80}\)"
    r"|\[(?:photo|image|afp|reuters|ap|courtesy|file|getty)[^\]]{0,60}\]"
    r"|\b(?:photo|foto|image|picture|bild|photograph|credit|crédit|crédito)s?\s{0,2}(?:credit|by|courtesy)?\s{0,2}[:：/©]"
    r"\s{0,2}[^.]{2,80}"
    r"|/\s?(?:getty images|ap|afp|reuters|shutterstock|epa|istock|picture alliance|dpa)[^.]{0,40}|getty images"
    r"|©\s?[^.]{2,60}|\bvia (?:getty images|ap|reuters)\b|file photo)\W{0,4}$",
    re.IGNORECASE,
)
_CREDIT_END = re.compile(
    r"\bcontributed to this (?:report|story|article)\b"
    r"|^\W{0,3}(?:additional )?(?:reporting|writing|editing|edited|written|compiled|translated) by [A-Z].{3,240}$"
    r"|^\W{0,3}(?:with (?:files|reports|reporting|input|inputs|agency inputs) (?:from|by)|rédigé par|édité par|mit material"
    r"|met medewerking van|con información de|com informações d[aeo]s?) .{2,200}$"
    r"|^\(?[-–—]?\s{0,2}(?:with )?(?:additional )?(?:inputs? from |reporting from |files from )?"
    r"(?:agencies|agency|wires|staff)\)?$"
    r"|^\(?(?:mit (?:agenturmaterial|material von)|quellen? ?:|sources? ?:|fuentes? ?:|fonte ?:|foto ?:|bild ?:"
    r"|(?:featured? )?image ?:|photos? ?(?:credit|by|:)|image ?(?:credit|source|:)|picture ?:)"
    r"|^\([a-zäöü]{2,4}(?:/[a-zäöü]{2,6}){0,6}\)$"
    r"|^\W{0,4}(?:last updated|first published|posted|aktualisiert|veröffentlicht|stand:|publié"
    r"|mis à jour|publicado|actualizado|atualizado|pubblicato|aggiornato)\b.{0,80}$",
    re.IGNORECASE,
)
_OWN_CREDIT = re.compile(
    r"[(\[](?:image|photo|foto|picture|bild|credit|crédito?|source)s?(?: credit)?\s?[:：/][^()\[\]]{2,80}[)\]]\W{0,3}$"
    r"|\s©\s?[^.©]{2,40}$",
    re.IGNORECASE,
)
_MAX_BYLINE_WORDS_LEFT = 3
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "।", "؟", "۔")
_SENTENCE_WORDS, _SENTENCE_CHARS = 5, 9  # apart from numbers: "Published on Tuesday 3 March 2019." has fewer


def is_byline(line: str) -> bool:
    """Return whether `line` is of the form "By Jane Doe", in one of twenty languages, and not a sentence."""
    return len(line) < 110 and not line.rstrip(".").endswith(("!", "?", "”", '"', ":")) and bool(_BYLINE.match(line))


def is_sentence(line: str) -> bool:
    """Return whether `line` is a sentence of a story (which may contain a date) and not a publication note."""
    if not line.rstrip("”\"'’») ").endswith(_SENTENCE_END) or is_closing_credit(line):
        return False
    found = [word for word in words(line) if "#" not in word]
    return len(found) >= (_SENTENCE_CHARS if any(map(is_wide, "".join(found))) else _SENTENCE_WORDS)


def is_reading_time(line: str) -> bool:
    """Return whether `line` is a reading time."""
    return len(line) < 60 and bool(_READING_TIME.match(line))


def is_photo_credit(line: str) -> bool:
    """Return whether the whole `line` is a picture credit."""
    return len(line) < 110 and bool(_PHOTO_CREDIT.match(line))


def ends_in_credit(line: str) -> bool:
    """Return whether `line` ends as a caption does: "... in Nairobi. [AFP]"."""
    return len(line) < 400 and bool(_CAPTION_END.search(line))


def has_own_credit(line: str) -> bool:
    """Return whether `line` ends in a picture credit that no sentence of a story ends in: "(Image: NASA)", "© AFP"."""
    return len(line) < 400 and bool(_OWN_CREDIT.search(line))


def is_closing_credit(line: str) -> bool:
    """Return whether `line` is a note under an article: contributors, sources, dates of publication."""
    return len(line) < 260 and bool(_CREDIT_END.search(line))


def is_names_only(line: str, authors: tuple[str, ...]) -> bool:
    """Return whether `line` has only the names of `authors` and at most three other words."""
    if not authors or len(line) > 160:
        return False
    left = words(line)
    found = False
    for author in authors:
        name = words(author)
        for at in range(len(left) - len(name) + 1):
            if name and left[at : at + len(name)] == name:
                left, found = left[:at] + left[at + len(name) :], True
                break
    return found and len(left) <= _MAX_BYLINE_WORDS_LEFT
