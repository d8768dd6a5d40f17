"""Scrapy's settings for our own commands, inside and outside a checkout."""

from __future__ import annotations

import os
from typing import Any, Self

from scrapy.settings import BaseSettings, Settings, SettingsAttribute
from scrapy.utils.project import get_project_settings

from crawler.errors import ConfigError, Problem

_PLAIN = frozenset({str, int, float, bool, type(None), type})


class _CopyOnWrite(BaseSettings):
    """Settings whose copies share values until one of them is changed."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Self:
        """Return the same settings: changes in one are changes in the other."""
        found = cls.__new__(cls)
        found.__dict__ = settings.__dict__
        return found

    def copy(self) -> Self:
        """Return a copy; as with Scrapy's, changes to it do not affect the original."""
        found = type(self).__new__(type(self))
        found.__dict__ |= self.__dict__
        found.attributes = self.attributes.copy()
        for name, attribute in self.attributes.items():
            value = attribute.value
            if type(value) in _PLAIN:
                continue
            if isinstance(value, BaseSettings):
                own = _CopyOnWrite.of(value)
                own.__dict__ = value.__dict__ | {"attributes": value.attributes.copy()}
                found.attributes[name] = SettingsAttribute(own, attribute.priority)
            elif isinstance(value, dict | list | set):
                found.attributes[name] = SettingsAttribute(value.copy(), attribute.priority)
        return found

    def set(self, name: str, value: Any, priority: int | str = "project") -> None:
        """Set a value, as Scrapy's does."""
        if name in self.attributes and not self.frozen:
            old = self.attributes[name]
            self.attributes[name] = SettingsAttribute(old.value, old.priority)
        super().set(name, value, priority)


class CrawlSettings(_CopyOnWrite, Settings):
    """The settings of a process, which Scrapy copies for each crawl.

    Scrapy's own deep copy takes a tenth of the time of a poll, and creates many objects for the cyclic collector.
    """


def project_settings() -> Settings:
    """Return the settings that SCRAPY_SETTINGS_MODULE names, by default ours.

    Raises ConfigError if the module is not part of Wirewatch: a top-level name like `settings` is easily shadowed.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "settings")
    found = get_project_settings()
    if found.get("BOT_NAME") != "wirewatch":
        module = os.environ["SCRAPY_SETTINGS_MODULE"]
        problem = Problem(
            0, 0, f"the module {module!r} is not part of Wirewatch", "check for another package of the same name"
        )
        raise ConfigError((problem,), subject="SCRAPY_SETTINGS_MODULE")
    return found
