"""The page "Coverage" in a real browser, with figures: accessible, on a phone, and with keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from web_browser import PHONE, page_of, shoot, violations
from web_samples import SCRIPT, WATCH, Served
from web_server import running

from crawler.archive import Archive
from crawler.archive.coverage.sightings import Named, SourceWeek
from crawler.health.canary import CanaryResult, Stage
from crawler.health.recall import Recall, Unknown
from crawler.items import SiteListing
from crawler.runtime import utc_now
from crawler.service.scheduler.coverage import last_week

LISTINGS = (
    Named(SiteListing("feed", "https://coast.example/feed.xml"), 40),
    Named(SiteListing("sitemap", f"https://coast.example/{'a-long-name-' * 12}.xml", own=False), 35, 20),
    Named(SiteListing(SCRIPT, f"javascript:{SCRIPT}", own=False), 3, 1),
)


@pytest.fixture
def base(own: Served) -> Iterator[str]:
    (own.folder / "watch.yaml").write_text(WATCH)
    now = utc_now()
    with Archive.open(f"sqlite:///{own.folder}/wirewatch.db") as archive:
        for back in range(8):
            monday = last_week(now) - timedelta(weeks=back)
            archive.coverage.save_week(SourceWeek("coast", monday, Recall(40, 60, 60, 66 + back), LISTINGS))
            unknown = Recall(3, 20, 20, unknown=Unknown.APART)
            archive.coverage.save_week(SourceWeek("meridian", monday, unknown, LISTINGS[:1]))
        for hours in (3, 2):
            at = now - timedelta(hours=hours)
            archive.canaries.end(CanaryResult(f"{hours:016x}", at, at, Stage.STORED if hours == 2 else None))
    with running(own.folder) as address:
        yield address


def test_it_is_accessible_and_fits_a_phone(browser: Browser, base: str):
    with page_of(browser, base, reduced_motion="reduce") as page:
        page.goto("/coverage?count=floods")
        for summary in page.locator("main details summary").all():
            summary.click()
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, "color-contrast") == []
        expect(page.get_by_role("img", name="60 to 67 %")).to_be_visible()
        expect(page.get_by_text("no estimate in 8 weeks")).to_be_visible()
        shoot(page, "web-coverage")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_keys_filters_and_counting(browser: Browser, base: str):
    with page_of(browser, base) as page:
        page.goto("/")
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_url("**/coverage")
        page.get_by_label("Sources to show").select_option("missing")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("[data-row]")).to_have_count(2)
        page.get_by_role("link", name="count near misses of floods").click()
        expect(page.locator("#rule-floods").get_by_role("link", name="near misses of floods")).to_be_visible()
