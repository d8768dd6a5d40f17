"""Scrapy extensions: the state that the components of one crawl share, and its entry in the run history."""
