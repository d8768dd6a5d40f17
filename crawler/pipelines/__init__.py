"""Scrapy item pipelines. Their items are those of `crawler.extensions.items`; other items pass unchanged."""
