"""Word forms: Snowball stems, for rules with `forms: [en]`.

A stem has its own key, "en:attack", so that it never equals a plain word. Rules and articles are both stemmed after
folding: stemmers that use accents become less precise, but stay consistent.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any, Final

import snowballstemmer

from crawler.rules.language.wildcards import is_pattern
from crawler.text import Step

ALGORITHMS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""ISO 639-1 code to the name of the Snowball algorithm (snowballstemmer 3)."""

_lock = Lock()  # stemmers are not thread-safe


@lru_cache(maxsize=len(ALGORITHMS))
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(ALGORITHMS[language])


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Return the stem key of a folded `word`, for example "en:attack"."""
    with _lock:
        return f"{language}:{_stemmer(language).stemWord(word)}"


def stem_ways(ways: tuple[tuple[Step, ...], ...], languages: tuple[str, ...]) -> tuple[tuple[Step, ...], ...]:
    """Return `ways` with every key but wildcards replaced by its stem, once for each of `languages`."""
    if not languages:
        return ways
    stemmed = (
        tuple(step if is_pattern(step.key) else Step(stem(step.key, language), step.glued) for step in way)
        for language in languages
        for way in ways
    )
    return tuple(dict.fromkeys(stemmed))
