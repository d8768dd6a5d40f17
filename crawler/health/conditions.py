"""The problems that a source can have: for each its name, a sentence, and a hint how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

SOURCE_HEALTH: Final = "source health"  # the rule of an alert about a source; rule ids have no spaces


class Condition(StrEnum):
    """A kind of problem of a source. The order is that of reporting: causes before their consequences."""

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
    """A problem that a source has since its first signal. `detail`: what was seen, in one line."""

    condition: Condition
    since: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The description of a condition, and the fix for a person; `{id}` is replaced by the source's id."""

    sentence: str
    hint: str


_OPEN: Final = "open its address in a browser"
MEANINGS: Final[dict[Condition, Meaning]] = {
    Condition.GONE: Meaning(
        "the page at its address is gone",
        f"{_OPEN}; if it moved, change it in the watch file, otherwise run `wirewatch sources remove {{id}}`",
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
        f"{_OPEN}; its sections may have new addresses",
    ),
    Condition.EMPTY: Meaning(
        "it answers, but without any entries",
        f"{_OPEN}; if it is normal for this source to be empty, set `expect: [empty]`",
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
        f"{_OPEN}; if the site has news that the feed does not contain, watch the site instead",
    ),
}


def sentence(condition: Condition, detail: str) -> str:
    """Return a sentence about a problem: its description, and what was seen."""
    text = MEANINGS[condition].sentence
    text = text[0].upper() + text[1:]
    return f"{text}: {detail}." if detail else f"{text}."


def hint(condition: Condition, source: str) -> str:
    """Return how to fix the problem, in one line."""
    advice = MEANINGS[condition].hint.replace("{id}", source)
    return advice[0].upper() + advice[1:] + "."
