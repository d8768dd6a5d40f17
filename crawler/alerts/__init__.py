"""Alert rules: a query language that refuses what could be misread, and a matcher for many rules at once. Pure."""

from crawler.alerts.compiling import compile_rule
from crawler.alerts.excerpts import excerpts
from crawler.alerts.explaining import explain
from crawler.alerts.matcher import Matcher
from crawler.alerts.scanning import Scanner
from crawler.alerts.spec import Rule, RuleSpec
from crawler.alerts.trying import ExampleFailure, check_examples, match_text

__all__ = [
    "ExampleFailure",
    "Matcher",
    "Rule",
    "RuleSpec",
    "Scanner",
    "check_examples",
    "compile_rule",
    "excerpts",
    "explain",
    "match_text",
]
