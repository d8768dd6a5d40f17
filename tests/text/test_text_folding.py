import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import fold

FOLDED = [
    ("Müller", "muller"),
    ("Straße", "strasse"),
    ("ÉQUIPE", "equipe"),
    ("e\u0301quipe", "equipe"),
    ("İstanbul", "istanbul"),
    ("ısı", "isi"),
    ("Apple™", "apple"),
    ("Brand®©", "brand"),
    ("note¹²³", "note"),
    ("x⁴⁵", "x"),
    ("ﬁn", "fin"),
    ("ＡＢＣ１２", "abc12"),
    ("so\u00adft", "soft"),
    ("ze\u200bro\ufeff", "zero"),
    ("\u202bx\u202c\u200e", "x"),
    ("ÆØŁŒ", "aeoloe"),
    ("Đà Nẵng", "da nang"),
    ("й", "й"),
    ("Й", "й"),
    ("и\u0306", "й"),
    ("ё", "е"),
    ("ΟΔΟΣ", "οδοσ"),
    ("Αθήνα", "αθηνα"),
    ("が", "が"),
    ("か\u3099", "が"),
    ("ｶﾞ", "ガ"),
    ("हिन्दी", "हिंदी"),
    ("चाँद", "चांद"),
    ("जन्म", "जन्म"),
    ("क़", "क"),
    ("ড়", "ড\u09bc"),
    ("ന\u0d4d\u200d", "ന\u0d4d"),
    ("ൻ", "ന\u0d4d"),
    ("coŀlecció", "colleccio"),
    ("٢٠٢٦", "2026"),
    ("۲۰۲۶", "2026"),
    ("२०२६", "2026"),
    ("\u0e19\u0e4d\u0e49\u0e32", "\u0e19\u0e49\u0e4d\u0e32"),
    ("น้ำ", unicodedata.normalize("NFKC", "น้ำ")),
    ("한국", "한국"),
    ("\u1112\u1161\u11ab", "한"),
    ("بَغْدَادُ", "بغداد"),
    ("بغـــداد", "بغداد"),
    ("أإآٱ", "اااا"),
    ("مصطفى", "مصطفي"),
    ("سفارة", "سفاره"),
    ("کی", "كي"),
    ("שָׁלוֹם", "שלום"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_text_is_folded(text, expected):
    assert fold(text) == expected


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once


@given(st.text(max_size=30))
def test_normal_forms_fold_alike(text):
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


def test_digits_of_every_script_are_folded():
    """The table ends where Unicode has no more of them; a new one would show here."""
    numbers = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isdecimal()]
    assert len(numbers) > 600
    assert {fold(sign) for sign in numbers} <= set("0123456789") | {sign for sign in numbers if ord(sign) < 0x20000}
    assert not [sign for sign in numbers if ord(sign) >= 0x20000]
