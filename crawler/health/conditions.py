"""What a source may suffer from, by name: what it is in a sentence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

SOURCE_HEALTH: Final = "source health"  # stands where an alert names its rule; no rule's id has a space


class Condition(StrEnum):
    """One trouble of a source. The order is that in which they are told: the cause before what follows from it."""

    GONE = "gone"
    REFUSED = "refused"
    FAILING = "failing"
    CERTIFICATE = "certificate"
    ROBOTS = "robots"
    MOVED = "moved"
    BOT_WALL = "bot-wall"
    CONSENT = "consent"
    SCRIPT_ONLY = "script-only"
    SOFT_404 = "soft-404"
    EMPTY = "empty"
    UNUSABLE = "unusable"
    NO_TEXT = "no-text"
    PAYWALL = "paywall"
    INCOMPLETE = "incomplete"
    UNVERIFIED_PUSH = "unverified-push"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Finding:
    """A source suffers from `condition` since its first sign. `detail`: what was seen, in a line."""

    condition: Condition
    since: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a condition is, and what a person can do about it; `{id}` stands for the source's id."""

    sentence: str
    hint: str


_LOOK: Final = "open its address in a browser"
MEANINGS: Final[dict[Condition, Meaning]] = {
    Condition.GONE: Meaning(
        "what stood at its address is gone",
        f"{_LOOK}; change it in the watch file if there is another, else `wirewatch sources remove {{id}}`",
    ),
    Condition.REFUSED: Meaning(
        "the site refuses to answer this crawler",
        "ask the publisher for access, or give the source the `headers` or `cookies` that they gave you",
    ),
    Condition.FAILING: Meaning(
        "its crawls fail",
        "wait if the site is down; otherwise `wirewatch runs --source {id}` shows each failure",
    ),
    Condition.CERTIFICATE: Meaning(
        "its certificate is about to expire, or cannot be trusted",
        "tell the publisher; once it has expired, nothing can be read",
    ),
    Condition.ROBOTS: Meaning(
        "its robots.txt forbids what this source needs",
        "ask the publisher, or watch a part of the site that is allowed; `deny` leaves out what need not be asked for",
    ),
    Condition.MOVED: Meaning(
        "it has moved for good",
        "write the new address in the watch file: the old one may end any day",
    ),
    Condition.BOT_WALL: Meaning(
        "the site shows a page that keeps programs out",
        "ask the publisher for access, try a longer `delay:`, or a feed of theirs instead",
    ),
    Condition.CONSENT: Meaning(
        "the site asks for consent instead of showing its pages",
        "give the source the cookie that the site sets when you choose: `cookies: {name: value}`",
    ),
    Condition.SCRIPT_ONLY: Meaning(
        "its pages show nothing without JavaScript",
        "set `render: true` for the source, or watch its feed",
    ),
    Condition.SOFT_404: Meaning(
        "it answers well, but its pages say that there is nothing",
        f"{_LOOK}; its sections may have other addresses now",
    ),
    Condition.EMPTY: Meaning(
        "it answers well, but with nothing in it",
        f"{_LOOK}; a source that is empty at times is left in peace with `expect: [empty]`",
    ),
    Condition.UNUSABLE: Meaning(
        "none of its feed's entries can be used",
        "report it to the publisher, or watch the site (`site:`) instead of its feed",
    ),
    Condition.NO_TEXT: Meaning(
        "its articles come without their text: the layout has probably changed",
        "`wirewatch try URL` shows what a page gives; `extract: {select: [...]}` says where the text stands",
    ),
    Condition.PAYWALL: Meaning(
        "most of its articles stand behind a paywall: only their beginnings are read",
        "give the source the `cookies` of your subscription, or accept it with `expect: [paywall]`",
    ),
    Condition.INCOMPLETE: Meaning(
        "its listings name less than the site publishes",
        "poll it more often (`every:`), or watch the whole site (`site:`) instead of one listing",
    ),
    Condition.UNVERIFIED_PUSH: Meaning(
        "pushes of its hub (WebSub) cannot be verified and are ignored",
        "report it to the hub's operator; where `every:` is short enough, accept it with `expect: [unverified-push]`",
    ),
    Condition.FROZEN: Meaning(
        "nothing new for far longer than it ever was quiet",
        f"{_LOOK}; where the site has news that the feed does not show, watch the site instead",
    ),
}


def sentence(condition: Condition, detail: str) -> str:
    """What is wrong, in a sentence: what the condition is, and what was seen."""
    said = MEANINGS[condition].sentence
    said = said[0].upper() + said[1:]
    return f"{said}: {detail}." if detail else f"{said}."


def hint(condition: Condition, source: str) -> str:
    """What to do about it, in a line."""
    advice = MEANINGS[condition].hint.replace("{id}", source)
    return advice[0].upper() + advice[1:] + "."
