"""The lexer: from the text of a query to lexemes with positions. Invalid input is refused with a correction."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import Enum, auto
from typing import Final, NamedTuple, NoReturn

from crawler.errors import RuleError
from crawler.rules.language.syntax import FIELDS
from crawler.text import sequences
from crawler.text.characters import APOSTROPHES, HEBREW, HEBREW_QUOTES, HYPHENS, WORD

MAX_CHARS: Final = 20_000


class Kind(Enum):
    """The kind of a lexeme."""

    WORD = auto()
    PHRASE = auto()
    REGEX = auto()
    LIST = auto()
    FIELD = auto()
    ATLEAST = auto()
    NEAR = auto()
    ONEAR = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    OPEN = auto()
    CLOSE = auto()
    END = auto()


class Lexeme(NamedTuple):
    """One token of a query. `text` is the content (without quotes, slashes, colon); offsets count from 0."""

    kind: Kind
    text: str
    start: int
    end: int
    number: int = 0


def refuse(message: str, start: int, fix: str = "", readings: tuple[tuple[str, str], ...] = ()) -> NoReturn:
    """Raise RuleError at the offset `start`, counted from 0."""
    raise RuleError(message, column=start + 1, fix=fix or next((whole for _, whole in readings), ""), readings=readings)


def literal_term(text: str, *, exact: bool = False) -> str:
    """Return the term that matches `text` literal_term: a pattern if it has no word (`/🔥/`), else `exact:`.

    `exact`: the term already follows `exact:`.
    """
    if sequences(text, wildcards=False) and '"' not in text:
        return f'"{text}"' if exact else f'exact:"{text}"'
    bare = text.rstrip(_VARIATION) or text
    return f"/{re.escape(bare).replace('/', chr(92) + '/').replace(_VARIATION, _VARIATION + '?')}/"


_VARIATION: Final = "\ufe0f"  # after an emoji, it requests the coloured form; pages write it or leave it out
_OPERATORS: Final = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}
_HEBREW_QUOTE: Final = f"(?<=[{HEBREW}])[{HEBREW_QUOTES}](?=[{HEBREW}])"
_WORD: Final = re.compile(f"(?:[{WORD}{APOSTROPHES}{HYPHENS}.&?*·‧・]|{_HEBREW_QUOTE}|(?<=[0-9]),(?=[0-9]))+")
_NEAR: Final = re.compile(r"(O?NEAR)/([0-9]{1,9})(?![^\s()\"“”„«»])", re.IGNORECASE)
_BARE_NEAR: Final = re.compile(r"(O?NEAR)(?:[/:~]?[0-9]*)(?=[\s()]|$)")
_FOREIGN_NEAR: Final = re.compile(r"(W|PRE|WITHIN|ADJ|N|P|NEAR|ONEAR)[/~:]?([0-9]{1,9})(?=[\s()]|$)", re.IGNORECASE)
_ATLEAST: Final = re.compile(r"atleast\s*/?\s*([0-9]{1,9})\s*(?=\()", re.IGNORECASE)
_REGEX: Final = re.compile(r"/((?:[^/\\]|\\.)+)/", re.DOTALL)
_SLOP: Final = re.compile(r"~([0-9]{1,3})")
_LIST: Final = re.compile(f"@([{WORD}-]+)")
_BLOB: Final = re.compile(r"[^\s()\"“”„«»]+")
# A fast path for most rules: a word that is not like an operator, a plain phrase, an operator, a bracket.
_PLAIN: Final = re.compile(
    r'\s*(?:((?!(?i:and|or|not)\b|(?i:o?near|atleast))[A-Za-z0-9]+\*?)(?=[\s)]|\Z)|"([A-Za-z0-9 ]+)"(?!~)'
    r"|(AND)(?=[\s)]|\Z)|(OR)(?=[\s)]|\Z)|(NOT)(?=[\s)]|\Z)|(\()|(\)))"
)
_KINDS: Final = (Kind.END, Kind.WORD, Kind.PHRASE, Kind.AND, Kind.OR, Kind.NOT, Kind.OPEN, Kind.CLOSE)  # its groups
_PHRASE: Final = _KINDS.index(Kind.PHRASE)
_TYPOGRAPHIC: Final = "“”„‟«»"
_HEBREW_LETTER: Final = re.compile(f"[{HEBREW}]")
_FOREIGN_OPERATORS: Final = {"|": "OR", "&": "AND", "!": "NOT", "+": "AND", ",": "OR", ";": "OR"}


class Lexer:
    """A lexer of one query. `lexemes()` returns all, the last of kind END; raises RuleError."""

    def __init__(self, query: str) -> None:
        if len(query) > MAX_CHARS:
            refuse(f"a rule has at most {MAX_CHARS:,} characters, this one has {len(query):,}", MAX_CHARS)
        self.query = query

    def lexemes(self) -> list[Lexeme]:
        """Return the lexemes of the query."""
        found: list[Lexeme] = []
        position = 0
        while True:
            plain = _PLAIN.match(self.query, position)
            if plain:
                group = plain.lastindex or 0
                text, end = plain[group], plain.end()
                lexeme = Lexeme(_KINDS[group], text, end - len(text) - 2 * (group == _PHRASE), end)
            elif (position := self._skip(position)) < len(self.query):
                lexeme = self._next(position)
            else:
                break
            found.append(lexeme)
            position = lexeme.end
        return [*found, Lexeme(Kind.END, "", len(self.query), len(self.query))]

    def _skip(self, position: int) -> int:
        while position < len(self.query) and self.query[position].isspace():
            position += 1
        return position

    def _spliced(self, start: int, end: int, text: str) -> str:
        return self.query[:start] + text + self.query[end:]

    def _next(self, start: int) -> Lexeme:
        match self.query[start]:
            case '"' | "“" | "”" | "„" | "‟" | "«" | "»":
                lexeme = self._phrase(start)
            case "/":
                lexeme = self._regex(start)
            case "@":
                lexeme = self._list(start)
            case "-" | "−":
                lexeme = self._minus(start)
            case _:
                lexeme = self._operator(start) or self._word(start)
        return lexeme

    def _phrase(self, start: int) -> Lexeme:
        opening = self.query[start]
        closing = '"' if opening == '"' else _TYPOGRAPHIC + '"'
        for end in range(start + 1, len(self.query)):
            if self.query[end] in closing and not self._inside_hebrew(end):
                if slop := _SLOP.match(self.query, end + 1):
                    reading = f" NEAR/{slop[1]} ".join(self.query[start + 1 : end].split())
                    fix = self._spliced(start, slop.end(), reading)
                    refuse(f"{slop.group()} is not supported: write {reading}", end + 1, fix)
                return Lexeme(Kind.PHRASE, self.query[start + 1 : end], start, end + 1)
        fix = self.query.rstrip() + '"'
        return refuse(f"the phrase has no closing quote: write {fix[start:][:200]}", start, fix)

    def _inside_hebrew(self, at: int) -> bool:
        """Return whether the quote at `at` is part of a Hebrew acronym."""
        around = self.query[at - 1], self.query[at + 1 : at + 2]
        return all(_HEBREW_LETTER.match(letter) for letter in around)

    def _regex(self, start: int) -> Lexeme:
        found = _REGEX.match(self.query, start)
        if not found:
            fix = self.query.rstrip() + "/"
            refuse("the pattern has no closing /: add it", start, fix if len(fix) > start + 2 else "")
        return Lexeme(Kind.REGEX, found[1], start, found.end())

    def _list(self, start: int) -> Lexeme:
        found = _LIST.match(self.query, start)
        if not found:
            refuse("@ must be followed by the name of a list: write for example @leaders", start)
        return Lexeme(Kind.LIST, found[1], start, found.end())

    def _minus(self, start: int) -> Lexeme:
        after = self.query[start + 1 : start + 2]
        if not after or after.isspace():
            fix = self._spliced(start, start + 1, "NOT") if self.query[start + 1 :].strip() else ""
            refuse("a single - has no meaning: write NOT before the term to exclude", start, fix)
        return Lexeme(Kind.NOT, "-", start, start + 1)

    def _operator(self, start: int) -> Lexeme | None:
        if found := _ATLEAST.match(self.query, start):
            return Lexeme(Kind.ATLEAST, found.group(), start, found.end(), int(found[1]))
        if found := _NEAR.match(self.query, start):
            if not found[1].isupper():
                upper = found.group().upper()
                fix = self._spliced(start, found.end(), upper)
                refuse(f"{found.group()} must be in capitals: write {upper}", start, fix)
            return Lexeme(Kind[found[1]], found.group(), start, found.end(), int(found[2]))
        if found := _BARE_NEAR.match(self.query, start):
            number = "".join(filter(str.isdigit, found.group())) or "10"
            fix = self._spliced(start, found.end(), f"{found[1]}/{number}")
            refuse(f"{found[1]} needs a maximum number of words: write {found[1]}/{number}", start, fix)
        if found := _FOREIGN_NEAR.match(self.query, start):
            return self._foreign(found, start)
        return None

    def _foreign(self, found: re.Match[str], start: int) -> Lexeme | None:
        """Refuse W/5, PRE/3 and the like, whose n differs between products; M/5 or N95 alone may be words."""
        name, number = found[1].upper(), found[2]
        if "/" not in found.group() and "~" not in found.group():
            return None
        ours = f"ONEAR/{number}" if name in {"PRE", "P", "ONEAR"} else f"NEAR/{number}"
        fix = self._spliced(start, found.end(), ours)
        return refuse(f"{found.group()} is not supported: write {ours} for at most {number} words between", start, fix)

    def _word(self, start: int) -> Lexeme:
        found = _WORD.match(self.query, start)
        if not found:
            self._refuse_character(start, start)
        end, text = found.end(), found.group()
        following = self.query[end : end + 1]
        if following == ":":
            return self._field(text, start, end + 1)
        if following and not following.isspace() and not _BLOB.fullmatch(following):
            following = ""
        if following.strip() and following != "@":
            self._refuse_character(start, end)
        if text.upper() in _OPERATORS:
            return self._connective(text, start, end)
        if not text.strip("&"):
            self._refuse_character(start, start)
        return Lexeme(Kind.WORD, text, start, end)

    def _connective(self, text: str, start: int, end: int) -> Lexeme:
        upper = text.upper()
        if text != upper:
            refuse(
                f'{text} is an operator only in capitals: write {upper}, or "{text}" for the word',
                start,
                self._spliced(start, end, upper),
            )
        return Lexeme(_OPERATORS[upper], text, start, end)

    def _field(self, name: str, start: int, end: int) -> Lexeme:
        if name in FIELDS:
            return Lexeme(Kind.FIELD, name, start, end)
        near = get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.6)
        fix = self._spliced(start, end, f"{near[0]}:") if near else ""
        hint = f"write {near[0]}:" if near else f"expected one of {', '.join(FIELDS)}"
        return refuse(f'"{name}" is not a field: {hint}', start, fix)

    def _refuse_character(self, start: int, at: int) -> NoReturn:
        """Refuse the character at `at` in the token that begins at `start`."""
        found = _BLOB.match(self.query, start)
        assert found
        blob, char = found.group(), self.query[at]
        if char in "[]{}":
            fix = self.query.translate(str.maketrans("[]{}", "()()"))
            refuse(f"{char} has no meaning here: write ( and )", at, fix)
        if char in _FOREIGN_OPERATORS and (at == start or char in ",;|"):
            word = _FOREIGN_OPERATORS[char]
            end = at + 1 + (self.query[at + 1 : at + 2] == char)
            fix = " ".join(self._spliced(at, end, f" {word} ").split())
            refuse(f"{self.query[at:end]} is not an operator: write {word}", at, fix)
        exact = self.query[:start].endswith("exact:")
        quoted = f'"{blob.replace("/", " ")}"' if char == "/" else literal_term(blob, exact=exact)
        refuse(
            f'the character "{char}" cannot be part of a word: write {quoted}',
            at,
            self._spliced(start, found.end(), quoted),
        )
