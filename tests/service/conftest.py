"""What tests of a whole service share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mocksite import MockSite


@pytest.fixture(scope="module")
def site() -> Iterator[MockSite]:
    with MockSite(1) as site:
        yield site
