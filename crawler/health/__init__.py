"""Source health: pure rules that detect problems of a source from the observations of its crawls (docs/health.md)."""

from crawler.health.conditions import MEANINGS, SOURCE_HEALTH, Condition, Finding, Meaning, hint, sentence
from crawler.health.evidence import is_abnormal, judge
from crawler.health.silence import QUIET, Silence, silence

__all__ = [
    "MEANINGS",
    "QUIET",
    "SOURCE_HEALTH",
    "Condition",
    "Finding",
    "Meaning",
    "Silence",
    "hint",
    "is_abnormal",
    "judge",
    "sentence",
    "silence",
]
