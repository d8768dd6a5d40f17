"""`wirewatch run` on six sites whose listings do not say what is new: nothing is missed."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from mocksite import MockSite
from service_process import Running, wait_for

from crawler.archive import Archive

sys.path.append(str(Path(__file__).parent.parent / "crawls"))
from site_shapes import SHAPES, Site, start

EVERY_S = 10
pytestmark = pytest.mark.timeout(1800)  # twelve crawls of a sitemap of 50,000 entries, on a machine that may be busy


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
    with Running(tmp_path) as service, ExitStack() as stack:
        service.until("Press Ctrl-C to stop")
        archive = stack.enter_context(Archive.open(f"sqlite:///{tmp_path}/var/wirewatch.db"))
        wait_for(lambda: len(runs := _runs(archive)) == len(sites) and min(runs.values()) >= 3, 800)
        news = {n: _publish(one) for n, one in enumerate(sites)}
        before = _runs(archive)
        wait_for(lambda: all(count >= before[source] + 3 for source, count in _runs(archive).items()), 800)
        stored = {row.article.canonical_url for row in archive.items()}
    missed = {list(SHAPES)[n]: sorted(urls - stored) for n, urls in news.items() if urls - stored}
    assert not missed


def _publish(site: Site) -> set[str]:
    return site.publish(20 if site.draw.__name__ == "feed_of_five" else 2)


def _runs(archive: Archive) -> Counter[str]:
    """How many crawls of each source have ended."""
    time.sleep(0.5)  # the service is to have the processor
    return Counter(run.source for run in archive.runs(limit=10_000) if run.finished is not None)
