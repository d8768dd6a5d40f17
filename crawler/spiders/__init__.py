"""Scrapy spiders. A spider of your own for one site goes here too: see crawler.spiders.base.SourceSpider."""
