"""`wirewatch run` on six sites whose listings do not say what is new: nothing is missed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mocksite import MockSite
from service_process import Running, wait_for

from crawler.archive import Archive

sys.path.append(str(Path(__file__).parent.parent / "crawls"))
from site_shapes import SHAPES, Site, start

EVERY_S = 10


@pytest.fixture
def farm() -> Iterator[MockSite]:
    with MockSite(len(SHAPES)) as farm:
        yield farm


def test_every_new_article_of_six_shapes_is_found_within_two_intervals(tmp_path: Path, farm: MockSite):
    sites = [start(farm, host, shape) for host, shape in enumerate(SHAPES)]
    sources = "".join(
        f"  - {{id: s{n}, site: '{one.home}', every: {EVERY_S}s, delay: 0s}}\n" for n, one in enumerate(sites)
    )
    (tmp_path / "watch.yaml").write_text(f"sources:\n{sources}")
    with Running(tmp_path):
        url = f"sqlite:///{tmp_path}/var/wirewatch.db"
        wait_for(lambda: min(_runs(url).values(), default=0) >= 3 and len(_runs(url)) == len(sites))
        news = {n: _publish(one) for n, one in enumerate(sites)}
        before = _runs(url)
        wait_for(lambda: all(count >= before[source] + 3 for source, count in _runs(url).items()))
        with Archive.open(url) as archive:
            stored = {row.article.canonical_url for row in archive.items()}
    missed = {list(SHAPES)[n]: sorted(urls - stored) for n, urls in news.items() if urls - stored}
    assert not missed


def _publish(site: Site) -> set[str]:
    return site.publish(20 if site.draw.__name__ == "feed_of_five" else 2)


def _runs(url: str) -> dict[str, int]:
    """How many crawls of each source have ended."""
    with Archive.open(url) as archive:
        found: dict[str, int] = {}
        for run in archive.runs(limit=10_000):
            found[run.source] = found.get(run.source, 0) + (run.finished is not None)
        return found
