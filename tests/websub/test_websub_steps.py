"""Who is asked when, whom a push is believed, and which addresses a hub can reach: tables."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.hubs import link_relations
from crawler.health import Condition
from crawler.items import Run
from crawler.service.scheduler.websub import (
    LEASE_S,
    MOST_TOPICS,
    RETRY_S,
    Mode,
    is_public,
    is_silent,
    redirect_of,
    renew_at,
    steps,
    topics_of,
    unverified_pushes,
)
from crawler.state.offers import KEPT_S, MOST_FEEDS, NOTED_S, Offer, merged, offers_in, written
from crawler.state.websub import Subscription, pushed
from crawler.web.websub import doubt

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
S = NOW.timestamp()
HUB, TOPIC = "https://hub.example/", "https://a.example/feed"
WANTED = {("a", TOPIC): HUB}
ASKED = Subscription("t" * 43, "a", HUB, TOPIC, "secret", requested=S - 60)
ACTIVE = replace(
    ASKED, pending=False, requested=S - 86_400, began=S - 86_400, until=S + LEASE_S, lease_s=float(LEASE_S)
)
LEAVING = replace(ACTIVE, leaving=True, pending=True, requested=S - 60)


@pytest.mark.parametrize(
    ("wanted", "known", "expected"),
    [
        ({}, [], []),
        (WANTED, [], [Mode.SUBSCRIBE]),
        (WANTED, [ASKED], []),
        (WANTED, [replace(ASKED, requested=S - RETRY_S)], [Mode.SUBSCRIBE]),
        (WANTED, [ACTIVE], []),
        (WANTED, [replace(ACTIVE, until=S + 60)], [Mode.SUBSCRIBE]),
        (WANTED, [replace(ACTIVE, until=S - 60)], [Mode.SUBSCRIBE]),
        (WANTED, [replace(ACTIVE, until=S + 60, requested=S - 60)], []),
        (WANTED, [replace(ACTIVE, doubted=True)], [Mode.SUBSCRIBE]),
        (WANTED, [replace(ACTIVE, doubted=True, requested=S - 86_000)], []),
        (WANTED, [replace(ASKED, requested=S - RETRY_S, denied_until=S + 60)], []),
        (WANTED, [replace(ASKED, requested=S - RETRY_S, denied_until=S - 60)], [Mode.SUBSCRIBE]),
        ({}, [ACTIVE], [Mode.UNSUBSCRIBE]),
        ({}, [LEAVING], []),
        ({}, [replace(LEAVING, requested=S - RETRY_S)], [None]),
        ({}, [ASKED], [None]),
        ({}, [replace(ACTIVE, until=S - 1)], [None]),
        ({("a", TOPIC): "https://other.example/"}, [ACTIVE], [Mode.UNSUBSCRIBE, Mode.SUBSCRIBE]),
        ({("a", "https://a.example/moved"): HUB}, [ACTIVE], [Mode.UNSUBSCRIBE, Mode.SUBSCRIBE]),
        (WANTED | {("a", "https://a.example/sport"): HUB}, [ACTIVE], [Mode.SUBSCRIBE]),
        (WANTED, [LEAVING], [Mode.SUBSCRIBE]),
        (WANTED, [ACTIVE, replace(ACTIVE, token="u" * 43)], [Mode.UNSUBSCRIBE]),
    ],
)
def test_what_is_done(wanted: dict[tuple[str, str], str], known: list[Subscription], expected: list[Mode | None]):
    assert [step.mode for step in steps(wanted, known, S)] == expected


def test_each_new_subscription_has_a_secret_and_an_address_that_nobody_can_guess():
    found = [step.subscription for step in steps({(f"s{n}", TOPIC): HUB for n in range(100)}, [], S)]
    assert len({one.token for one in found}) == len({one.secret for one in found}) == 100
    assert all(len(one.token) == 43 and len(one.secret) == 64 for one in found), "32 and 48 random bytes"


@given(st.text(alphabet="abcdefghij", min_size=43, max_size=43), st.floats(300, 30 * 86_400))
def test_a_lease_is_renewed_in_its_last_third_and_before_its_end(token: str, lease_s: float):
    one = replace(ACTIVE, token=token, lease_s=lease_s, until=S + lease_s)
    assert S + 0.69 * lease_s < renew_at(one) <= S + 0.9 * lease_s + 1


@pytest.mark.parametrize(
    ("news", "pushed_s", "began_s", "silent"),
    [
        (1, 0, -9999, True),  # never pushed, and a poll found news
        (1, -700, -9999, True),  # pushed before the run before
        (1, -300, -9999, False),
        (0, 0, -9999, False),
        (1, 0, -100, False),  # the news may be from before the subscription
    ],
)
def test_a_hub_is_doubted_when_a_poll_finds_news_that_no_push_told(
    news: int, pushed_s: int, began_s: int, silent: bool
):
    runs = [Run("1", "a", NOW - timedelta(minutes=10)), Run("2", "a", NOW, new=news)]
    one = replace(ACTIVE, pushed=S + pushed_s if pushed_s else 0.0, began=S + began_s)
    assert is_silent([one], runs) is silent
    assert not is_silent([one], runs[1:])
    assert not is_silent([], runs)
    assert not is_silent([one, replace(one, pushed=S - 60)], runs), "another feed's push told of it, for all we know"


NEWS = Offer(HUB, TOPIC, S)
SPORT = Offer("https://other.example/", "https://a.example/sport", S)
BARE = Offer("", "", S)


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        ([], {}),
        ([BARE], {}),
        ([NEWS, BARE, SPORT], {TOPIC: HUB, SPORT.topic: SPORT.hub}),
        ([NEWS, replace(NEWS, hub="https://other.example/")], {TOPIC: HUB}),
        ([replace(NEWS, topic="")], {}),
    ],
)
def test_each_feed_that_names_a_hub_is_a_topic(feeds: list[Offer], expected: dict[str, str]):
    assert topics_of({"a": feeds}) == {("a", topic): hub for topic, hub in expected.items()}


def test_a_source_has_a_bounded_number_of_topics():
    feeds = [replace(NEWS, topic=f"https://a.example/{n}") for n in range(MOST_FEEDS)]
    wanted = topics_of({"a": feeds, "b": [NEWS]})
    assert len(wanted) == MOST_TOPICS + 1
    assert ("a", feeds[0].topic) in wanted


OTHER = replace(ACTIVE, token="u" * 43, hub=SPORT.hub, topic=SPORT.topic)


@pytest.mark.parametrize(
    ("feeds", "known", "hubs", "whole"),
    [
        ([], [], (), False),
        ([NEWS], [], (), False),
        ([NEWS], [ACTIVE], (HUB,), True),
        ([NEWS], [replace(ACTIVE, doubted=True)], (), False),
        ([NEWS], [replace(ACTIVE, until=S)], (), False),
        ([NEWS], [OTHER], (), False),
        ([NEWS, BARE], [ACTIVE], (HUB,), False),
        ([NEWS, SPORT], [ACTIVE], (HUB,), False),
        ([NEWS, SPORT], [ACTIVE, OTHER], (HUB, SPORT.hub), True),
        ([NEWS, NEWS], [ACTIVE], (HUB,), True),
    ],
)
def test_a_source_is_pushed_as_a_whole_where_all_its_feeds_are(
    feeds: list[Offer], known: list[Subscription], hubs: tuple[str, ...], whole: bool
):
    found = pushed(feeds, known, S)
    assert (found.hubs, found.whole) == (hubs, whole)


LATER = S + NOTED_S


@pytest.mark.parametrize(
    ("known", "heard", "expected"),
    [
        ({}, {"1": BARE}, {}),
        ({}, {"1": S}, {}),
        ({}, {"1": NEWS, "2": BARE, "3": S}, {"1": NEWS, "2": BARE}),
        ({"1": NEWS}, {"2": SPORT}, {"1": NEWS, "2": SPORT}),
        ({"1": NEWS}, {"1": replace(NEWS, received=S + 60)}, {"1": NEWS}),
        ({"1": NEWS}, {"1": S + 60}, {"1": NEWS}),
        ({"1": NEWS}, {"1": LATER}, {"1": replace(NEWS, received=LATER)}),
        ({"1": NEWS}, {"1": replace(NEWS, received=LATER)}, {"1": replace(NEWS, received=LATER)}),
        ({"1": NEWS}, {"1": replace(SPORT, received=S + 60)}, {"1": replace(SPORT, received=S + 60)}),
        ({"1": NEWS, "2": BARE}, {"1": BARE}, {}),
        ({"1": NEWS, "2": SPORT}, {"1": S + KEPT_S}, {"1": replace(NEWS, received=S + KEPT_S)}),
        ({"1": NEWS}, {}, {"1": NEWS}),
        (offers_in(b'["https://hub.example/", "https://a.example/feed"]'), {"1": S}, None),
        (offers_in(b'["https://hub.example/", "https://a.example/feed"]'), {"1": SPORT}, {"1": SPORT}),
    ],
)
def test_what_feeds_offer_is_kept_from_poll_to_poll(
    known: dict[str, Offer], heard: dict[str, Offer | float], expected: dict[str, Offer] | None
):
    assert merged(known, heard) == (known if expected is None else expected)


@pytest.mark.parametrize("said", [b"", None, "{", "3", "[1]", '{"1": 2}', '{"1": [1, 2]}', '{"1": ["", "", "x"]}'])
def test_what_nobody_wrote_is_nothing(said: str | bytes | None):
    assert offers_in(said) == {}


def test_offers_are_read_as_written_and_bounded():
    assert offers_in(written({"1": NEWS, "2": BARE})) == {"1": NEWS, "2": BARE}
    assert len(merged({}, {f"{n:x}": NEWS for n in range(1000)})) == MOST_FEEDS


@pytest.mark.parametrize(
    ("url", "status", "location", "expected"),
    [
        (HUB, 202, "https://other.example/", ""),
        (HUB, 302, "https://other.example/", ""),
        (HUB, 307, "https://other.example/", "https://other.example/"),
        (HUB, 308, "/new", "https://hub.example/new"),
        (HUB, 307, "", ""),
        (HUB, 307, "http://hub.example/", ""),
        (HUB, 307, "file:///etc/passwd", ""),
        ("http://hub.example/", 307, "http://hub.example/x", "http://hub.example/x"),
        ("http://hub.example/", 307, "https://hub.example/x", "https://hub.example/x"),
    ],
)
def test_a_hub_may_send_a_question_on(url: str, status: int, location: str, expected: str):
    assert redirect_of(url, status, location) == expected


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://news.example.org", True),
        ("https://news.example.org:8443/x", True),
        ("http://93.184.216.34", True),
        ("http://127.0.0.1:8765", False),
        ("http://192.168.1.5", False),
        ("http://[::1]", False),
        ("http://localhost", False),
        ("http://desk", False),
        ("http://desk.local", False),
        ("http://desk.internal.", False),
        ("", False),
    ],
)
def test_a_hub_can_reach_public_addresses_alone(url: str, public: bool):
    assert is_public(url) is public


def signed(body: bytes, method: str = "sha256", secret: str = "secret") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


@pytest.mark.parametrize(
    ("header", "believed"),
    [
        (signed(b"news"), True),
        (signed(b"news", "sha384"), True),
        (signed(b"news", "sha512"), True),
        (signed(b"news").upper(), True),
        (signed(b"news", "sha1"), True),
        (signed(b"news", "sha1").replace("=", " = "), True),
        (signed(b"other", "sha1"), False),
        (signed(b"news", "sha1", secret="guess"), False),
        (signed(b"news", "sha1").replace("sha1", "sha256"), False),
        (signed(b"news").replace("sha256=", ""), False),
        (signed(b"news", "sha224"), False),
        (signed(b"news", "md5"), False),
        (signed(b"other"), False),
        (signed(b"news", secret="guess"), False),
        (signed(b"news")[:-1], False),
        ("sha256=", False),
        ("sha256", False),
        ("sha256=äöü", False),
        ("=", False),
        ("", False),
        ("none=" + "0" * 100_000, False),
    ],
)
def test_a_push_is_believed_by_its_signature_alone(header: str, believed: bool):
    assert (doubt(header, "secret", b"news") == "") is believed


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "it has no X-Hub-Signature"),
        ("md5=00", "its signature method is not one of sha1, sha256, sha384, sha512"),
        ("sha1=00", "its sha1 signature does not match"),
        ("SHA512=00", "its sha512 signature does not match"),
    ],
)
def test_why_a_push_cannot_be_verified(header: str, why: str):
    assert doubt(header, "secret", b"news") == why


def test_pushes_that_cannot_be_verified_are_told_until_one_can_be():
    assert unverified_pushes([ACTIVE, ASKED], NOW) == {}
    twice = ACTIVE.unverified(S - 7200, "it has no X-Hub-Signature").unverified(
        S - 60, "its sha1 signature does not match"
    )
    later = replace(ACTIVE, source="b", topic="https://b.example/feed").unverified(S - 60, "why")
    found = unverified_pushes([later, replace(twice, topic="https://a.example/2"), twice.unverified(S, "x")], NOW)
    assert set(found) == {"a", "b"}
    assert found["a"].condition is Condition.UNVERIFIED_PUSH
    assert found["a"].since == NOW - timedelta(hours=2)
    assert found["a"].detail == "a push for https://a.example/2 by hub.example: its sha1 signature does not match"
    assert unverified_pushes([twice.verified(S)], NOW) == {}
    assert unverified_pushes([replace(twice, leaving=True)], NOW) == {}
    assert unverified_pushes([twice], NOW + timedelta(days=8)) == {}
    assert twice.verified(S).pushed == S


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ('<https://hub.example/>; rel="hub", <https://a.example/feed>; rel="self"', {"hub": HUB, "self": TOPIC}),
        ("<https://hub.example/>;rel=hub,</feed>;type=x; rel=self", {"hub": HUB, "self": TOPIC}),
        ('<https://hub.example/>; rel="HUB other", <https://two.example/>; rel=hub', {"hub": HUB, "other": HUB}),
        ("<javascript:alert(1)>; rel=hub", {}),
        ("<https://hub.example/>", {}),
        ("<<<>>>;;;rel=hub" * 5000, {}),
    ],
)
def test_link_headers_name_hubs(header: str, expected: dict[str, str]):
    assert link_relations(header, "https://a.example/other") == expected
