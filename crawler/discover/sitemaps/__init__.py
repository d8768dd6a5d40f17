"""Sitemaps and sitemap indexes."""

from crawler.discover.sitemaps.reader import Sitemap, read_sitemap

__all__ = ["Sitemap", "read_sitemap"]
