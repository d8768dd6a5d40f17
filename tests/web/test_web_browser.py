"""The pages in a real browser: keys, live news, both colour schemes, a phone's width, no script, and axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from test_web_live import running, store
from web_browser import page_of, violations
from web_routes import addresses_of
from web_samples import HOSTILE, WATCH, Served, client_of, make_site, store_with_page

DESK, PHONE = {"width": 1280, "height": 720}, {"width": 360, "height": 740}
CHECKED = ("script", "turned")  # hostile articles whose pages axe-core looks at; huge ones take it minutes
PAGES = (
    "/",
    "/search",
    "/search?q=flood*",
    "/search?q=(broken",
    "/search?source=coast",
    "/stories?since=30d&outlets=1",
    "/nowhere",
)


@pytest.fixture(scope="module")
def base(filled: Served) -> Iterator[str]:
    (filled.folder / "watch.yaml").write_text(WATCH)
    with running(filled.folder) as address:
        yield address


def pages(filled: Served) -> list[str]:
    """Example addresses of every page that gives HTML."""
    with client_of(make_site(filled.folder)) as client:
        found = {address for _, address in addresses_of(client.app, "GET", filled.ids["7"])}
        told = {address: client.get(address) for address in sorted(found) if address != "/live"}
    return [address for address, one in told.items() if "text/html" in one.headers.get("content-type", "")]


def test_every_page_is_accessible_in_both_schemes_and_fits_a_phone(browser: Browser, base: str, filled: Served):
    more = [*pages(filled), *(f"/articles/{filled.ids[name]}" for name in HOSTILE)]
    heavy = {f"/articles/{filled.ids[name]}" for name in HOSTILE} - {f"/articles/{filled.ids[n]}" for n in CHECKED}
    with page_of(browser, base, color_scheme="light", reduced_motion="reduce") as page:
        for path in (*PAGES, *more):
            page.set_viewport_size(DESK)
            page.goto(path)
            if path not in heavy:
                assert wrong_in_both_schemes(page) == [], path
            page.set_viewport_size(PHONE)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.set_viewport_size(DESK)
        page.keyboard.press("?")
        expect(page.locator("#shortcuts")).to_be_visible()
        assert wrong_in_both_schemes(page) == []


def wrong_in_both_schemes(page: Page) -> list[str]:
    """All rules in light; in dark the colours, as nothing else differs."""
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += violations(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    return found


def test_axe_would_find_something(browser: Browser, base: str):
    with page_of(browser, base) as page:
        page.goto("/")
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x\"><button></button>')"
        )
        assert len(violations(page)) == 2


def test_hostile_articles_run_nothing(browser: Browser, base: str, filled: Served):
    with page_of(browser, base) as page:
        for name in HOSTILE:
            page.goto(f"/articles/{filled.ids[name]}")
            assert page.locator("main script, main img, main iframe, main style").count() == 0


def test_keys(browser: Browser, base: str):
    with page_of(browser, base) as page:
        page.goto("/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator(".row.current")).to_have_count(1)
        title = page.locator(".row.current .row-title").inner_text()
        assert title == page.locator(".row .row-title").nth(1).inner_text()
        page.keyboard.press("k")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/articles/*")
        page.keyboard.press("u")
        page.wait_for_url(f"{base}/")
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url("**/stories")
        page.keyboard.press("/")
        page.keyboard.type("ferry jk?")  # keys are letters while somebody types
        expect(page.locator("#quick")).to_have_value("ferry jk?")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("#shortcuts")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#shortcuts")).to_be_hidden()


def test_walking_on_loads_older_articles(browser: Browser, base: str):
    with page_of(browser, base) as page:
        page.goto("/")
        expect(page.locator("[data-row]")).to_have_count(40)
        page.locator(".more a").click()
        expect(page.locator("[data-row]")).to_have_count(71)
        assert page.url == f"{base}/"


def test_differences_open_in_place(browser: Browser, base: str, filled: Served):
    with page_of(browser, base) as page:
        page.goto(f"/articles/{filled.ids['7']}")
        page.get_by_role("link", name="What changed").click()
        expect(page.locator("#difference-1 ins").first).to_be_visible()


def test_removed_boilerplate_opens_in_place(browser: Browser, own: Served):
    number = store_with_page(own.folder)
    with running(own.folder) as base, page_of(browser, base) as page:
        page.goto(f"/articles/{number}")
        page.get_by_role("button", name="Show removed boilerplate").click()
        expect(page.locator("#removed")).to_contain_text("another story about boats")  # its form token went along


def test_new_articles_are_announced_and_shown(browser: Browser, own: Served):
    with running(own.folder) as base, page_of(browser, base) as page:
        page.goto("/")
        expect(page.locator("#arrivals a")).to_have_count(0)
        store(own.folder, 301)
        expect(page.locator("#arrivals a")).to_have_text("1 new article: show")
        store(own.folder, 302, alerting=True)
        expect(page.locator("#arrivals a")).to_have_text("2 new articles, 1 with an alert: show")
        assert page.title().startswith("(2) ")
        assert violations(page) == []
        page.keyboard.press("r")
        expect(page.locator("#arrivals a")).to_have_count(0)


def test_colours_can_be_switched_and_stay(browser: Browser, base: str):
    with page_of(browser, base, color_scheme="light") as page:
        page.goto("/")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.get_by_role("button", name="Switch between light and dark").click()
        page.wait_for_function(f"{ground} !== '{light}'")
        dark = page.evaluate(ground)
        page.goto("/search")
        assert page.evaluate(ground) == dark


def test_reading_needs_no_script(browser: Browser, base: str, filled: Served):
    with page_of(browser, base, java_script_enabled=False) as page:
        page.goto("/")
        page.locator(".more a").click()
        expect(page.locator("[data-row]").first).to_be_visible()
        page.locator("#quick").fill("surprised NEAR/5 flood")
        page.locator("#quick").press("Enter")
        expect(page.locator("mark").first).to_be_visible()
        page.goto(f"/articles/{filled.ids['7']}")
        page.get_by_role("link", name="What changed").click()
        expect(page.locator("ins").first).to_be_visible()


def test_signing_in_by_form(browser: Browser, own: Served, tmp_path: Path):
    with running(own.folder, password="correct horse battery") as base, page_of(browser, base) as page:
        page.goto("/search?q=ferry")
        page.get_by_label("Password").fill("wrong one")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text("Incorrect password.")
        assert violations(page) == []
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/search?q=ferry")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
