from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.sketch import MAX_HASHES, pack, share, shingles, sketch

WORDS = [f"word{number}" for number in range(5000)]


def text(seed: int, count: int = 400) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) for _ in range(count))


@pytest.mark.parametrize(("count", "rate"), [(60, 1), (150, 2), (300, 4), (700, 8), (5000, 64), (19_000, 256)])
def test_a_longer_text_has_a_coarser_sample(count: int, rate: int):
    found = sketch("t", text(1, count))
    assert found.rate == rate
    assert 30 < len(found.hashes) <= 1.4 * MAX_HASHES
    lead = set(sketch("t", " ".join(text(1, count).split()[:26])).hashes)
    assert lead <= set(found.hashes), "of the lead all are kept"
    assert all((number % rate == 0 or number in lead) and 0 <= number < 2**32 for number in found.hashes)
    assert len(pack(found.hashes)) == 4 * len(found.hashes)


def test_samples_are_nested_so_that_texts_of_any_length_compare():
    long, part = sketch("t", text(1, 4000)), sketch("t", " ".join(text(1, 4000).split()[:300]))
    coarse = {number for number in part.hashes if number % long.rate == 0}
    assert coarse
    assert len(coarse & set(long.hashes)) >= len(coarse) * 0.9


def test_what_does_not_matter_for_the_words_does_not_matter_for_the_sketch():
    plain = text(3)
    assert sketch("a", plain) == sketch("A!", plain.upper().replace(" ", ",  \n"), "other.org")


def test_the_same_in_another_process():
    code = "from crawler.dedupe.sketch import sketch; print(sketch('t', 'so it goes ' * 30 + 'until now').hashes)"
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == str(sketch("t", "so it goes " * 30 + "until now").hashes)


def test_short_texts_are_known_by_title_and_site():
    one = sketch("Ferry late", "It is late.", "a.org")
    assert one.exact
    assert one == sketch("FERRY  late", "Later than ever.", "a.org")
    assert one != sketch("Ferry late", "It is late.", "b.org")
    assert one != sketch("Ferry on time", "It is late.", "a.org")
    assert sketch("", "One thing.", "a.org") != sketch("", "Another thing.", "a.org")


@pytest.mark.parametrize(
    "sentence",
    [
        "市政府周二晚间宣布港口扩建工程将推迟到明年春天再开始动工并且要重新评估费用",
        "港湾局は火曜日の夜に拡張工事を来年の春まで延期すると発表し費用を改めて見積もると述べた",
        "รัฐบาลประกาศเมื่อคืนวันอังคารว่าโครงการขยายท่าเรือจะเลื่อนออกไปจนถึงฤดูใบไม้ผลิปีหน้าและจะประเมินค่าใช้จ่ายใหม่",
    ],
)
def test_scripts_without_spaces_have_shingles_of_characters(sentence: str):
    rng = random.Random(2)
    characters = list(sentence)
    body = "".join(rng.choice(characters) for _ in range(600))
    found = sketch("t", body)
    assert not found.exact
    half = sketch("t", body[:300])
    assert {n for n in half.hashes if n % found.rate == 0} <= set(found.hashes) | {half.hashes[-1]}
    assert share(body[:300], body) == 1.0
    assert share(body[::-1], body) < 0.1


def test_share_is_about_the_part():
    whole = text(9, 400)
    half = " ".join(whole.split()[:200])
    assert share(half, whole) == 1.0
    assert 0.45 < share(whole, half) < 0.55
    assert share("", whole) == 1.0
    assert shingles("") == frozenset()
    assert len(shingles("two words")) == 1


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_has_a_sketch(body: str, title: str):
    found = sketch(title, body, "a.org")
    assert found == sketch(title, body, "a.org")
    assert len(set(found.hashes)) == len(found.hashes)
    assert 0.0 <= share(body, title) <= 1.0
