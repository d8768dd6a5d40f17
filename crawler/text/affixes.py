"""Affixes that matching ignores: elisions, possessives, prefixes.

All tables hold folded forms. They apply only to the text: what a rule spells out must be present.
"""

from __future__ import annotations

# French and Catalan articles and pronouns before a vowel; Italian articles and their contractions.
_ROMANCE = "l d j m n s t c qu jusqu lorsqu puisqu quoiqu un dell all nell sull dall coll quell quest sant bell"
_ELISIONS = frozenset(_ROMANCE.split())
# English endings that are words of their own: "he'll" contains "he", and must not become "hell".
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
_MIN_ARABIC = 3  # letters that must remain

_HEBREW_THAT = ("לכש", "מש", "כש", "ש")  # when, since, that
_HEBREW_TO = ("מה", "כה", "ב", "ל", "כ", "מ", "ה")  # in, to, as, from, the; ב ל כ swallow the ה after them
_MIN_HEBREW = 3  # letters that must remain


def apostrophe_forms(pieces: list[str]) -> tuple[str, ...]:
    """Return the forms of a word from its folded `pieces` between apostrophes, as written first.

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
    """Return a folded Arabic `word`, as written first, and its forms without the prefixes و ف, ب ك ل and ال."""
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


def hebrew_forms(word: str) -> tuple[str, ...]:
    """Return a folded Hebrew `word`, as written first, and its forms without ו, ש and its kin, and one of ב ל כ מ ה."""
    rests = [word, word[1:]] if word[0] == "ו" else [word]
    for attached in (_HEBREW_THAT, _HEBREW_TO):
        rests += [rest[len(prefix) :] for rest in rests for prefix in attached if rest.startswith(prefix)]
    return (word, *dict.fromkeys(rest for rest in rests[1:] if len(rest) >= _MIN_HEBREW))


PREFIXED = {
    **dict.fromkeys(_ARABIC_AND + _ARABIC_TO + _ARABIC_THE[0], arabic_forms),
    **dict.fromkeys("ובלכמהש", hebrew_forms),
}
"""The function that strips prefixes, by the first letter of a folded word."""
