"""Whom to tell when a source itself is in trouble."""

from __future__ import annotations

from typing import Literal

from crawler.config.section import Ids, Section, some

Trouble = Literal[
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
    """Whom to tell of sources in trouble. Left out: it is seen in `wirewatch sources health` and on the web page."""

    send: Ids = some(["desk"], default=())
    """Ids of the channels to tell: once when a source falls ill, once when it is well again."""
