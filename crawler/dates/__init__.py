"""Dates of pages, feeds, sitemaps and marks, read in one place.

`reader` puts together what `iso`, `epoch`, `numeric`, `wordy`, `clock` and `zones` find; `names` are CLDR's.
"""

from crawler.dates.reader import has_date, read, read_instant, read_listed
from crawler.dates.stamp import YEARS, Stamp

__all__ = ["YEARS", "Stamp", "has_date", "read", "read_instant", "read_listed"]
