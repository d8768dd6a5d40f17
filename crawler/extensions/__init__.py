"""Scrapy extensions: what one crawl shares among its components, and its entry in the run history."""
