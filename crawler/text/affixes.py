"""What is attached to a word in writing and seen through when looking for it: elisions, possessives, prefixes.

All tables hold folded forms. They serve the text's side only: what a rule writes out must be there.
"""

from __future__ import annotations

# French and Catalan articles and pronouns before a vowel; Italian articles and their contractions.
_ROMANCE = "l d j m n s t c qu jusqu lorsqu puisqu quoiqu un dell all nell sull dall coll quell quest sant bell"
_ELISIONS = frozenset(_ROMANCE.split())
# English endings that are words of their own: "he'll" holds "he", and must not become "hell".
_CONTRACTIONS = frozenset(["ll", "re", "ve", "d", "m"])
# Turkish case endings, written after an apostrophe on names (Ankara'da, Erdoğan'ın, Türkiye'nin).
_TURKISH = (
    "a e i u ya ye yi yu na ne ni nu in un nin nun da de ta te nda nde dan den tan ten ndan nden la le yla yle "
    "li lu lik luk siz suz ca ce ci cu dir dur tir tur ydi ydu daki deki taki teki ndaki ndeki lar ler"
)
_ENDINGS = frozenset(_TURKISH.split())
_MIN_NAME = 3  # letters before a Turkish ending

_ARABIC_AND = "وف"  # and
_ARABIC_TO = "بكل"  # in, as, to
_ARABIC_THE = "ال"
_MIN_ARABIC = 3  # letters that must be left


def apostrophe_forms(pieces: list[str]) -> tuple[str, ...]:
    """Return the forms of a word whose folded `pieces` stood between apostrophes, as written first.

    ["o", "brien"] -> obrien; ["kadhemi", "s"] -> kadhemis, kadhemi; ["l", "equipe"] -> lequipe, equipe;
    ["he", "ll"] -> he'll, he.
    """
    head, last = "".join(pieces[:-1]), pieces[-1]
    if last in _CONTRACTIONS:
        return (f"{head}'{last}", head)
    forms = [head + last]
    if last == "s" or (last in _ENDINGS and len(head) >= _MIN_NAME):
        forms.append(head)
    if pieces[0] in _ELISIONS:
        rest = pieces[1:]
        forms += apostrophe_forms(rest) if len(rest) > 1 else rest
    return tuple(dict.fromkeys(form for form in forms if form))


def arabic_forms(word: str) -> tuple[str, ...]:
    """Return a folded Arabic `word` and what it is without و ف, ب ك ل and ال, as far as attached; as written first."""
    forms = [word]
    rest = word
    if rest[0] in _ARABIC_AND:
        rest = rest[1:]
        forms.append(rest)
    if rest.startswith("لل"):  # ل swallows the alef of ال
        forms += [_ARABIC_THE + rest[2:], rest[2:]]
    elif rest and rest[0] in _ARABIC_TO:
        rest = rest[1:]
        forms.append(rest)
    if rest.startswith(_ARABIC_THE):
        forms.append(rest[2:])
    return (word, *dict.fromkeys(form for form in forms[1:] if len(form) >= _MIN_ARABIC and form != word))


def is_arabic(word: str) -> bool:
    """Say whether a folded `word` begins with a letter that `arabic_forms` may see through."""
    return word[:1] in _ARABIC_AND or word[:1] in _ARABIC_TO or word.startswith(_ARABIC_THE)
