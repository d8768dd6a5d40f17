"""Scrapy settings."""

BOT_NAME = "wirewatch"
