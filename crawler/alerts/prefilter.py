"""Which texts cannot match a rule, told without analysing them: for runs of one rule over an archive.

Looks at squeezed texts (see squeezing). The answer "may" is often wrong, the answer "cannot" never.
"""

from __future__ import annotations

from collections import Counter

from crawler.alerts.closeness import Closeness
from crawler.alerts.needs import Need, needs
from crawler.alerts.spec import Rule
from crawler.alerts.squeezing import literal_of, squeezed


class Prefilter:
    """Tells the texts that one rule cannot match."""

    def __init__(self, rule: Rule) -> None:
        found = (_literals(need) for need in needs(rule.root, Counter()))
        self._needs = tuple(literals for literals in found if literals)
        self._closeness = Closeness(rule)

    def may_match(self, title: str, text: str) -> bool:
        """Say whether the rule may match an article of this title and text; False is certain."""
        if not self._needs:
            return True
        whole = f"{title} {text}"
        squeeze = squeezed(whole)
        if not all(any(literal in squeeze for literal in literals) for literals in self._needs):
            return False
        return self._closeness.may_match(whole)


def _literals(need: Need) -> tuple[bytes, ...]:
    """Return what must stand in the squeezed text, any of these; nothing where that cannot be told."""
    literals = {literal_of(form) for form in need}
    return () if b"" in literals else tuple(sorted(literals, key=len))
