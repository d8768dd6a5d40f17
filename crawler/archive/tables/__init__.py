"""The tables of the archive, and the conversion of rows to domain values."""

from crawler.archive.tables import coverage, schema  # all tables belong to `metadata` wherever one is used

__all__ = ["coverage", "schema"]
