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
        "the page at its address is gone",
        f"{_LOOK}; if it moved, change it in the watch file, otherwise run `wirewatch sources remove {{id}}`",
    ),
    Condition.REFUSED: Meaning(
        "the site denies access to this crawler",
        "ask the publisher for access, then add the `headers` or `cookies` they give you",
    ),
    Condition.FAILING: Meaning(
        "its crawls fail",
        "if the site is down, wait; otherwise run `wirewatch runs --source {id}` to see each failure",
    ),
    Condition.CERTIFICATE: Meaning(
        "its certificate expires soon or is not trusted",
        "notify the publisher; crawls fail once the certificate has expired",
    ),
    Condition.ROBOTS: Meaning(
        "its robots.txt disallows URLs that this source needs",
        "ask the publisher for permission, watch an allowed part of the site, or exclude the URLs with `deny`",
    ),
    Condition.MOVED: Meaning(
        "its address has moved permanently",
        "change the address in the watch file; the old one may stop working at any time",
    ),
    Condition.BOT_WALL: Meaning(
        "the site shows a bot check instead of its pages",
        "ask the publisher for access, set a longer `delay:`, or watch one of their feeds instead",
    ),
    Condition.CONSENT: Meaning(
        "the site shows a consent form instead of its pages",
        "set the cookie that the site stores after you choose: `cookies: {name: value}`",
    ),
    Condition.SCRIPT_ONLY: Meaning(
        "its pages are empty without JavaScript",
        "set `render: true` for the source, or watch its feed",
    ),
    Condition.SOFT_404: Meaning(
        "it answers with status 200, but its pages say that they were not found",
        f"{_LOOK}; its sections may have new addresses",
    ),
    Condition.EMPTY: Meaning(
        "it answers, but without any entries",
        f"{_LOOK}; if it is normal for this source to be empty, set `expect: [empty]`",
    ),
    Condition.UNUSABLE: Meaning(
        "none of its feed's entries can be used",
        "report it to the publisher, or watch the site (`site:`) instead of its feed",
    ),
    Condition.NO_TEXT: Meaning(
        "its articles have no text: the page layout has probably changed",
        "run `wirewatch try URL` to preview a page, and set `extract: {select: [...]}` to the element with the text",
    ),
    Condition.PAYWALL: Meaning(
        "most of its articles are behind a paywall: only their beginnings can be read",
        "add the `cookies` of your subscription, or accept it with `expect: [paywall]`",
    ),
    Condition.INCOMPLETE: Meaning(
        "its listings contain fewer articles than the site publishes",
        "poll it more often (`every:`), or watch the whole site (`site:`) instead of one listing",
    ),
    Condition.UNVERIFIED_PUSH: Meaning(
        "pushes of its hub (WebSub) cannot be verified and are ignored",
        "report it to the hub's operator; if `every:` is short enough, accept it with `expect: [unverified-push]`",
    ),
    Condition.FROZEN: Meaning(
        "it has published nothing for much longer than ever before",
        f"{_LOOK}; if the site has news that the feed does not contain, watch the site instead",
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
