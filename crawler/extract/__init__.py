"""Extraction of articles from raw pages: trafilatura's core, with what it lacks for news.

The names are imported on first use, so that importing `Hints` alone does not load trafilatura.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.extract.boilerplate.learned import Traits, boilerplate_keys, learn, sightings, traits
    from crawler.extract.extraction import examine, extract
    from crawler.extract.page.hints import Hints, Overrides, validate_overrides
    from crawler.extract.page.pagination import join
    from crawler.extract.plain import clean_text

__all__ = [
    "Hints",
    "Overrides",
    "Traits",
    "boilerplate_keys",
    "clean_text",
    "examine",
    "extract",
    "join",
    "learn",
    "sightings",
    "traits",
    "validate_overrides",
]

_MODULES = {
    "extraction": ("examine", "extract"),
    "page.hints": ("Hints", "Overrides", "validate_overrides"),
    "boilerplate.learned": ("Traits", "boilerplate_keys", "learn", "sightings", "traits"),
    "page.pagination": ("join",),
    "plain": ("clean_text",),
}


def __getattr__(name: str) -> Any:
    """Import `name` from the module that defines it (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"crawler.extract.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
