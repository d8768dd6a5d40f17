"""The cost of metrics and log lines: microseconds per article, line and scrape.

PYTHONPATH=. python benchmarks/observe_cost.py
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY, generate_latest

from crawler.errors import FetchError
from crawler.observe import metrics
from crawler.observe.logs import JsonLines, Text, about
from crawler.observe.noting import begin, extracting, took
from crawler.observe.secrets import Hidden

NOW = datetime.now(UTC)
LATER = NOW + timedelta(seconds=2)


def article() -> None:
    """Record the metrics of an article that raises an alert, which is sent."""
    metrics.GATE_WAIT.observe(0.4)
    metrics.RESPONSES.labels("2xx").inc()
    metrics.RECEIVED.inc(152_000)
    with extracting():
        pass
    metrics.ARTICLES.labels("found").inc()
    metrics.ARTICLES.labels("new").inc()
    for stage in ("published_to_listed", "listed_to_fetched", "fetched_to_extracted", "extracted_to_stored"):
        took(stage, NOW, LATER)
    with metrics.STORE.time():
        pass
    metrics.ALERTS.labels("new").inc()
    took("extracted_to_matched", NOW, LATER)
    with metrics.DELIVERY.labels("https").time():
        pass
    metrics.DELIVERIES.labels("https", "sent").inc()
    took("matched_to_sent", NOW, LATER)
    took("listed_to_sent", NOW, LATER)


def line(formatter: logging.Formatter) -> Callable[[], object]:
    error = FetchError("status 500", subject="https://news.example/a")
    record = logging.LogRecord("crawler.spiders", logging.WARNING, __file__, 1, "%s", (error,), None)
    return lambda: formatter.format(record)


def per_call_us(work: Callable[[], object], times: int) -> float:
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - begun) / times)
    return best * 1e6


def main() -> None:
    begin(("worker",))
    hidden = Hidden()
    hidden.hide([f"slack://T{n}AAAAAAA/B{n}BBBBBBB/cCcCcCcCcC{n}" for n in range(20)])
    print(f"metrics of one article: {per_call_us(article, 20_000):.1f} us of CPU")
    print(f"one scrape: {per_call_us(lambda: generate_latest(REGISTRY), 50) / 1000:.1f} ms of CPU")
    with about("bbc-world", "crawl:bbc-world:20261123T120000"):
        for formatter in (Text(hidden), JsonLines(hidden)):
            print(f"one line, {type(formatter).__name__}: {per_call_us(line(formatter), 5_000):.1f} us of CPU")


if __name__ == "__main__":
    main()
