"""Pages in a browser: one that minds what the browser complains of, what axe-core finds, and pictures on request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

WAIT_MS = 120_000  # for what a busy machine still does; a test that succeeds does not wait so long
PICTURES = "WIREWATCH_PICTURES"  # a folder: pictures of the pages are put there, for the documentation
WIDE = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 800}

expect.set_options(timeout=WAIT_MS)


@contextmanager
def page_of(browser: Browser, base: str, **options: object) -> Iterator[Page]:
    """A fresh page that fails on any complaint of the browser's: scripts that throw, and what the policy forbids."""
    context = browser.new_context(base_url=base, **options)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith(base) else wrong.append(request.url))
    yield page
    context.close()
    assert not wrong


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds wrong with a page, by all of its rules or by some."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def shoot(page: Page, name: str) -> None:
    """Put a picture of what the window shows into the folder that PICTURES names; without one do nothing."""
    folder = os.environ.get(PICTURES)
    if folder:
        page.mouse.move(0, 0)
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled", caret="hide")
