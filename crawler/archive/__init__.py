"""The archive: SQL holds the truth about articles, runs, alerts and deliveries."""

from crawler.archive.archive import Archive
from crawler.archive.model import (
    ArticleRow,
    Counts,
    Delivery,
    DeliveryState,
    Entry,
    ItemFilter,
    Order,
    SourceStats,
    Stored,
)

__all__ = [
    "Archive",
    "ArticleRow",
    "Counts",
    "Delivery",
    "DeliveryState",
    "Entry",
    "ItemFilter",
    "Order",
    "SourceStats",
    "Stored",
]
