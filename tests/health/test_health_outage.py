"""Whether hosts do not answer because our own network is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health.outage import WAIT, Poll, ended, may_blame, outage_since

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def polls(text: str) -> list[Poll]:
    """Polls by host, one a second: `a+ b-` is an answer of a, then none of b."""
    return [Poll(one[:-1], NOW + n * SECOND, one[-1] == "+") for n, one in enumerate(text.split())]


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("a+ b+ c+ a- b- c-", 3),  # all three of three
        ("a- b- c-", 0),  # a service that starts while the network is away
        ("a+ b+ c+ d+ e+ f+ a- b- c- d- e-", 6),  # five of six, the sixth was not polled since
        ("a- b- c- d- e- f- g- h+ i+", 0),  # nearly all
        ("a- b- c- d- e- f+ g+", None),  # two of seven answer
        ("a+ a- a- a- a-", None),  # one host fails often
        ("a- b-", None),  # of two it cannot be told
        ("a+ b+ c+ d+ a- b- c-", None),  # three of four: the fourth is not known yet
        ("a+ b+ c+ d+ e+ f+ g+ a- b- c-", None),
        ("a- b- c- d- e- a+ b+ c+ d+ e+", None),  # it is over
        ("a- b+ c- d+ e- f+ a- b+ c- d+ e- f+", None),  # every other host is down
        ("lan+ a+ b+ c+ d+ e+ a- lan+ b- c- d- e- lan+", 6),  # one in our own network goes on answering
        ("dead- a+ b+ c+ d+ e+ dead- a- b- c- d- e-", 7),  # the first was down before
    ],
)
def test_an_outage_is_told_from_sites_that_are_down(text: str, since: int | None):
    assert outage_since(polls(text)) == (None if since is None else NOW + since * SECOND)


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("a- b- c- a+", True),
        ("a- b- c- a+ b- c-", False),  # packets are lost: one got through
        ("a- b- c- a+ b- c- b+", True),
        ("a- b- c- lan+ lan+", False),  # it was never away
        ("a- b- c- a-", False),
    ],
)
def test_an_outage_ends_with_the_first_answer(text: str, over: bool):
    assert (ended(polls(text), "abc", NOW) is not None) is over


@pytest.mark.parametrize(
    ("text", "second", "now", "blamed"),
    [
        ("a- a- b+", 1, 2, True),
        ("b+ a- a-", 2, 3, False),  # nobody else was polled since
        ("a- b+ a-", 2, 3, False),
        ("a- a-", 1, 2, False),
        ("a- a-", 1, 2 + WAIT.total_seconds(), True),  # it has been long enough
        ("a- a- b- c- d+", 1, 6, False),  # most fail
        ("a- a- b- c+ d+", 1, 6, True),
    ],
)
def test_a_host_is_blamed_where_others_answer(text: str, second: int, now: float, blamed: bool):
    assert may_blame("a", NOW + second * SECOND, polls(text), NOW + now * SECOND) is blamed


HOSTS = st.sampled_from("abcdefgh")
POLLS = st.lists(
    st.builds(Poll, HOSTS, st.integers(0, 600).map(lambda s: NOW + s * SECOND), st.booleans()), max_size=40
)


@given(POLLS)
def test_no_outage_where_every_host_answered_last(some: list[Poll]):
    later = [Poll(host, NOW + 700 * SECOND, answered=True) for host in "abcdefgh"]
    assert outage_since([*some, *later]) is None


@given(POLLS)
def test_an_outage_where_every_host_stopped_answering(some: list[Poll]):
    begin = NOW + 700 * SECOND
    later = [Poll(host, begin + n * SECOND, answered=False) for n, host in enumerate("abcdefgh")]
    healthy = [poll for poll in some if poll.answered]
    assert outage_since([*healthy, *later]) == begin
    assert ended([*some, *later], "abcdefgh", begin) is None
    back = Poll("c", begin + 60 * SECOND, answered=True)
    assert ended([*some, *later, back], "abcdefgh", begin) == back.started


@given(POLLS, st.randoms())
def test_the_order_does_not_matter(some: list[Poll], rng: object):
    mixed = list(some)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert outage_since(mixed) == outage_since(some)


@given(POLLS)
def test_an_outage_has_at_least_three_hosts(some: list[Poll]):
    since = outage_since(some)
    if since is not None:
        assert len({poll.host for poll in some if poll.started >= since and not poll.answered}) >= 3
