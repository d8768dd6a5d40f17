"""Writing a rule in a real browser without script; with it: test_web_journeys.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from test_web_live import running
from web_browser import page_of
from web_samples import WATCH, Served

from crawler.config import load_watch


@pytest.fixture(name="base")
def served(own: Served) -> Iterator[tuple[str, Path]]:
    path = own.folder / "watch.yaml"
    path.write_text(WATCH)
    with running(own.folder) as address:
        yield address, path


def test_a_rule_is_written_tested_and_saved_without_a_script(browser: Browser, base: tuple[str, Path]):
    address, path = base
    with page_of(browser, address, java_script_enabled=False) as page:
        page.goto("/rules/new")
        page.locator("#f-id").fill("boats")
        page.locator("#f-query").fill("ferry OR boat AND harbour")
        page.get_by_role("button", name="Explain").click()
        page.locator("#explanation button").click()
        expect(page.locator("#f-query")).to_have_value("(ferry OR boat) AND harbour")
        page.get_by_role("button", name="Back-test").click()
        expect(page.locator("#backtest h2")).to_contain_text("hits", timeout=20_000)  # the page looks again by itself
        page.get_by_role("button", name="Save", exact=True).last.click()
        expect(page.locator("main")).to_contain_text("boats was saved")
    assert [rule.id for rule in load_watch(path, {}).rules] == ["floods", "boats"]
