"""What people do all day, in a real browser: from the first run to the first alert, search, rules, alerts, versions."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from service_process import Running
from test_web_live import running
from web_browser import PHONE, WIDE, page_of, shoot
from web_newsroom import Newsroom, newsroom

from crawler.archive import Archive, DeliveryState
from crawler.config import load_watch

GROUND = "getComputedStyle(document.body).backgroundColor"
SIGHT = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {tag: at.tagName, words: (at.value || at.innerText || "").trim().slice(0, 60),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, shown: box.width > 0 && box.right > 0};
}"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return newsroom(tmp_path_factory.mktemp("room"), datetime.now(UTC))


@pytest.fixture(scope="module")
def base(room: Newsroom) -> Iterator[str]:
    with running(room.folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    with page_of(browser, base, viewport=WIDE, color_scheme="light", reduced_motion="reduce", locale="en-GB") as opened:
        yield opened


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by signals here")
def test_from_the_first_run_to_the_first_alert(browser: Browser, tmp_path: Path):
    with Running(tmp_path, command=("run", "--plain")) as service:
        line = service.until(lambda one: "http://127.0.0.1:" in one and "web" in one.lower())
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address, line
        with page_of(browser, address[0], viewport=WIDE) as page:
            page.goto("/")
            page.locator("#arrivals a").click(timeout=60_000)  # told while the first crawls are under way
            expect(page.locator("[data-row]").first).to_be_visible()
            service.until(" alert ", seconds=60)
            page.get_by_role("link", name="Alerts", exact=True).click()
            page.locator(".row-title").last.click()
            expect(page.locator(".excerpt mark").first).to_be_visible()  # why
            told = page.get_by_role("region", name="Deliveries")
            expect(told.get_by_role("row").nth(1)).to_contain_text(re.compile("terminal|file"))
            page.get_by_role("link", name="Read with hits marked").click()
            expect(page.locator(".text mark, h1 mark").first).to_be_visible()
        assert service.stop() < 15
    assert "Traceback" not in "\n".join(service.lines)


def test_searching_with_a_filter_and_keeping_it(page: Page):
    page.goto("/")
    shoot(page, "web-news")
    page.locator("#quick").fill("tanker OR ferry AND fog")
    page.locator("#quick").press("Enter")
    page.locator("#mistake a").click()  # the correction
    expect(page.locator("#q")).to_have_value("(tanker OR ferry) AND fog")
    before = page.locator("[data-row]").count()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Source").select_option("coast-standard")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Filters (active)")).to_be_visible()
    assert 0 < page.locator("[data-row]").count() < before
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_label("Save this search as").fill("Fog on the coast")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/search")
    page.get_by_role("link", name="Fog on the coast").click()
    expect(page.get_by_label("Source")).to_have_value("coast-standard")
    expect(page.locator("#q")).to_have_value("(tanker OR ferry) AND fog")


def test_a_rule_from_the_first_word_to_the_watch_file(page: Page, room: Newsroom):
    before = room.watch_file.read_text(encoding="utf-8")
    page.goto("/rules")
    page.get_by_role("link", name="New rule").click()
    page.locator("#f-id").fill("strikes-and-floods")
    page.locator("#f-query").press_sequentially("strike* OR flood* AND river")
    expect(page.locator("#explanation .error")).to_contain_text("column")
    page.locator("#explanation button").click()
    expect(page.locator("#f-query")).to_have_value("(strike* OR flood*) AND river")
    page.locator("#f-query").fill("(strike* OR flood*) NOT sale")
    expect(page.locator("#explanation .explanation-box")).to_contain_text('beginning with "flood"')
    page.get_by_text("Test on sample text").click()
    page.get_by_label("Text", exact=True).press_sequentially("A flood of strikes")
    expect(page.locator("#explanation mark")).to_have_text(["flood", "strikes"])
    page.get_by_label("Text", exact=True).fill("")
    page.get_by_text("Test on sample text").click()
    expect(page.locator("#explanation .sample-match")).to_have_count(0)
    page.get_by_label("desk").check()
    page.get_by_role("button", name="Back-test").click()
    report = page.locator("#backtest")
    expect(report.locator("h2")).to_contain_text("hits")
    assert report.locator("svg rect").count() > 5
    expect(report.locator("mark").first).to_be_visible()
    page.evaluate("document.querySelector('#rule-fields').scrollIntoView(); scrollBy(0, -56)")
    shoot(page, "web-rule")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("status").first).to_contain_text("strikes-and-floods was saved")
    after = room.watch_file.read_text(encoding="utf-8")
    for line in before.splitlines():
        assert line in after, "comments and the order of what stood there stay"
    rule = load_watch(room.watch_file, {}).rules[-1]
    assert (rule.id, rule.query, rule.send) == ("strikes-and-floods", "(strike* OR flood*) NOT sale", ("desk",))


def test_silencing_a_rule_and_ending_it(page: Page, room: Newsroom):
    page.goto("/alerts?rule=floods")
    page.locator(".row-title").first.click()
    shoot(page, "web-alert")
    silence = page.get_by_role("region", name="Silence")
    silence.get_by_label("What").select_option(label="the rule floods")
    silence.get_by_role("button", name="Silence").click()
    page.wait_for_url("**/silences")
    row = page.get_by_role("row").filter(has_text="floods")
    expect(row).to_contain_text("rule")
    page.go_back()
    page.reload()
    expect(page.locator(".reading .error")).to_contain_text("The rule is silenced until")
    page.goto("/silences")
    row.get_by_role("button", name="End").click()
    expect(page.get_by_text("No active silences.")).to_be_visible()
    with Archive.open(f"sqlite:///{room.folder}/wirewatch.db") as archive:
        assert archive.outbox.silences(datetime.now(UTC)) == []


def test_a_dead_delivery_is_sent_again(page: Page, room: Newsroom):
    page.goto("/alerts")
    expect(page.get_by_label("Dead deliveries")).to_contain_text("1 dead delivery to night")
    page.get_by_role("link", name="Show", exact=True).click()
    page.locator(".row-title").click()
    page.wait_for_url(f"**/alerts/{room.dead}")
    expect(page.get_by_text("it answers 503")).to_be_visible()
    page.get_by_role("button", name="Resend dead deliveries").click()
    expect(page.get_by_role("status").first).to_contain_text("1 delivery queued for another attempt")
    expect(page.locator(".state.dead")).to_have_count(0)
    with Archive.open(f"sqlite:///{room.folder}/wirewatch.db") as archive:
        states = {one.channel: one.state for one in archive.outbox.deliveries(alert_id=room.dead)}
    assert states == {"desk": DeliveryState.SENT, "night": DeliveryState.PENDING}


def test_versions_and_copies_of_an_article(page: Page, room: Newsroom):
    page.goto(f"/articles/{room.changed}?rule=floods")
    expect(page.locator("h1 mark").first).to_be_visible()
    copies = page.get_by_role("region", name="Copies")
    expect(copies.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("link", name="What changed").click()
    expect(page.locator("#difference-1 ins").first).to_be_visible()
    expect(page.locator("#difference-1 del").first).to_be_visible()
    page.evaluate("document.querySelector('#h-alerts').scrollIntoView(); scrollBy(0, -80)")
    shoot(page, "web-article")
    copies.get_by_role("link", name="Luro delta: the railway stops").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luro delta: the railway stops")
    page.get_by_role("link", name="3 articles from 3 outlets").click()
    page.get_by_role("link", name="Compare").first.click()
    expect(page.locator(".difference .diff").first).to_be_visible()


def test_light_and_dark(browser: Browser, base: str):
    with page_of(browser, base, viewport=WIDE, color_scheme="dark", locale="en-GB") as page:
        page.goto("/")
        dark = page.evaluate(GROUND)
        shoot(page, "web-dark")
        page.emulate_media(color_scheme="light")
        page.wait_for_function(f"{GROUND} !== '{dark}'")  # follows the system
        light = page.evaluate(GROUND)
        page.get_by_role("button", name="Switch between light and dark").click()
        page.wait_for_function(f"{GROUND} === '{dark}'")
        page.get_by_role("link", name="Sources", exact=True).click()
        expect(page.locator("[data-row]")).to_have_count(3)
        assert page.evaluate(GROUND) == dark, "the choice stays"
        page.get_by_role("button", name="Switch between light and dark").click()
        page.wait_for_function(f"{GROUND} === '{light}'")
        shoot(page, "web-sources")


def test_with_a_phone(browser: Browser, base: str, room: Newsroom):
    with page_of(browser, base, viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True) as page:
        page.goto("/")
        shoot(page, "web-phone")
        article = f"/articles/{room.changed}"
        for path in ("/", "/alerts", article, "/rules/new", "/sources", "/search?q=flood*", "/coverage", "/status"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.goto("/")
        page.get_by_role("link", name="Alerts", exact=True).tap()
        page.locator(".row-title").first.tap()
        page.get_by_role("link", name="Read with hits marked").tap()
        expect(page.locator("mark").first).to_be_visible()


def test_with_keys_alone(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(SIGHT) == {"tag": "A", "words": "Skip to main content", "ring": True, "shown": True}
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(SIGHT)["words"] == page.locator(".row-title").first.inner_text()[:60]
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator(".row.current .row-title")).to_be_focused()
    title = page.locator(".row-title").nth(1).inner_text()
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.keyboard.press("u")
    expect(page.get_by_role("heading", level=1)).to_have_text("Latest articles")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("flood*")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    tabbed(page, "Save this search as")
    page.keyboard.type("By keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="By keys")).to_be_visible()


def tabbed(page: Page, label: str) -> None:
    """Walk with Tab to the field of this label; each stop on the way is seen and marked."""
    wanted = page.get_by_label(label)
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(SIGHT)
        assert stop["ring"], stop
        assert stop["shown"], stop
        if wanted.evaluate("field => field === document.activeElement"):
            return
    raise AssertionError(f"{label} is never reached")


def test_times_are_the_readers(browser: Browser, base: str, room: Newsroom):
    with page_of(browser, base, timezone_id="Asia/Kolkata", locale="en-GB") as page:
        page.goto(f"/articles/{room.changed}")
        expect(page.locator("#zone")).to_have_text("Times are in your time zone (Asia/Calcutta).")
        found = page.locator(".about time").last
        moment = datetime.fromisoformat(found.get_attribute("datetime") or "").astimezone(UTC)
        there = moment + timedelta(hours=5, minutes=30)
        expect(found).to_contain_text(f"{there:%H:%M:%S}")
        expect(found).to_have_attribute("title", f"{moment:%Y-%m-%d %H:%M:%S} UTC")
        page.get_by_role("link", name="What changed").click()
        page.goto("/")
        page.locator(".more a").click()
        expect(page.locator("[data-row]")).to_have_count(80)
        expect(page.locator("#news time:not([data-zoned])")).to_have_count(0)
        rows = page.locator("#news .day").evaluate_all(
            "days => days.flatMap(day => [...day.querySelectorAll('time')]"
            ".map(time => [day.querySelector('h2').textContent, time.dateTime, time.textContent]))"
        )
        assert len(rows) == 80
        for day, given, shown in rows:
            there = datetime.fromisoformat(given).astimezone(UTC) + timedelta(hours=5, minutes=30)
            assert shown == f"{there:%H:%M}"
            assert day in {"Today", "Yesterday"} or day.startswith(f"{there:%A} {there.day} ")
        names = page.locator("#news .day h2").all_inner_texts()
        assert len(names) == len(set(names)), "no day is named twice"


def test_times_without_a_script_are_the_servers(browser: Browser, base: str, room: Newsroom):
    with page_of(browser, base, timezone_id="Asia/Kolkata", java_script_enabled=False) as page:
        page.goto(f"/articles/{room.changed}")
        here = datetime.now().astimezone().tzname()
        expect(page.locator("#zone")).to_have_text(f"Times are in {here}.")
        found = page.locator(".about time").last
        moment = datetime.fromisoformat(found.get_attribute("datetime") or "").astimezone()
        expect(found).to_have_text(f"{moment:%Y-%m-%d %H:%M:%S} {here}")
