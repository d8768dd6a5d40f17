"""Noise in article texts: clocks, counters and lines of links that are not part of the content."""

from __future__ import annotations

import re
from typing import Final

from crawler.text import analyse

# Folded words of the languages of the demo and the test corpora; a missing language only costs unnecessary revisions.
# Source: the labels that the extractor encounters (crawler/extract/boilerplate/data).
_UNIT_WORDS = (
    "second seconds sec secs minute minutes min mins hour hours hr hrs day days sekunde sekunden "
    "minuten stunde stunden tag tagen minuto minutos hora horas dia dias heure heures jour jours "
    "minuti ora ore giorni uur dagen dakika saat gun минут минуты час часа часов дня дней minut "
    "godzin timmar timer menit jam hari dakikah دقيقه ساعات ساعه"
)
_AGO_WORDS = "ago vor hace fa geleden sedan siden once назад temu lalu iliyopita منذ il faz atras"
_STAMP_WORDS = (
    "updated update published posted modified edited aktualisiert stand veroffentlicht actualizado "
    "publicado mis jour maj publie aggiornato pubblicato bijgewerkt uppdaterad opdateret oppdatert "
    "guncellendi обновлено опубликовано zaktualizowano atualizado diperbarui تحديث نشر"
)
_COUNTED_WORDS = (
    "comment comments view views share shares like likes read reads reaction reactions reply replies "
    "kommentar kommentare comentario comentarios commentaire commentaires commenti reacties "
    "kommentarer yorum комментариев просмотров listening watching followers lesezeit lesedauer "
    "lectura lecture"
)
_UNITS: Final = frozenset(_UNIT_WORDS.split())
_AGO: Final = frozenset(_AGO_WORDS.split())
_STAMPS: Final = frozenset(_STAMP_WORDS.split())
_COUNTED: Final = frozenset(_COUNTED_WORDS.split())
_OTHER_WORDS: Final = 3  # in a line that is a clock or a counter: "by", "November", "GMT"
_HEADLINE: Final = 18  # words; a longer line without an end mark is a paragraph
_ENDS: Final = ".!?:;…。！？।؟።\"'”»’)"
_CLOCK: Final = re.compile(r"\d")


def substance(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the folded words of each line with content, without relative times.

    Left out: "Updated 5 minutes ago", "12 comments", "3 min read", and short lines without an end mark, which are
    mostly links and labels.
    """
    found = (_content_words(line) for line in text.splitlines() if line.strip())
    return tuple(words for words in found if words)


def _content_words(line: str) -> tuple[str, ...]:
    analysis, ended = analyse(line), line.rstrip()[-1] in _ENDS
    words = analysis.words
    if not ended and len(words) < _HEADLINE and not analysis.pairs:
        return ()
    return () if _is_clock_or_counter(words, most=_OTHER_WORDS) else tuple(_without_ages(words))


def _is_clock_or_counter(words: list[str], *, most: int) -> bool:
    """Return whether a line is a time or a count, with at most `most` other words."""
    known = set(words)
    numbered = any(_CLOCK.search(word) for word in words)
    if not numbered or not known & (_STAMPS | _COUNTED | _UNITS):
        return False
    labels = _STAMPS | _COUNTED | _UNITS | _AGO
    return sum(word not in labels and not _CLOCK.search(word) for word in words) <= most


def _without_ages(words: list[str]) -> list[str]:
    """Leave out "5 minutes ago", "vor 5 Minuten" and a label before it ("updated")."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        length = _age(words[at : at + 4])
        if length and kept and kept[-1] in _STAMPS:
            kept.pop()
        if not length:
            kept.append(words[at])
        at += length or 1
    return kept


def _age(words: list[str]) -> int:
    """Return how many of the words are an age ("5 minutes ago"); 0 for none."""
    if len(words) >= 3 and words[0].isdigit() and words[1] in _UNITS and words[2] in _AGO:  # noqa: PLR2004
        return 3
    if len(words) >= 3 and words[0] in _AGO and words[1].isdigit() and words[2] in _UNITS:  # noqa: PLR2004
        return 3
    return 0
