# ruff: noqa: E501 - a text is one line
"""The language of an article: what the page declares, checked against its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.fields.language import code, resolve

TEXTS = {
    "en": "The council voted late on Tuesday to close the old bridge for three weeks while its cables are replaced by a firm from the north.",
    "de": "Der Stadtrat hat am Dienstagabend beschlossen, die alte Brücke für drei Wochen zu sperren, weil die Seile erneuert werden müssen.",
    "fr": "Le conseil municipal a décidé mardi soir de fermer le vieux pont pendant trois semaines pour en remplacer tous les câbles usés.",
    "es": "El ayuntamiento decidió el martes por la noche cerrar el viejo puente durante tres semanas para cambiar todos sus cables gastados.",
    "tr": "Belediye meclisi salı akşamı eski köprünün halatları değiştirilirken üç hafta boyunca trafiğe kapatılmasına karar verdi.",
    "pl": "Rada miasta zdecydowała we wtorek wieczorem, że stary most zostanie zamknięty na trzy tygodnie z powodu wymiany wszystkich lin.",
    "ru": "Городской совет решил во вторник вечером закрыть старый мост на три недели, чтобы заменить все изношенные тросы моста.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε το βράδυ της Τρίτης να κλείσει την παλιά γέφυρα για τρεις εβδομάδες για να αλλάξουν τα συρματόσχοινα.",
    "ar": "قرر مجلس المدينة مساء الثلاثاء إغلاق الجسر القديم لمدة ثلاثة أسابيع من أجل استبدال جميع الكابلات البالية التي تحمله فوق النهر.",
    "he": "מועצת העיר החליטה ביום שלישי בערב לסגור את הגשר הישן למשך שלושה שבועות כדי להחליף את כל הכבלים השחוקים שלו.",
    "hi": "नगर परिषद ने मंगलवार की शाम को पुराने पुल को तीन सप्ताह के लिए बंद करने का फैसला किया ताकि उसके सभी घिसे हुए तार बदले जा सकें।",
    "th": "สภาเมืองมีมติเมื่อค่ำวันอังคารให้ปิดสะพานเก่าเป็นเวลาสามสัปดาห์เพื่อเปลี่ยนสายเคเบิลที่สึกหรอทั้งหมดของสะพานข้ามแม่น้ำ",
    "zh": "市议会星期二晚上决定将旧桥关闭三个星期，以便更换所有磨损的缆索，施工期间车辆必须绕行高速公路，居民可以乘坐免费渡轮。",
    "ja": "市議会は火曜日の夜、すべての古いケーブルを交換するため、旧橋を三週間閉鎖することを決めました。住民は無料の渡し船を利用できます。",
    "ko": "시의회는 화요일 저녁 낡은 케이블을 모두 교체하기 위해 옛 다리를 삼 주 동안 폐쇄하기로 결정했으며 주민들은 무료 나룻배를 탈 수 있다.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"), ("EN-us", "en"), ("fr_CA", "fr"), ("zh-cn", "zh"), ("zh-Hant-TW", "zh"), ("ENG", "en"), ("deu", "de"),
        ("German", "de"), (" Deutsch ", "de"), ("iw", "he"), ("in", "id"), ("no", "nb"), ("sr-Latn", "sr"), ("ckb", "ckb"),
        ("utf", ""), ("utf-8", ""), ("xx", ""), ("english language", ""), ("", ""), ("-", ""), ("de,en", ""), ("{{ lang }}", ""),
    ],
)  # fmt: skip
def test_a_declaration_names_a_language_or_none(tag: str, expected: str):
    assert code(tag) == expected


@pytest.mark.parametrize("language", TEXTS)
def test_a_page_that_declares_nothing_has_the_language_of_its_text(language: str):
    assert resolve([("html", ""), ("meta:og:locale", "utf-8")], TEXTS[language] * 2) == (language, "text")


@pytest.mark.parametrize("language", TEXTS)
def test_what_is_declared_counts_unless_the_text_proves_another(language: str):
    text = TEXTS[language] * 3
    assert resolve([("html", language)], text) == (language, "html")
    other = "sw" if language != "sw" else "en"
    assert resolve([("html", other), ("json-ld", f"{language}-XX")], text) == (language, "json-ld")
    assert resolve([("html", other), ("source", "")], text) == (language, "text")


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("nn", "Byrådet bestemte tirsdag kveld å stenge den gamle broen i tre uker mens vaierne blir skiftet ut." * 4),
        ("hr", "Gradsko veće je u utorak uveče odlučilo da zatvori stari most na tri nedelje zbog zamene užadi." * 4),
        ("ms", "Dewan kota memutuskan pada Selasa malam untuk menutup jembatan lama selama tiga minggu." * 4),
        ("gl", TEXTS["es"] * 4),
        ("de", "Kurz."),
        ("de", "Breaking news"),
        ("de", "1 2 3"),
        ("de", ""),
    ],
)
def test_near_relatives_and_short_texts_do_not_contradict(declared: str, text: str):
    assert resolve([("html", declared)], text) == (declared, "html")


@given(st.text(max_size=300), st.lists(st.tuples(st.just("html"), st.text(max_size=12)), max_size=3))
def test_whatever_comes_the_answer_is_a_language_or_nothing(text: str, declared: list[tuple[str, str]]):
    language, where = resolve(declared, text)
    assert bool(language) == bool(where)
    assert language == "" or code(language) == language
