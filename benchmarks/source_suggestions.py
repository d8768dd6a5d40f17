"""Missing sources: seconds of an answer in an archive of many articles.

    python benchmarks/source_suggestions.py [--articles 1000000] [--alerting 0.1] [--url sqlite:////tmp/suggest.db]

Rows of articles, stories, alerts and citations are written directly, spread over 365 days: 2.5 articles a story, a
share of the stories with an alert, 3 citations an article of 5,000 domains and 2,000 names.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from crawler.archive import Archive
from crawler.archive.tables.rows import alert_values, article_values
from crawler.archive.tables.schema import alerts, articles, citations, stories, story_articles
from crawler.items import Alert, Article
from crawler.usecases.source_suggestions import suggestions

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PORTION = 10_000
AGENCIES = ("Reuters", "AFP", "AP", "dpa")


def fill(archive: Archive, count: int, alerting: float) -> None:
    rng = random.Random(3)
    for first in range(0, count, PORTION):
        archive.write(
            lambda connection, first=first: portion(
                connection, first, min(PORTION, count - first), count, alerting, rng
            )
        )


def portion(connection: Connection, first: int, size: int, count: int, alerting: float, rng: random.Random) -> None:
    rows: dict[str, list[dict[str, object]]] = {"articles": [], "stories": [], "members": [], "alerts": [], "cited": []}
    for number in range(first + 1, first + size + 1):
        story, begins = number * 2 // 5 + 1, number * 2 // 5 != (number - 1) * 2 // 5 or number == 1
        found = NOW - timedelta(days=365) * (1 - number / count)
        source = f"source-{rng.randrange(300)}"
        one = Article(
            f"https://www.site{number % 300}.com/{number}",
            f"Title {number}",
            "A text. " * 20,
            source=source,
            found=found,
        )
        rows["articles"].append(article_values(one) | {"id": number})
        if begins:
            rows["stories"].append({"id": story, "key": f"{story:016x}", "first_seen": found, "last_seen": found})
            if rng.random() < alerting:
                alert = Alert(f"a{number}", "r", "1", source, one.url, one.title, found, story=f"{story:016x}")
                rows["alerts"].append(alert_values(alert, number))
        rows["members"].append({"article_id": number, "story_id": story, "site": f"site{number % 300}.com"})
        rows["cited"] += cited(number, source, rng)
    for table, some in zip((articles, stories, story_articles, alerts, citations), rows.values(), strict=True):
        if some:
            connection.execute(insert(table), some)


def cited(number: int, source: str, rng: random.Random) -> list[dict[str, object]]:
    domain = f"outlet{int(5000 * rng.random() ** 3)}.com"
    link = {"kind": "link", "name": domain, "url": f"https://www.{domain}/2026/11/20/a-long-story-of-an-outlet"}
    name = {"kind": "name", "name": f"Name{rng.randrange(2000)}", "url": ""}
    agency = {"kind": "agency", "name": rng.choice(AGENCIES), "url": ""}
    return [{"article_id": number, "source": source} | one for one in (link, name, agency)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--articles", type=int, default=100_000)
    options.add_argument("--alerting", type=float, default=0.1)
    options.add_argument("--url", default="")
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive.open(chosen.url or f"sqlite:///{Path(folder) / 'suggest.db'}") as archive,
    ):
        if not archive.last_id():
            fill(archive, chosen.articles, chosen.alerting)
        for days in (7, 30, 365):
            started = time.monotonic()
            report = suggestions(archive, (), NOW - timedelta(days=days))
            seconds = time.monotonic() - started
            print(f"{days:3} days: {seconds:.2f} s, {len(report.items)} suggestions, complete: {report.complete}")


if __name__ == "__main__":
    main()
