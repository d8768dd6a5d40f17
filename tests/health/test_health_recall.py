"""Estimates of what a source misses: they cover the truth, or say that it cannot be told."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from crawler.health.recall import Unknown, recall


def a_week(rng: random.Random, articles: int, checks: int, dependence: float) -> list[tuple[bool, int]]:
    """Articles of a week as its listings name them; a fifth is harder to name, by every listing alike."""
    hidden = [rng.uniform(0.02, 0.30) for _ in range(checks + 1)]
    week = []
    for _ in range(articles):
        harder = dependence if rng.random() < 0.2 else 1.0
        odds = [(1 - share) / share / harder for share in hidden]
        own, *others = (rng.random() < one / (1 + one) for one in odds)
        if own or any(others):
            week.append((own, sum(1 << number for number, one in enumerate(others) if one)))
    return week


@pytest.mark.parametrize("checks", [1, 2, 3])
@pytest.mark.parametrize(("dependence", "covered", "wrong"), [(1.0, 0.9, 0.03), (3.0, 0.85, 0.03), (30.0, 0.1, 0.1)])
def test_intervals_cover_the_truth_or_there_is_none(checks: int, dependence: float, covered: float, wrong: float):
    rng, results = random.Random(f"{checks} {dependence}"), Counter[str]()
    for _ in range(400):
        articles = round(math.exp(rng.uniform(math.log(30), math.log(600))))
        found = recall(a_week(rng, articles, checks, dependence), checks=checks)
        right = found.most is not None and found.least <= articles <= found.most
        results["right" if right else "wrong" if found.most is not None else "unknown"] += 1
    assert results["right"] >= covered * 400
    assert results["wrong"] <= wrong * 400


def test_listings_that_leave_out_the_same_articles_give_no_number():
    rng, results = random.Random(1), Counter[Unknown | None]()
    for _ in range(200):
        results[recall(a_week(rng, 500, 3, 30.0), checks=3).unknown] += 1
    assert results[Unknown.DEPENDENT] > 150


def test_what_is_certain_without_an_estimate():
    found = recall([(True, 0)] * 40 + [(False, 1)] * 20, checks=1)
    assert (found.named, found.seen, found.unknown) == (40, 60, Unknown.APART), "the listings of two sections"
    assert found.highest_share == pytest.approx(2 / 3)
    assert found.is_incomplete
    assert recall([(True, 0)] * 40, checks=0).unknown is Unknown.NO_CHECK
    assert recall([(True, 0)] * 40 + [(True, 1)] * 5, checks=1).unknown is Unknown.TOO_FEW
    assert recall([(True, 0)] * 90 + [(True, 1)] * 8 + [(False, 1)] * 6, checks=1).unknown is Unknown.TOO_WIDE
    assert recall([], checks=1).highest_share is None


def test_a_source_that_names_nearly_everything_is_complete():
    found = recall([(True, 0b11)] * 190 + [(False, 0b11)] * 2 + [(True, 0b01)] * 8, checks=2)
    assert not found.is_incomplete
    assert found.most is not None
    assert found.most < 210
