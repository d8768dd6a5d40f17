"""Deduplication: canonical URLs, content keys, near copies. Pure; the seen-sets are in `crawler.state`."""
