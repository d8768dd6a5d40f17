"""Scrapy downloader middlewares: robots.txt, conditional requests, the host gate."""
