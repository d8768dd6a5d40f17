"""Exploration of a site: which of its feeds, sitemaps and section pages to follow."""
