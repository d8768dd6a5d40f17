"""The archive: SQL holds the truth about articles, runs, alerts and deliveries."""

from crawler.archive.archive import Archive
from crawler.archive.model import (
    ArticleRow,
    Counts,
    Delivery,
    DeliveryState,
    Disabled,
    Due,
    Entry,
    ItemFilter,
    Letter,
    Order,
    Queued,
    Silence,
    SourceStats,
    Stored,
)

__all__ = [
    "Archive",
    "ArticleRow",
    "Counts",
    "Delivery",
    "DeliveryState",
    "Disabled",
    "Due",
    "Entry",
    "ItemFilter",
    "Letter",
    "Order",
    "Queued",
    "Silence",
    "SourceStats",
    "Stored",
]
