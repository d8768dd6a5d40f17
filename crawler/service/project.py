"""Scrapy's settings for our own commands, inside a checkout and out of it."""

from __future__ import annotations

import os
from typing import Self

from scrapy.settings import BaseSettings, Settings, SettingsAttribute
from scrapy.utils.project import get_project_settings

from crawler.errors import ConfigError, Problem


class CrawlSettings(Settings):
    """The settings that crawls of one process begin with.

    Scrapy copies them for each crawl, deeply, which is a seventh of what a poll costs; here values that nothing
    changes in place (strings, numbers, classes) are shared.
    """

    @classmethod
    def of(cls, settings: BaseSettings) -> Self:
        """The same settings: what is changed in these is changed in those."""
        found = cls.__new__(cls)
        found.__dict__ = settings.__dict__
        return found

    def copy(self) -> Self:
        """As Scrapy's: changes to the copy leave the original as it is."""
        found = type(self).__new__(type(self))
        found.__dict__ |= self.__dict__
        found.attributes = {name: _copied(attribute) for name, attribute in self.attributes.items()}
        return found


def _copied(attribute: SettingsAttribute) -> SettingsAttribute:
    value = attribute.value
    if isinstance(value, BaseSettings):
        own = BaseSettings()
        own.attributes = {name: _copied(inner) for name, inner in value.attributes.items()}
        value = own
    elif isinstance(value, dict | list | set):
        value = value.copy()
    return SettingsAttribute(value, attribute.priority)


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
