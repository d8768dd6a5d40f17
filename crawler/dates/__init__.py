"""Dates of pages, feeds, sitemaps and markup, read by one reader.

`reader` combines the results of `iso`, `epoch`, `numeric`, `wordy`, `clock` and `zones`; `names` are CLDR's.
"""

from crawler.dates.reader import has_date, read, read_instant, read_listed
from crawler.dates.stamp import YEARS, Stamp

__all__ = ["YEARS", "Stamp", "has_date", "read", "read_instant", "read_listed"]
