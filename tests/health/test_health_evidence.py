"""What runs say about a source: a table of courses, and healthy sources that raise nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config.health import ConditionName
from crawler.health import MEANINGS, Condition, Finding, hint, is_abnormal, judge, sentence
from crawler.health.evidence import CLEAR, FORBIDDEN, tail
from crawler.items import OVERFLOW, Observed, Outcome, Run

BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=10)
FAILED = Outcome.FAILED


def run(**fields: object) -> Run:
    """A run whose number follows in `course`; signals and reasons may be given directly."""
    seen = {
        name: fields.pop(name) for name in ("signals", "reasons", "paywalled", "words", "listing") if name in fields
    }
    return Run("", "a", BEGIN, BEGIN, observed=Observed(**seen), **fields)


def sign(name: str, what: str = "x") -> Run:
    return run(signals=((name, what),))


def failed(error: str) -> Run:
    return run(outcome=FAILED, error=error, failed=1)


def pages(asked: int, reason: str = "", bad: int = 0, *, words: int = 500, paywalled: int = 0) -> Run:
    good = asked - bad
    reasons = ((reason, bad),) if bad else ()
    return run(found=20, new=good, pages=asked, reasons=reasons, words=words if good else 0, paywalled=paywalled)


def course(*runs: Run) -> dict[Condition, str | None]:
    """What is judged after all of them: what is ill with the number of its first run, what is well with None."""
    numbered = [Run(f"r{n}", "a", BEGIN + n * STEP, BEGIN + n * STEP, **_rest(one)) for n, one in enumerate(runs)]
    found = judge(numbered[-12:], [one for one in numbered if one.pages][-60:])
    return {
        condition: None if finding is None else f"r{(finding.since - BEGIN) // STEP}"
        for condition, finding in found.items()
    }


def _rest(one: Run) -> dict[str, object]:
    names = set(Run.__dataclass_fields__) - {"id", "source", "started", "finished"}
    return {name: getattr(one, name) for name in names}


def ill(*runs: Run) -> dict[str, str]:
    return {condition.value: since for condition, since in course(*runs).items() if since}


QUIET = run(unchanged=1)
GOOD = pages(2)
ODD = "an odd answer is nothing yet"


@pytest.mark.parametrize(
    ("said", "runs", "expected"),
    [
        ("nothing known", [], {}),
        ("all is well", [GOOD, QUIET, GOOD], {}),
        (ODD, [GOOD, sign("empty")], {}),
        ("two in a row", [GOOD, sign("empty"), sign("empty")], {"empty": "r1"}),
        ("a well one between", [sign("consent"), QUIET, sign("consent")], {}),
        ("a stopped run says nothing", [sign("empty"), run(outcome=Outcome.STOPPED), sign("empty")], {"empty": "r0"}),
        ("one listing of several", [run(signals=(("bot-wall", "x"),), unchanged=4)] * 3, {}),
        ("moved, though all is well", [run(found=3, unchanged=3, signals=(("moved", "y"),))] * 2, {"moved": "r0"}),
        ("a certificate is a fact", [run(unchanged=3, signals=(("certificate", "soon"),))], {"certificate": "r0"}),
        ("an expired one", [failed("https://x: no secure connection: certificate has expired")], {"certificate": "r0"}),
        (ODD, [GOOD, failed("https://x: status 500")], {}),
        ("fails", [GOOD, failed("https://x: status 500"), failed("no answer within 30 s")], {"failing": "r1"}),
        ("gone", [GOOD, failed("https://x: status 404"), failed("https://x: status 410")], {"gone": "r1"}),
        ("no such host", [failed("https://x: no such host")] * 2, {"gone": "r0"}),
        ("refused", [failed("https://x: status 403")] * 2, {"refused": "r0"}),
        ("payment required", [failed("https://x: status 402")] * 2, {"paywall": "r0"}),
        ("the cause is told, not what follows", [run(outcome=FAILED, error=FORBIDDEN, signals=(("robots", "x"),))] * 2,
         {"robots": "r0"}),
        ("some pages", [GOOD, pages(5, "soft-404", 2), pages(5, "soft-404", 1)], {}),
        ("one run with a few", [GOOD] * 9 + [pages(4, "consent", 4)], {}),
        ("one run with many", [GOOD] * 9 + [pages(9, "consent", 9)], {"consent": "r9"}),
        ("three pages in three runs", [GOOD] * 40 + [pages(1, "soft-404", 1)] * 3, {"soft-404": "r40"}),
        ("without a past that is little", [pages(1, "soft-404", 1)] * 3, {}),
        ("the articles lose their texts", [GOOD] * 9 + [pages(3, "too-short", 3)] * 2, {"no-text": "r9"}),
        ("or nearly", [GOOD] * 9 + [pages(3, words=40)] * 2, {"no-text": "r9"}),
        ("a source of short news", [pages(2, words=40)] * 12, {}),
        ("a source with galleries", [pages(5, "too-short", 2)] * 12 + [pages(5, "too-short", 3)] * 3, {}),
        ("the pages are refused", [GOOD] * 9 + [pages(3, "refused", 3)] * 2, {"refused": "r9"}),
        ("robots.txt forbids the pages", [GOOD] * 9 + [pages(3, "robots", 3)] * 2, {"robots": "r9"}),
        ("a paywall", [GOOD] * 9 + [pages(3, paywalled=3)] * 2, {"paywall": "r9"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_findings_of_a_course_of_runs(said: str, runs: Sequence[Run], expected: dict[str, str]):
    assert ill(*runs) == expected, said


def test_an_incomplete_listing_is_known_by_the_runs_that_found_something():
    short, quiet, news = run(new=2, signals=(("incomplete", "its home page names 2 others"),)), QUIET, pages(4)
    assert ill(short) == {}
    assert ill(short, quiet, quiet, short, quiet) == {"incomplete": "r0"}
    assert ill(short, short, news) == {}
    assert course(short, short, news, quiet, news)[Condition.INCOMPLETE] is None


def test_a_feed_that_is_too_short_is_known_at_once_and_until_it_is_long_enough_for_a_while():
    short, news = run(new=5, signals=((OVERFLOW, "all 5 entries were new"),)), pages(4)
    assert ill(news, short) == {"incomplete": "r1"}
    assert ill(news, short, *[QUIET] * 5, *[news] * (CLEAR - 1)) == {"incomplete": "r1"}
    assert course(news, short, *[news] * CLEAR)[Condition.INCOMPLETE] is None


def test_a_poll_that_is_late_does_not_show_that_a_feed_is_too_short():
    seen = Observed(signals=((OVERFLOW, "all 5 entries were new"),))
    runs = [Run(f"r{n}", "a", BEGIN + n * STEP, BEGIN + n * STEP, new=1) for n in range(4)]
    late = runs[-1].started + timedelta(hours=9)
    assert judge([*runs, Run("late", "a", late, late, new=5, observed=seen)], [])[Condition.INCOMPLETE] is None
    soon = runs[-1].started + 2 * STEP
    found = judge([*runs, Run("soon", "a", soon, soon, new=5, observed=seen)], [])[Condition.INCOMPLETE]
    assert found == Finding(Condition.INCOMPLETE, soon, "all 5 entries were new")


def test_two_good_runs_end_it_and_one_does_not():
    bad = [GOOD] * 9 + [pages(4, "consent", 4)] * 3
    assert course(*bad)[Condition.CONSENT]
    assert Condition.CONSENT not in course(*bad, pages(4))
    assert course(*bad, pages(4), pages(4))[Condition.CONSENT] is None
    listed = [sign("empty")] * 3
    assert Condition.EMPTY not in course(*listed, QUIET)
    assert course(*listed, QUIET, QUIET)[Condition.EMPTY] is None


def test_a_listing_that_has_recovered_says_nothing_about_pages():
    bad = [GOOD] * 9 + [pages(4, "bot-wall", 4)] * 3
    assert Condition.BOT_WALL not in {k for k, v in course(*bad, *[QUIET] * 12).items() if v is None}


def test_one_dead_page_does_not_keep_a_recovered_listing_unhealthy():
    back = pages(1, "gone", 1)
    assert course(*[failed("status 404")] * 3, back, QUIET)[Condition.GONE] is None


def test_a_failed_run_neither_begins_nor_ends_anything_else():
    after = course(sign("consent"), sign("consent"), failed("status 500"), failed("status 500"))
    assert after[Condition.FAILING] == "r2"
    assert after[Condition.CONSENT] == "r0"


def test_every_condition_has_a_meaning_and_a_name_in_the_watch_file():
    assert set(MEANINGS) == set(Condition)
    assert {condition.value for condition in Condition} == set(get_args(ConditionName))
    for condition in Condition:
        assert sentence(condition, "").endswith(".")
        assert "seen" in sentence(condition, "seen")
        assert "{" not in hint(condition, "bbc").replace("{name: value}", "").replace("{select:", "")


@given(
    st.lists(st.sampled_from([GOOD, QUIET, sign("empty"), failed("x"), pages(3, "consent", 3), pages(9)]), max_size=40)
)
def test_whatever_comes_a_condition_is_found_or_not_and_begins_in_the_past(runs: list[Run]):
    for condition, since in course(*runs).items():
        assert isinstance(condition, Condition)
        assert since is None or 0 <= int(since[1:]) < len(runs)
    if not any(map(is_abnormal, runs)):
        assert not ill(*runs), "what is not odd is never looked at, so it must never be ill"


@given(st.integers(1, 400), st.integers(0, 400), st.floats(0, 1))
def test_the_tail_is_a_probability(count: int, bad: int, share: float):
    assert -1e-9 <= tail(min(bad, count), count, share) <= 1 + 1e-9
    assert tail(0, count, share) == pytest.approx(1)


@pytest.mark.slow
def test_a_year_of_healthy_sources_raises_hardly_anything():
    """Each with its own share of pages without text (galleries, videos) up to a quarter; 4 articles a day."""
    rng, alarms, years = random.Random(7), 0, 4
    for _ in range(years):
        share, past, was_ill = rng.uniform(0, 0.25), [], False
        for day in range(365 * 2):
            asked = rng.randint(1, 3)
            bad = sum(rng.random() < share for _ in range(asked))
            past = [*past[-59:], _dated(pages(asked, "too-short", bad), day)]
            is_ill = bad > 0 and judge(past[-12:], past).get(Condition.NO_TEXT) is not None
            alarms += is_ill and not was_ill
            was_ill = is_ill or (was_ill and bad > 0)
    assert alarms <= 1, f"{alarms} false alarms in {years} source-years"


def _dated(one: Run, number: int) -> Run:
    moment = BEGIN + number * STEP
    return Run(f"r{number}", "a", moment, moment, **_rest(one))
