"""Settings for developing Wirewatch: `SCRAPY_SETTINGS_MODULE=settings.dev python -m scrapy crawl news -a url=...`."""

from settings import *  # noqa: F403  a settings module extends another one

LOG_LEVEL = "DEBUG"
SPIDER_MIDDLEWARES = {}  # with Scrapy's warning about meta keys that were copied
AUTOTHROTTLE_DEBUG = True
HTTPCACHE_ENABLED = True
HTTPCACHE_EXPIRATION_SECS = 3600
