"""The archive: SQL holds the truth about articles, runs, alerts and deliveries."""

from crawler.archive.archive import Archive
from crawler.archive.figures import Counts, SourceStats
from crawler.archive.model import (
    ArticleRow,
    Delivery,
    DeliveryState,
    Disabled,
    Due,
    Entry,
    ItemFilter,
    Letter,
    Order,
    Page,
    Queued,
    Revision,
    Silence,
    Stored,
    StoryRow,
    Visit,
    Visited,
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
    "Page",
    "Queued",
    "Revision",
    "Silence",
    "SourceStats",
    "Stored",
    "StoryRow",
    "Visit",
    "Visited",
]
