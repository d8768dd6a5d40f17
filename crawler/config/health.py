"""Alerts about the health of sources."""

from __future__ import annotations

from typing import Literal

from crawler.config.section import Ids, Section, optional

ConditionName = Literal[
    "gone",
    "refused",
    "failing",
    "certificate",
    "robots",
    "moved",
    "bot-wall",
    "consent",
    "script-only",
    "soft-404",
    "empty",
    "unusable",
    "no-text",
    "paywall",
    "incomplete",
    "unverified-push",
    "frozen",
]  # the values of crawler.health.Condition; a test compares them


class HealthAlerts(Section):
    """Recipients of source problems. `wirewatch sources health` and the web page show them in any case."""

    send: Ids = optional(["desk"], default=())
    """Ids of the channels to notify when a source becomes unhealthy and when it recovers."""
