"""Checks every feed of a demo-like archive with the W3C's feed validator.

    git clone https://github.com/w3c/feedvalidator && pip install html5lib
    python benchmarks/feeds_w3c.py feedvalidator

Prints errors and warnings by feed; ends with 1 when there is an error.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(Path(sys.argv[1]) / "src")]
warnings.simplefilter("ignore")

import feedvalidator
from feedvalidator import logging as findings
from web.web_samples import NOW, client_of, fill, make_site

from crawler.archive import Archive

NAMES = ("all", "source/coast", "source/evil", "tag/harbour", "rule/floods", "search/late")


def main() -> int:
    folder = Path(tempfile.mkdtemp())
    with Archive.open(f"sqlite:///{folder}/wirewatch.db") as archive:
        fill(archive)
        archive.searches.keep("late", "q=late&source=coast", NOW)
    errors = 0
    with client_of(make_site(folder)) as client:
        for address in (*(f"feeds/{name}.{form}?n=200" for name in NAMES for form in ("rss", "atom")), "feeds.opml"):
            body = client.get(f"/{address}").content
            base = f"http://127.0.0.1:8765/{address.partition('?')[0]}"
            events = feedvalidator.validateString(body, firstOccurrenceOnly=0, base=base)["loggedEvents"]
            wrong = Counter(type(one).__name__ for one in events if isinstance(one, findings.Error))
            odd = Counter(type(one).__name__ for one in events if isinstance(one, findings.Warning))
            errors += wrong.total()
            print(f"{address:<28} {len(body):>8,} bytes  errors {dict(wrong)}  warnings {dict(odd)}")
    return int(errors > 0)


if __name__ == "__main__":
    sys.exit(main())
