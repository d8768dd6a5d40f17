"""Scrapy's settings: the defaults for every crawl. A source's entry in the watch file takes precedence.

Names that start with WIREWATCH_ are ours; the others are in Scrapy's documentation.
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from settings import env

try:
    VERSION = version("wirewatch")
except PackageNotFoundError:  # a checkout that is not installed
    VERSION = "0"

BOT_NAME = "wirewatch"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

WIREWATCH_VAR = str(env.state_folder(os.environ))
WIREWATCH_WATCH = str(env.watch_file(os.environ))
WIREWATCH_REDIS_URL = env.redis_url(os.environ)
WIREWATCH_DATABASE_URL = env.database_url(os.environ)
WIREWATCH_WEB_URL = env.web_url(os.environ)
WIREWATCH_EXTRACTORS = env.extractors(os.environ)
WIREWATCH_MAX_PAGES = 200  # articles that a crawl fetches at most; the rest is left to the next one
WIREWATCH_MAX_AGE_S = 7 * 24 * 3600  # older articles are not fetched
WIREWATCH_MAX_WAIT_S = 120.0  # a host whose gate is closed for longer is left to the next crawl

# Our name and contact (RFC 9110 section 10.1.5).
USER_AGENT = f"Wirewatch/{VERSION} (+{env.contact(os.environ)})"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Wirewatch"
ROBOTSTXT_PARSER = "crawler.middlewares.robots.RobotsParser"

# One request at a time for each host, at least a second apart, slower when the host is slow.
CONCURRENT_REQUESTS = 512  # requests that wait for a slow host must not delay others: the gate allows 16 downloads
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 1  # Scrapy starts so many tasks for each response; a page gives one item
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # the host gate spaces the requests of all crawls
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.0  # begin with DOWNLOAD_DELAY
AUTOTHROTTLE_MAX_DELAY = 60.0

DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = False  # half an article is better than none; the response has the "dataloss" flag
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 1  # the next crawl is the real retry
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # the spider logs it, once
RETRY_HTTP_CODES = [502, 504, 522, 524, 408]  # 429 and 503 close the host gate instead
DEPTH_LIMIT = 5
URLLENGTH_LIMIT = 2083
DNS_TIMEOUT = 15
DOWNLOAD_VERIFY_CERTIFICATES = True  # manipulated articles would give manipulated alerts
COOKIES_ENABLED = True
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.8",
}

DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "crawler.middlewares.downloading.DownloadHandler")
DOWNLOADER_MIDDLEWARES: dict[str, Any] = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.private.PrivateNetworkMiddleware": 50,
    "crawler.middlewares.conditional.ConditionalGetMiddleware": 560,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.middlewares.refresh.RefreshMiddleware": 580,
    "crawler.middlewares.gate.HostGateMiddleware": 840,
}
SPIDER_MIDDLEWARES: dict[str, Any] = {  # settings.dev enables it for authors of spiders
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {
    "crawler.pipelines.dedupe.DedupePipeline": 200,
    "crawler.pipelines.stories.StoriesPipeline": 250,
    "crawler.pipelines.match.MatchPipeline": 300,
    "crawler.pipelines.changes.ChangesPipeline": 350,
    "crawler.pipelines.store.StorePipeline": 400,
}
EXTENSIONS: dict[str, Any] = {
    "crawler.extensions.context.CrawlContext": 0,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}

# Sources with `render: true`: a browser that skips requests without text (crawler.spiders.base).
PLAYWRIGHT_BROWSER_TYPE = "chromium"
PLAYWRIGHT_LAUNCH_OPTIONS = env.browser_options(os.environ)
PLAYWRIGHT_ABORT_REQUEST = "crawler.spiders.base.has_no_text"
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = DOWNLOAD_TIMEOUT * 1000  # ms

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
TELNETCONSOLE_ENABLED = False
FEED_EXPORT_ENCODING = "utf-8"
DEFAULT_DROPITEM_LOG_LEVEL = "INFO"  # duplicates are normal
LOG_FORMATTER = "crawler.pipelines.log.OneLine"
LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
