"""docs/security.md names the tests that hold each guard, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_each_guard_has_its_test():
    text = (ROOT / "docs/security.md").read_text()
    guards = [line for line in text.partition("## Guards")[2].splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/\S+?\.py)`", line) for line in guards]
    assert len(guards) > 15
    assert all(named), "each row ends with a test"
    assert not [path for paths in named for path in paths if not (ROOT / path).exists()]
