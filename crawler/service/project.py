"""Scrapy's settings for our own commands, inside a checkout and out of it."""

from __future__ import annotations

import os

from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from crawler.errors import ConfigError, Problem


def project_settings() -> Settings:
    """The settings package that SCRAPY_SETTINGS_MODULE names, by default ours.

    Raises ConfigError when it is somebody else's: a top-level name such as `settings` is easily shadowed.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "settings")
    found = get_project_settings()
    if found.get("BOT_NAME") != "wirewatch":
        module = os.environ["SCRAPY_SETTINGS_MODULE"]
        problem = Problem(
            0, 0, f"the module {module!r} is not Wirewatch's", "is another package of that name in the way?"
        )
        raise ConfigError((problem,), subject="SCRAPY_SETTINGS_MODULE")
    return found
