"""Our settings with less patience, for commands that a test runs (SCRAPY_SETTINGS_MODULE)."""

from settings import *  # noqa: F403

DOWNLOAD_TIMEOUT = 3
DOWNLOAD_DELAY = 0
