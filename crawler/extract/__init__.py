"""Clean articles out of raw pages: trafilatura's core, with what it lacks for news.

The names are looked up when they are first used: who only needs `Hints` does not wait for trafilatura.
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

_HOMES = {
    "extraction": ("examine", "extract"),
    "page.hints": ("Hints", "Overrides", "validate_overrides"),
    "boilerplate.learned": ("Traits", "boilerplate_keys", "learn", "sightings", "traits"),
    "page.pagination": ("join",),
    "plain": ("clean_text",),
}


def __getattr__(name: str) -> Any:
    """Imports the module that `name` lives in (PEP 562)."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"crawler.extract.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
