"""From a word or phrase as typed to a leaf of the tree. Whatever would silently not be looked at is refused."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, TypeAlias

import re2

from crawler.errors import RuleError
from crawler.rules.language.advice import literally
from crawler.rules.language.lexer import refuse
from crawler.rules.language.stems import stem_ways
from crawler.rules.language.syntax import Attribute, Regex, Term
from crawler.text import Step, sequences
from crawler.text.characters import SPACELESS, SYMBOLS

_MIN_BEFORE_STAR: Final = 3
_MAX_PATTERN_CHARS: Final = 1_000
_MAX_PROGRAM: Final = 10_000  # instructions of a compiled pattern
_MAX_PATTERN_BYTES: Final = 1 << 20
_PLAIN: Final = re.compile(r"[A-Za-z0-9]{3,}\*|[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")  # nothing in it can be refused
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")

_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)

Ways: TypeAlias = tuple[tuple[Step, ...], ...]


def make_term(raw: str, start: int, *, scope: str, exact: bool, forms: tuple[str, ...]) -> Term:
    """Return the leaf of a word or phrase that stands at the offset `start`. Raises RuleError."""
    try:
        return _term(raw, scope, exact, forms)
    except RuleError as error:
        error.column += start
        raise


@lru_cache(maxsize=50_000)  # the same topics come in many rules, and then share their leaf
def _term(raw: str, scope: str, exact: bool, forms: tuple[str, ...]) -> Term:
    if exact:
        return Term(raw, _exact_ways(raw), scope, exact=True)
    if _PLAIN.fullmatch(raw):
        return Term(raw, stem_ways(sequences(raw), forms), scope)
    _refuse_signs(raw)
    _refuse_stars(raw)
    ways = _spelt(raw)
    if not ways:
        refuse(f'"{raw}" contains no letter or digit', 0)
    for way in ways:
        for step in way:
            _check_wildcard(step.key, raw)
    return Term(raw, stem_ways(ways, forms), scope)


def _spelt(raw: str) -> Ways:
    """Return the sequences of keys of `raw`, and of how it is written where there are no umlauts: Zuerich, Aarhus."""
    plain = unicodedata.normalize("NFC", raw)
    spelt = plain.translate(_UMLAUTS)
    return sequences(raw) if spelt == plain else tuple(dict.fromkeys(sequences(raw) + sequences(spelt)))


def make_attribute(field: str, raw: str, start: int) -> Attribute:
    """Return the leaf of a field that is compared whole. Raises RuleError."""
    value = raw.strip().casefold()
    if field == "site":
        value = value.removeprefix("www.").strip(".")
    if field == "language":
        value = value.replace("_", "-")
    if not value:
        refuse(f"{field}: needs a value", start)
    if "*" in value or (field != "url" and "?" in value):
        fix = raw.replace("*", "").replace("?", "").strip(".-")
        refuse(f"{field}: does not support wildcards: write {field}:{fix}", start, fix)
    return Attribute(field, value)


def make_regex(pattern: str, start: int, *, scope: str, exact: bool) -> Regex:
    """Return the leaf of a pattern. Raises RuleError for what RE2 refuses, for what is too large or matches nothing."""
    if len(pattern) > _MAX_PATTERN_CHARS:
        refuse(f"a pattern has at most {_MAX_PATTERN_CHARS:,} characters, this one has {len(pattern):,}", start)
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = exact
    options.max_mem = _MAX_PATTERN_BYTES
    try:
        program = re2.compile(pattern.replace("\\/", "/"), options)
    except (re2.error, UnicodeError) as error:
        detail = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise RuleError(f"invalid pattern: {detail}", column=start + 1) from error
    if program.programsize > _MAX_PROGRAM:
        refuse("the pattern is too large: write fewer or smaller repetitions", start)
    if program.search(""):
        refuse("the pattern matches empty text, and so every article: require at least one character", start)
    return Regex(pattern, scope, exact, program)


def _exact_ways(raw: str) -> Ways:
    ways = sequences(raw, wildcards=False)
    if not ways:
        pattern = literally(raw) if raw.strip() else ""
        refuse(
            f"exact: needs a letter or a digit{f': write {pattern} for other characters' if pattern else ''}",
            0,
            pattern,
        )
    return (min(ways, key=lambda way: (-len(way), way)),)


def _refuse_signs(raw: str) -> None:
    """Refuse signs that the analysis would drop: "C++" would silently look for "c"."""
    for at, sign in enumerate(raw):
        if (sign in "#%@" or unicodedata.category(sign)[0] == "S") and sign not in SYMBOLS + "`´":
            fix = literally(raw)
            refuse(f'the character "{sign}" is ignored in words and phrases: write {fix}', at, fix)


def _refuse_stars(raw: str) -> None:
    for found in re.finditer(r"\S+", raw):
        word = found.group().strip("\"'.,;:!()")
        at = found.start()
        if not word.strip("*?-"):
            if "*" in word or "?" in word:
                refuse(f"{word} alone would match any word: remove it, or write NEAR/3 to allow words between", at)
            continue
        if word[0] == "*":
            bare = word.replace("*", "")
            plain = f"{bare}*" if len(bare) >= _MIN_BEFORE_STAR else bare
            refuse(f"a word cannot begin with *: write {plain}", at, raw.replace(word, plain))
        inner = word.rstrip("*")
        if "*" in inner:
            bare = inner[: inner.index("*")]
            fix = raw.replace(word, f"{bare}*") if len(bare) >= _MIN_BEFORE_STAR else ""
            refuse(f"* is only allowed at the end of a word{f': write {bare}*' if fix else ''}", at, fix)
        if word.endswith("**"):
            refuse(f"one * is enough: write {inner}*", at, raw.replace(word, f"{inner}*"))
        if " " in raw and word.endswith("?"):
            bare = word.rstrip("?")
            refuse(f"? matches one letter: write {bare} without ?", at, raw.replace(word, bare))


def _check_wildcard(key: str, raw: str) -> None:
    if "?" in key and not key.strip("?*"):
        if not _SPACELESS.search(raw):
            refuse("? matches one letter of a word: write at least one more letter", 0)
        return
    if not key.endswith("*"):
        return
    if _SPACELESS.search(raw):
        bare = raw.replace("*", "")
        refuse(f"in this script, words are also found inside longer words: write {bare}", 0, bare)
    if len(key.replace("?", "")) <= _MIN_BEFORE_STAR:
        refuse(f"* needs {_MIN_BEFORE_STAR} letters before it: write more of the word, or the words one by one", 0)
