"""Scrapy item pipelines: dedupe, match, store. Items are `crawler.items.Article`; other items pass untouched."""
