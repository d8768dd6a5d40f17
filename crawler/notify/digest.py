"""Messages with several alerts: grouped alerts in full, held alerts as short lines by rule."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, tzinfo
from itertools import groupby

from crawler.items import Alert
from crawler.notify.message import MAX_TITLE, Dispatch, Message, cut, headline, one_line, origin, render
from crawler.notify.planning import Form

_SPACE_FOR_MORE = 40  # characters, for the line with the number of omitted alerts
_NAMED_RULES = 4


def compose(dispatch: Dispatch, *, zone: tzinfo = UTC, max_chars: int | None = None) -> Message:
    """Return the title and plain text of a message; with `max_chars` the text ends with how many are omitted."""
    if len(dispatch.alerts) == 1:
        message = render(dispatch.alerts[0], zone=zone, max_chars=max_chars, home=dispatch.home)
    else:
        lines = _in_full(dispatch, zone) if dispatch.form is Form.GROUP else _by_rule(dispatch, zone)
        message = Message(title(dispatch), _fitting(lines, max_chars))
    if dispatch.text:
        text = dispatch.text if max_chars is None else cut(dispatch.text, max_chars)
        message = Message(message.title, text)
    return message


def title(dispatch: Dispatch) -> str:
    """Return one line: the number of alerts, and their rules."""
    count = len(dispatch.alerts)
    rules = Counter(one_line(alert.rule) for alert in dispatch.alerts).most_common()
    named = ", ".join(f"{rule} {number}" if len(rules) > 1 else rule for rule, number in rules[:_NAMED_RULES])
    more = f" and {len(rules) - _NAMED_RULES} more rules" if len(rules) > _NAMED_RULES else ""
    what = {
        Form.DIGEST: f"Digest: {count} alerts",
        Form.BASELINE: f"{count} existing articles match",
    }.get(dispatch.form, f"{count} alerts")
    return cut(f"{what} ({named}{more})", MAX_TITLE)


def by_rule(dispatch: Dispatch) -> list[tuple[str, list[Alert]]]:
    """Return the alerts by rule, the rule with most alerts first, newest alerts first."""
    counts = Counter(alert.rule for alert in dispatch.alerts)
    newest = sorted(dispatch.alerts, key=lambda alert: alert.matched, reverse=True)
    ordered = sorted(newest, key=lambda alert: (-counts[alert.rule], alert.rule))
    return [(rule, list(group)) for rule, group in groupby(ordered, key=lambda alert: alert.rule)]


def _in_full(dispatch: Dispatch, zone: tzinfo) -> list[str]:
    parts = [render(alert, zone=zone, home=dispatch.home) for alert in dispatch.alerts]
    return [f"{part.title}\n{part.text}\n" for part in parts]


def _by_rule(dispatch: Dispatch, zone: tzinfo) -> list[str]:
    lines: list[str] = []
    for rule, alerts in by_rule(dispatch):
        for number, alert in enumerate(alerts):
            head = f"{'' if not lines else chr(10)}{one_line(rule)} ({len(alerts)})\n" if not number else ""
            when = f"{alert.matched.astimezone(zone):%d %b %H:%M}"
            line = f"  {when}  {cut(headline(alert), MAX_TITLE)} ({origin(alert)})"
            lines.append(f"{head}{line}\n  {one_line(alert.url)}")
    return lines


def _fitting(lines: list[str], max_chars: int | None) -> str:
    """Return as many lines as fit, one for each alert."""
    whole = "\n".join(lines)
    if max_chars is None or len(whole) <= max_chars:
        return whole.rstrip()
    kept, space = [], max_chars - _SPACE_FOR_MORE
    for line in lines:
        if len(line) + 1 > space:
            break
        kept.append(line)
        space -= len(line) + 1
    left = len(lines) - len(kept)
    return cut("\n".join([*kept, f"… and {left} more: wirewatch alerts list"]), max_chars)
