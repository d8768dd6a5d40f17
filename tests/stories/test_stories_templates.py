# ruff: noqa: E501 -- a paragraph of a template is a line
"""Reports made from one template are stories of their own; their copies are not."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from crawler.dedupe.facts import MAX_FACTS
from crawler.dedupe.sketch import sketch
from crawler.state import State

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TEMPLATES = {
    "tides": """High water at {place} is expected at {n}:{m} on Friday, the harbour office said. The tide will reach {k} centimetres
above the usual mark and fall again until {a}:{b}. Boats that lie at the outer moorings of {place} should be tied with a second
rope. The ferry to {other} sails {d} minutes later than printed in the timetable. {who} of the harbour office asks all owners
to look after their boats before the evening. The next high water of that height is due in {e} days.""",
    "Auktion": """Bei der Auktion in {place} ist am Freitag ein Gemälde von {who} für {k} Euro verkauft worden. Der Schätzpreis hatte bei
{k2} Euro gelegen. Um das {n} mal {m} Zentimeter große Bild stritten {d} Bieter im Saal und {e} am Telefon. Den Zuschlag erhielt
ein Sammler aus {other}, der ungenannt bleiben will. Das Auktionshaus ist mit dem Ergebnis des Tages sehr zufrieden. Insgesamt
kamen {a} Werke unter den Hammer, {b} davon wurden nicht verkauft.""",
    "رطوبة": """تتوقع هيئة الأرصاد أن تصل الرطوبة في {place} غدا إلى {n} بالمئة مع رياح سرعتها {m} كيلومترا في الساعة. وقالت الهيئة إن
درجة الحرارة ستبلغ {d} درجة نهارا وتنخفض إلى {e} درجات ليلا، وإن ارتفاع الموج سيصل إلى {k} سنتيمترا. وطلبت الهيئة من الصيادين في
{other} توخي الحذر حتى الساعة {a}:{b} مساء، على أن تصدر نشرة جديدة بعد ذلك.""",
    "列车": """受大雾影响，从{place}开往{other}的第{k}次列车今天晚点{n}分钟。铁路部门表示，列车于{a}时{b}分到达，约有{k2}名旅客受到影响。车站为旅客提供了
热水和食品，并安排{d}名工作人员在站台上引导。需要改签或退票的旅客可以在{e}日之前到任何一个售票窗口办理手续。铁路部门提醒旅客出发前查询列车信息。""",
}
PLACES = (
    "Aldbury",
    "Brinkley",
    "Carrow",
    "Dunmere",
    "Eastwick",
    "Garstone",
    "Hexley",
    "Jarrow",
    "Kelvedon",
    "Langport",
)
ABROAD = {"رطوبة": ("طنطا", "أسيوط", "المنيا", "دمياط", "الفيوم"), "列车": ("南宁", "柳州", "桂林", "梧州", "北海")}
PEOPLE = ("Anna Berger", "Carl Duncan", "Edith Foster", "Grant Harlow", "Irene Jessop", "Karl Lindner", "Mona Nash")


def report(name: str, rng: random.Random) -> str:
    place, other = rng.sample(ABROAD.get(name, PLACES), 2)
    numbers = {letter: rng.randint(2, 59) for letter in "nmabde"}
    thousands = {"k": rng.randint(100, 9999), "k2": rng.randint(100, 9999)}
    return TEMPLATES[name].format(place=place, other=other, who=rng.choice(PEOPLE), **numbers, **thousands)


async def home(state: State, text: str, key: int) -> int:
    return (await state.stories.place(sketch("", text, "news.example"), f"{key:016x}", NOW)).number


@pytest.mark.parametrize("name", TEMPLATES)
async def test_each_report_is_a_story_and_its_copies_belong_to_it(state: State, name: str) -> None:
    rng = random.Random(f"seed {name}")
    texts = [report(name, rng) for _ in range(30)]
    homes = [await home(state, text, number) for number, text in enumerate(texts)]
    assert len(set(homes)) == len(texts)
    for text, number in zip(texts, homes, strict=True):
        assert await home(state, text, 900) == number, "the same again"
        assert await home(state, f"From our own correspondent. {text}", 901) == number


async def test_tomorrows_report_of_the_same_place_is_a_new_story(state: State) -> None:
    today = TEMPLATES["tides"].format(
        place="Carrow", other="Hexley", who="Mona Nash", n=3, m=41, k=210, a=9, b=17, d=20, e=14
    )
    tomorrow = TEMPLATES["tides"].format(
        place="Carrow", other="Hexley", who="Mona Nash", n=4, m=28, k=204, a=10, b=2, d=25, e=13
    )
    assert await home(state, today, 1) != await home(state, tomorrow, 2)


async def test_a_correction_of_one_number_is_a_copy(state: State) -> None:
    facts = {
        "place": "Carrow",
        "other": "Hexley",
        "who": "Mona Nash",
        "n": 3,
        "m": 41,
        "k": 210,
        "a": 9,
        "b": 17,
        "d": 20,
        "e": 14,
    }
    first = await home(state, TEMPLATES["tides"].format(**facts), 1)
    assert await home(state, TEMPLATES["tides"].format(**facts | {"k": 215}), 2) == first


async def test_news_in_brief_is_a_copy_of_the_whole_whichever_comes_first(state: State) -> None:
    rng = random.Random(11)
    words = [f"word{rng.randint(0, 5000)}" for _ in range(900)]
    whole, brief = " ".join(words), " ".join(words[:25])
    assert await home(state, whole, 1) == await home(state, brief, 2)
    other = [f"word{rng.randint(5001, 9000)}" for _ in range(900)]
    assert await home(state, " ".join(other[:25]), 3) == await home(state, " ".join(other), 4)


async def test_an_article_that_only_begins_alike_is_no_copy(state: State) -> None:
    rng = random.Random(12)
    lead = " ".join(f"word{rng.randint(0, 5000)}" for _ in range(25))
    one, two = (f"{lead} " + " ".join(f"{name}{rng.randint(0, 5000)}" for _ in range(900)) for name in ("this", "that"))
    assert await home(state, one, 1) != await home(state, two, 2)


def test_a_sketch_holds_a_bounded_sample_of_facts() -> None:
    text = " ".join(f"the {number} men of Town{number}x went" for number in range(3000))
    packed = sketch("", text).facts
    assert len(packed) <= 3 + 2 * 2 * MAX_FACTS
    assert sketch("", "nothing but plain words is in here " * 30).facts[2] == 0
