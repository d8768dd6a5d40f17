"""Why an article that a listing named is in no record: of the service's kills, or of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

KILLED = "the process was killed"  # the error of a run that never ended
SLACK_S = 2.0  # between the farm's clock and the record of a run


def is_killed(run: Mapping[str, Any]) -> bool:
    """Return whether a run was cut off by a kill."""
    return run["finished"] is None or run["error"] == KILLED


def unread_articles(
    unread: Iterable[str],
    served: Mapping[str, list[dict[str, Any]]],
    runs: Iterable[Mapping[str, Any]],
    kills: list[float],
) -> tuple[dict[str, Any], list[str]]:
    """Return figures about articles in no record, and those for which no kill is the reason.

    Every crawl that was sent such an article in a whole answer must have been killed before it could record it, and the
    article must have left the listing before the next whole answer. `kills`: when something was killed, ascending.
    """
    runs = list(runs)
    ended, errors = by_host(runs), read_errors(runs)
    reasons: Counter[str] = Counter()
    ours: list[str] = []
    unseen_s: list[float] = []
    for link in unread:
        reason, gap_s = _reason(link, served, (ended, errors), kills)
        reasons[reason] += 1
        if reason in {UNKILLED, STILL_LISTED}:
            ours.append(f"{link} ({reason})")
        elif gap_s:
            unseen_s.append(gap_s)
    figures: dict[str, Any] = {"named_but_in_no_record_because": dict(reasons)}
    if unseen_s:
        figures["seconds_without_an_answer_until_they_were_gone"] = {
            "shortest": round(min(unseen_s), 1), "longest": round(max(unseen_s), 1)
        }  # fmt: skip
    return figures, ours


CUT_OFF = "only in answers that were cut off"
ROLLED_OVER = "crawl killed, and gone from the listing before the next answer"
LAST = "crawl killed, and no answer after it"
READER_KILLED = "extraction process killed, which a run recorded, and gone before the next answer"
STILL_LISTED = "the next answer named it too"
UNKILLED = "sent to a crawl that was not killed"


def _reason(
    link: str,
    served: Mapping[str, list[dict[str, Any]]],
    seen: tuple[Mapping[str, list[tuple[float, float]]], Mapping[str, list[float]]],
    kills: list[float],
) -> tuple[str, float]:
    """Return the reason, and the seconds from the last whole answer that named it to the next whole answer."""
    host = link.split("/")[2]
    naming = [
        (answers, at)
        for address, answers in served.items()
        if address.split("/")[2] == host
        for at, answer in enumerate(answers)
        if answer["complete"] and link in answer["named"]
    ]
    if not naming:
        return CUT_OFF, 0.0
    ended, errors = seen
    is_error = False
    for answers, at in naming:
        sent, next_sent = answers[at]["at"], answers[at + 1]["at"] if at + 1 < len(answers) else float("inf")
        if any(sent - SLACK_S <= read <= next_sent for read in errors.get(answers[at]["address"], ())):
            is_error = True
        elif any(begun <= sent <= finished for begun, finished in ended.get(host, ())) or not any(
            sent - SLACK_S <= kill <= next_sent for kill in kills
        ):
            return UNKILLED, 0.0
    answers, at = naming[-1]
    following = [one for one in answers[at + 1 :] if one["complete"]]
    if not following:
        return LAST, 0.0
    gone = READER_KILLED if is_error else ROLLED_OVER
    return (STILL_LISTED if link in following[0]["named"] else gone), following[0]["at"] - answers[at]["at"]


def read_errors(runs: Iterable[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return when a listing could not be read though it was sent, by address."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for listing in run["listings"]:
            if listing["error"]:
                found.setdefault(listing["address"], []).append(datetime.fromisoformat(listing["read"]).timestamp())
    return found


def by_host(runs: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Return when the runs that were not killed began and finished, by the host of their listings."""
    found: dict[str, list[tuple[float, float]]] = {}
    for run in runs:
        hosts = {listing["address"].split("/")[2] for listing in run["listings"] if "://" in listing["address"]}
        if not is_killed(run):
            both = (
                datetime.fromisoformat(run["started"]).timestamp(),
                datetime.fromisoformat(run["finished"]).timestamp(),
            )
            for host in hosts:
                found.setdefault(host, []).append(both)
    return found
