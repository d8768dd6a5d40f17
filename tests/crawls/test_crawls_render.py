"""A source that needs JavaScript, in a real browser."""

from __future__ import annotations

import shutil

import pytest
from crawl_pages import article, feed
from mocksite import MockSite

from crawler.items import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

SCRIPTED = """<!doctype html><html lang="en"><head><title>Loading</title></head><body><div id="app">Loading ...</div>
<img src="/huge.jpg"><script>fetch('/body.html').then(r => r.text()).then(t => {
document.title = 'The lock reopens'; document.getElementById('app').innerHTML = t; });</script></body></html>"""


@pytest.mark.slow
@pytest.mark.skipif(
    BROWSER is None, reason="NO BROWSER: install chromium (apt-get install chromium) to test `render: true`"
)
async def test_a_scripted_page_is_read_as_a_browser_shows_it(room, site: MockSite):
    body = article("the lock", title="The lock reopens")
    site.put("/body.html", body[body.index("<article>") : body.index("<footer>")])
    site.put("/news/scripted", SCRIPTED)
    site.put("/feed.xml", feed([site.url("/news/scripted")]))
    options = room.settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS") | {"executable_path": BROWSER}
    room.settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", options, priority="project")
    source = f"feed: '{site.url('/feed.xml')}', delay: 0s"
    room.use(f"sources:\n  - {{id: a, {source}}}\n  - {{id: b, {source}, render: true}}\n")
    plain = await room.crawl("a")
    assert plain.new == 0, "without a browser there is nothing to read"
    await room.runtime.state.redis.flushall()
    run = await room.crawl("b")
    assert (run.outcome, run.new) == (Outcome.DONE, 1), run.error
    (item,) = room.articles()
    assert item.title == "The lock reopens"
    assert item.word_count > 100
    assert not site.asked("/huge.jpg"), "pictures are not fetched"
