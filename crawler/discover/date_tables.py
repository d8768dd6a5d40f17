"""Month names and zone abbreviations as feeds and sitemaps write them.

Months: CLDR 48, stand-alone and in dates where they differ. Zones: RFC 822 section 5.1 and the abbreviations of the
IANA time zone database; of several meanings the one that news feeds use (IST is India, CST is North America).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

# One line a language, twelve names; English first: its abbreviations win where two languages disagree.
_MONTHS: Final[tuple[str, ...]] = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november desember",
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "január február március április május június július augusztus szeptember október november december",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "януари февруари март април май юни юли август септември октомври ноември декември",
    "ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αυγούστου σεπτ οκτώβρ νοέμβρ δεκέμβρ",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
)

# Minutes east of Greenwich.
ZONES: Final[dict[str, int]] = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "mez": 60, "wat": 60,
    "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "sast": 120, "cat": 120, "eest": 180, "msk": 180, "eat": 180,
    "trt": 180, "gst": 240, "pkt": 300, "ist": 330, "npt": 345, "bdt": 360, "ict": 420, "wib": 420, "hkt": 480,
    "sgt": 480, "myt": 480, "pht": 480, "awst": 480, "wita": 480, "jst": 540, "kst": 540, "wit": 540, "acst": 570,
    "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "brt": -180, "art": -180, "adt": -180,
    "ast": -240, "clt": -240, "edt": -240, "est": -300, "et": -300, "cot": -300, "pet": -300, "cdt": -300,
    "cst": -360, "ct": -360, "mdt": -360, "mst": -420, "mt": -420, "pdt": -420, "pst": -480, "pt": -480,
    "akdt": -480, "akst": -540, "hst": -600, "nst": -210, "ndt": -150,
}  # fmt: skip

_MIN_PREFIX: Final = 3


def fold(word: str) -> str:
    """Return the word in lower case without accents, for looking it up."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _prefixes() -> Iterator[tuple[str, int]]:
    for names in _MONTHS:
        for number, name in enumerate(names.split(), 1):
            folded = fold(name)
            yield from ((folded[:length], number) for length in range(len(folded), _MIN_PREFIX - 1, -1))
            if len(folded) < _MIN_PREFIX:
                yield folded, number


def _months() -> dict[str, int]:
    """Every prefix of at least three letters that means one month only; English means what it means in English."""
    meanings: dict[str, set[int]] = {}
    english: dict[str, int] = {}
    for position, (prefix, number) in enumerate(_prefixes()):
        meanings.setdefault(prefix, set()).add(number)
        if position < len(_MONTHS[0].replace(" ", "")):
            english.setdefault(prefix, number)
    return {prefix: min(numbers) for prefix, numbers in meanings.items() if len(numbers) == 1} | english


MONTHS: Final[dict[str, int]] = _months() | {"sept": 9}
