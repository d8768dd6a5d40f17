"""The alerts and deliveries that are not the canary's: what everything reads that lists, counts or exports them.

Only the outbox, which sends the canary, and writers use the tables themselves; a test reads the imports.
"""

from __future__ import annotations

from sqlalchemy import select

from crawler.archive.tables.schema import alerts as all_alerts
from crawler.archive.tables.schema import deliveries as all_deliveries
from crawler.health.canary import CANARY

alerts = select(all_alerts).where(all_alerts.c.rule != CANARY).subquery("alerts")
deliveries = select(all_deliveries).where(all_deliveries.c.channel != CANARY).subquery("deliveries")
