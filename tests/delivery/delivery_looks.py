"""Sample mails in a real browser: `python tests/delivery/delivery_looks.py` draws the pictures of docs/images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from crawler.items import Alert
from crawler.notify import Dispatch, Form
from crawler.notify.mail import html

NOW = datetime(2026, 11, 23, 5, 12, tzinfo=UTC)
SIZES = {"alert": (700, 560), "group": (700, 900), "digest": (700, 860)}
STORIES = [
    ("us-in-iraq", "meridian", "Iraq says it is not happy with ‘dangerous’ threat to close US embassy",
     "Several «rocket» «attacks» have targeted the «US embassy» in the fortified Green Zone in recent weeks.", "new"),
    ("floods", "coast-standard", "Luro river floods cut off delta villages",
     "The «flood» reached the second dyke before dawn, and boats carried out the last families.", "new"),
    ("us-in-iraq", "northgate-courier", "Kadhemi promises to protect missions after rocket fire",
     "“No group has the right to «attack» missions,” Mustafa Kadhemi said after the «rockets» fell.", "headline"),
    ("floods", "nile-wire", "نهر الصفصاف يعود إلى مجراه بعد ستين عاما",
     "عاد «النهر» إلى مجراه القديم بعد «فيضان» الأسبوع الماضي.", "new"),
    ("floods", "meridian", "Reservoir wall holds as second flood reaches Luro",
     "Engineers said the wall had held through the night as a second «flood» came down the valley.", "changed"),
]  # fmt: skip


def alerts(count: int) -> tuple[Alert, ...]:
    """So many alerts, the first ones in full variety."""
    found = []
    for n in range(count):
        rule, source, title, excerpt, kind = STORIES[n % len(STORIES)]
        when = NOW - timedelta(minutes=37 * n)
        found.append(
            Alert(
                f"a{n}", rule, "1:0", source, f"https://{source}.example/{n}", title, when, excerpts=(excerpt,),
                published=when - timedelta(minutes=12), kind=kind,
            )
        )  # fmt: skip
    return tuple(found)


def pages() -> dict[str, str]:
    """The HTML of each sample."""
    zone = ZoneInfo("Africa/Nairobi")
    samples = {"alert": (Form.ALERT, 1), "group": (Form.GROUP, 3), "digest": (Form.DIGEST, 9)}
    return {
        name: html(Dispatch(name, form, alerts(count), NOW), "desk", zone) for name, (form, count) in samples.items()
    }


def browser() -> str | None:
    """A Chromium on this machine."""
    own = os.environ.get("WIREWATCH_BROWSER", "")
    names = ("chromium", "chromium-browser", "google-chrome")
    return own or next((found for name in names if (found := shutil.which(name))), None)


def shoot(program: str, page: str, size: tuple[int, int], target: Path, folder: Path) -> None:
    """Draws a page as a PNG of that size."""
    source = folder / f"{target.stem}.html"
    source.write_text(page, encoding="utf-8")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    subprocess.run(
        [
            program, "--headless", *sandbox, "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            f"--user-data-dir={folder / 'profile'}", f"--window-size={size[0]},{size[1]}", f"--screenshot={target}",
            source.as_uri(),
        ],
        check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def main() -> None:
    """Draws the pictures of the documentation."""
    program = browser()
    if program is None:
        sys.exit("no Chromium found")
    import tempfile  # noqa: PLC0415

    images = Path(__file__).parents[2] / "docs" / "images"
    with tempfile.TemporaryDirectory() as folder:
        for name, page in pages().items():
            shoot(program, page, SIZES[name], images / f"mail-{name}.png", Path(folder))


if __name__ == "__main__":
    main()
