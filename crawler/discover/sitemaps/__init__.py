"""Sitemaps and sitemap indexes."""
