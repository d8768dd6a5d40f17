"""`wirewatch crawl` twice at once where no service runs: the second waits for its turn."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crawl_pages import article, feed
from mocksite import Delay, MockSite
from service_process import wirewatch


def test_two_crawls_at_once_without_a_service_both_tell_their_run(tmp_path: Path, site: MockSite):
    site.put("/news/crane", article("a crane"))
    site.put("/feed.xml", feed([site.url("/news/crane")]), behaviour=Delay(7))  # longer than a service is waited for
    source = f"{{id: a, feed: '{site.url('/feed.xml')}', delay: 0s}}"
    (tmp_path / "watch.yaml").write_text(f"sources:\n  - {source}\n")
    with ThreadPoolExecutor(2) as both:
        asked = [both.submit(wirewatch, tmp_path, "crawl", "a", "--json") for _ in range(2)]
        runs = [json.loads(one.result().splitlines()[-1]) for one in asked]
    assert [run["outcome"] for run in runs] == ["done", "done"]
    assert sum(run["new"] for run in runs) == 1


def test_a_folder_of_state_that_cannot_be_used_is_an_error_in_words(tmp_path: Path):
    (tmp_path / "watch.yaml").write_text("sources:\n  - {id: a, feed: 'http://127.0.0.1:9/feed.xml', delay: 0s}\n")
    (tmp_path / "file").write_text("")
    answer = wirewatch(tmp_path, "crawl", "a", code=1, WIREWATCH_VAR=str(tmp_path / "file" / "var"))
    assert "cannot use this folder" in answer
    assert "Traceback" not in answer
