"""What must hold after a chaos run, each from its own witness: the database, the receiver, the servers' log."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg
from chaos_farm import RETRY_AFTER_S, Asked
from chaos_plan import Plan
from receivers import Got

from crawler.state.gate import FIRST_BACK_OFF_S


@dataclass
class Verdict:
    """What was found wrong, and the figures."""

    problems: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Notes a problem."""
        if not holds:
            self.problems.append(otherwise)


def judge(plan: Plan, port: int, dsn: str, asked: list[Asked], got: list[Got], *, settled: bool) -> Verdict:
    """Compares what there is with the ground truth."""
    verdict = Verdict()
    verdict.expect(settled, "not everything was stored and told in time")
    with psycopg.connect(dsn) as connection:
        stored = Counter(row[0] for row in connection.execute("SELECT canonical_url FROM articles"))
        alerts = connection.execute("SELECT rule, url, id FROM alerts WHERE kind = 'new'").fetchall()
        sent = dict(connection.execute("SELECT alert_id, state FROM deliveries").fetchall())
    _judge_articles(verdict, plan.urls(port), stored)
    _judge_alerts(verdict, plan.due_alerts(port), alerts, sent)
    _judge_deliveries(verdict, {alert[2] for alert in alerts}, got)
    judge_gaps(verdict, plan, asked)
    asks = Counter((one.host, one.path) for one in asked if one.path.startswith("/news/"))
    verdict.figures |= {"articles": len(stored), "alerts": len(alerts), "messages": len(got), "requests": len(asked)}
    verdict.figures["repeats"] = sum(count - 1 for count in asks.values())
    return verdict


def _judge_articles(verdict: Verdict, due: set[str], stored: Counter[str]) -> None:
    missing, twice = due - stored.keys(), [url for url, count in stored.items() if count > 1]
    verdict.expect(not missing, f"{len(missing)} articles are missing: {sorted(missing)[:5]}")
    verdict.expect(not twice, f"{len(twice)} articles are there twice: {twice[:5]}")
    verdict.expect(stored.keys() <= due, f"articles that nobody published: {sorted(stored.keys() - due)[:5]}")


def _judge_alerts(
    verdict: Verdict, due: set[tuple[str, str]], alerts: list[tuple[str, str, str]], sent: dict[str, str]
) -> None:
    raised = Counter((rule, url) for rule, url, _ in alerts)
    missing, twice = due - raised.keys(), [what for what, count in raised.items() if count > 1]
    verdict.expect(not missing, f"{len(missing)} alerts are missing: {sorted(missing)[:5]}")
    verdict.expect(not twice, f"{len(twice)} alerts exist twice: {twice[:5]}")
    verdict.expect(raised.keys() <= due, f"alerts that were not due: {sorted(raised.keys() - due)[:5]}")
    unsent = [alert for _, _, alert in alerts if sent.get(alert) != "sent"]
    verdict.expect(not unsent, f"{len(unsent)} alerts are not marked as sent: {unsent[:5]}")


def _judge_deliveries(verdict: Verdict, alerts: set[str], got: list[Got]) -> None:
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for message in got:
        for alert in message.alerts:
            ids[alert].add(message.id)
    untold, changed = alerts - ids.keys(), [alert for alert, found in ids.items() if len(found) > 1]
    verdict.expect(not untold, f"{len(untold)} alerts never arrived: {sorted(untold)[:5]}")
    verdict.expect(not changed, f"{len(changed)} alerts came under several ids: {changed[:5]}")
    verdict.expect(ids.keys() <= alerts, "alerts arrived that the archive does not know")
    verdict.figures["doubles"] = len(got) - len({message.id for message in got})


def judge_gaps(verdict: Verdict, plan: Plan, asked: list[Asked]) -> None:
    """Looks for two starts on one host that are closer than its delay, its robots.txt or its last pause allow."""
    by_host: defaultdict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_host[one.host].append(one)
    slack: list[float] = []
    broken, early = [], []
    for number, requests in by_host.items():
        site = plan.sites[number]
        for before, after in pairwise(requests):
            # the pause that robots.txt asks for is known once it has been read
            due = site.delay_s if "/robots.txt" in {before.path, after.path} else site.due_s
            gap = after.at - before.at
            slack.append(gap + before.late_s - due)
            if gap + before.late_s < due:
                broken.append((round(gap - due, 4), site.number, due, before.path, after.path, round(after.at, 2)))
        early += _early(requests, 503, RETRY_AFTER_S) + _early(requests, 500, FIRST_BACK_OFF_S)
    verdict.expect(not broken, f"{len(broken)} gaps were too small: {sorted(broken)[:8]}")
    verdict.expect(not early, f"{len(early)} requests came before a pause was over: {early[:5]}")
    verdict.figures["farm_late_s"] = round(max((one.late_s for one in asked), default=0.0), 4)
    verdict.figures |= {"gaps": len(slack), "least_slack_s": round(min(slack, default=0.0), 4)}


def _early(requests: list[Asked], status: int, pause_s: float) -> list[tuple[int, int, float, str]]:
    """Requests within a pause: none may have been on its way when the server asked for it."""
    return [
        (one.host, status, round(one.at - asked.at, 3), one.path)
        for place, asked in enumerate(requests)
        if asked.status == status
        for one in requests[place + 1 :]
        if one.at - asked.at < pause_s
    ]
