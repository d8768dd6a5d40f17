"""Scrapy's settings for our own commands, inside a checkout and out of it."""

from __future__ import annotations

import os
from typing import Any, Self

from scrapy.settings import BaseSettings, Settings, SettingsAttribute
from scrapy.utils.project import get_project_settings

from crawler.errors import ConfigError, Problem

_PLAIN = frozenset({str, int, float, bool, type(None), type})


class _CopyOnWrite(BaseSettings):
    """Settings that are copied by sharing: what is set in one of two copies becomes its own then."""

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
        """As Scrapy's."""
        if name in self.attributes and not self.frozen:
            old = self.attributes[name]
            self.attributes[name] = SettingsAttribute(old.value, old.priority)
        super().set(name, value, priority)


class CrawlSettings(_CopyOnWrite, Settings):
    """The settings that crawls of one process begin with. Scrapy copies them for each crawl.

    Its own deep copy is a tenth of what a poll costs, and the objects that it makes keep the cyclic collector busy.
    """


def project_settings() -> Settings:
    """The settings package that SCRAPY_SETTINGS_MODULE names, by default ours.

    Raises ConfigError when it is somebody else's: a top-level name such as `settings` is easily shadowed.
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
