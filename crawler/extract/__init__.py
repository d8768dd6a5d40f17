"""Clean articles out of raw pages: trafilatura's core, with what it lacks for news."""

from crawler.extract.examine import examine, extract
from crawler.extract.hints import Hints, Overrides, validate_overrides
from crawler.extract.learned import Traits, furniture_keys, learn, sightings, traits
from crawler.extract.pages import join
from crawler.extract.plain import clean_text

__all__ = [
    "Hints",
    "Overrides",
    "Traits",
    "clean_text",
    "examine",
    "extract",
    "furniture_keys",
    "join",
    "learn",
    "sightings",
    "traits",
    "validate_overrides",
]
