"""Alert rules: a query language that rejects ambiguous queries, and a matcher for many rules at once. Pure."""

from crawler.rules.excerpts import excerpts
from crawler.rules.language.compiling import compile_rule
from crawler.rules.language.explaining import explain
from crawler.rules.language.spec import Rule, RuleSpec
from crawler.rules.match.matcher import Matcher
from crawler.rules.match.prefilter import Scanner
from crawler.rules.trying import ExampleFailure, check_examples, match_text

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
