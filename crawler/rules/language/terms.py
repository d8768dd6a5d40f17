"""The leaves of the tree, from words, phrases, patterns and lists. Input that would be ignored silently is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn, TypeAlias

import re2

from crawler.errors import RuleError
from crawler.rules.language.lexer import Kind, Lexeme, literal_term, refuse
from crawler.rules.language.stems import stem_ways
from crawler.rules.language.syntax import ATTRIBUTES, TEXT_FIELDS, Attribute, Node, Or, Regex, Term, any_of
from crawler.text import Step, sequences
from crawler.text.characters import SPACELESS, SYMBOLS

_MIN_BEFORE_STAR: Final = 3
_MAX_PATTERN_CHARS: Final = 1_000
_MAX_PROGRAM: Final = 10_000  # instructions of a compiled pattern
_MAX_PATTERN_BYTES: Final = 1 << 20
_PLAIN: Final = re.compile(r"[A-Za-z0-9]{3,}\*|[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")  # nothing in it is ever refused
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")

_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
)

Ways: TypeAlias = tuple[tuple[Step, ...], ...]


def make_term(raw: str, start: int, *, scope: str, exact: bool, forms: tuple[str, ...]) -> Term:
    """Return the leaf of a word or phrase at the offset `start`. Raises RuleError."""
    try:
        return _term(raw, scope, exact, forms)
    except RuleError as error:
        error.column += start
        raise


@lru_cache(maxsize=50_000)  # many rules have the same terms, which then share a leaf
def _term(raw: str, scope: str, exact: bool, forms: tuple[str, ...]) -> Term:
    if exact:
        return Term(raw, _exact_ways(raw), scope, exact=True)
    if _PLAIN.fullmatch(raw):
        return Term(raw, stem_ways(sequences(raw), forms), scope)
    _refuse_ignored_characters(raw)
    _refuse_stars(raw)
    ways = _spelling_ways(raw)
    if not ways:
        refuse(f'"{raw}" contains no letter or digit', 0)
    for way in ways:
        for step in way:
            _check_wildcard(step.key, raw)
    return Term(raw, stem_ways(ways, forms), scope)


def _spelling_ways(raw: str) -> Ways:
    """Return the sequences of keys of `raw`, and of its spelling without umlauts: Zuerich, Aarhus."""
    plain = unicodedata.normalize("NFC", raw)
    expanded = plain.translate(_UMLAUTS)
    return sequences(raw) if expanded == plain else tuple(dict.fromkeys(sequences(raw) + sequences(expanded)))


def make_attribute(field: str, raw: str, start: int) -> Attribute:
    """Return the leaf of a field that is compared as a whole. Raises RuleError."""
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
    """Return the leaf of a pattern. Raises RuleError if it is invalid (RE2), too large, or matches empty text."""
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
        pattern = literal_term(raw) if raw.strip() else ""
        refuse(
            f"exact: needs a letter or a digit{f': write {pattern} for other characters' if pattern else ''}",
            0,
            pattern,
        )
    return (min(ways, key=lambda way: (-len(way), way)),)


def _refuse_ignored_characters(raw: str) -> None:
    """Refuse characters that the analysis would drop: "C++" would silently match "c"."""
    for at, char in enumerate(raw):
        if (char in "#%@" or unicodedata.category(char)[0] == "S") and char not in SYMBOLS + "`´":
            fix = literal_term(raw)
            refuse(f'the character "{char}" is ignored in words and phrases: write {fix}', at, fix)


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


_MAX_SPELLINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Context:
    """The context of the part of a query that is being parsed."""

    scope: str = ""
    exact: bool = False
    depth: int = 0
    forms: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def deeper(self) -> Context:
        """Return the context within one more pair of brackets."""
        return Context(self.scope, self.exact, self.depth + 1, self.forms, self.lists)


def make_leaf(query: str, lexeme: Lexeme, context: Context) -> Node:
    """Return the node of a word, phrase, pattern or list. Raises RuleError; its fix is the corrected query."""
    if lexeme.kind is Kind.LIST:
        return _list(lexeme, context)
    if lexeme.kind is Kind.REGEX:
        if context.scope not in ("", *TEXT_FIELDS):
            fix = _spliced(query, lexeme, f'"{lexeme.text}"')
            refuse(f"patterns work in title, lead and text, not in {context.scope}:", lexeme.start, fix)
        return make_regex(lexeme.text, lexeme.start, scope=context.scope, exact=context.exact)
    start = lexeme.start + (lexeme.kind is Kind.PHRASE)
    try:
        return make_single(lexeme.text, start, context)
    except RuleError as error:
        if error.fix:
            whole = lexeme.kind is Kind.WORD or error.fix.startswith(("exact:", "/"))
            error.fix = _spliced(query, lexeme, error.fix if whole else f'"{error.fix}"')
        raise


def make_single(raw: str, start: int, context: Context) -> Node:
    """Return the leaf of a word or phrase as typed. Raises RuleError; its fix replaces `raw`."""
    if context.scope in ATTRIBUTES:
        return make_attribute(context.scope, raw, start)
    return make_term(raw, start, scope=context.scope, exact=context.exact, forms=context.forms)


def _list(lexeme: Lexeme, context: Context) -> Node:
    spellings = context.lists.get(lexeme.text)
    if spellings is None:
        known = ", ".join(f"@{name}" for name in context.lists) or "none"
        refuse(f"unknown list @{lexeme.text}; defined lists: {known}", lexeme.start)
    if not 0 < len(spellings) <= _MAX_SPELLINGS:
        refuse(f"the list @{lexeme.text} needs 1 to {_MAX_SPELLINGS:,} spellings", lexeme.start)
    nodes = []
    for number, spelling in enumerate(spellings, 1):
        try:
            nodes.append(make_single(spelling, 0, context))
        except RuleError as error:
            _refuse_spelling(lexeme, number, error)
    return any_of(nodes)


def _refuse_spelling(lexeme: Lexeme, number: int, error: RuleError) -> NoReturn:
    raise RuleError(f"list @{lexeme.text}, spelling {number}: {error.message}", column=lexeme.start + 1) from error


def is_countable(node: Node, scope: str) -> bool:
    """Return whether NEAR and atleast may count `node`: a term in the current field, or an OR group of such."""
    if isinstance(node, Or):
        return all(is_countable(part, scope) for part in node.parts)
    return isinstance(node, Term) and node.scope == scope


def _spliced(query: str, lexeme: Lexeme, text: str) -> str:
    return query[: lexeme.start] + text + query[lexeme.end :]
