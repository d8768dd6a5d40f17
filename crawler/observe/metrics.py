"""All Wirewatch metrics, on one screen; docs/observability.md lists them, and a test compares.

Names follow Prometheus' conventions (https://prometheus.io/docs/practices/naming/). No label holds a source, a host or
an address: the number of series stays the same however much is watched. Labels take their values from the tables in
`noting`, from enumerations, or, for `channel`, from the schemes of the channels in the watch file.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the series and duplicate what `increase` computes

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # s: one operation
_LONG = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600)  # s: from stage to stage

BUILD = Info("wirewatch_build", "Versions of Wirewatch and Python, and the roles of this process.")
SOURCES = Gauge("wirewatch_sources", "Sources in the watch file.", ["state"])
SOURCES_UNHEALTHY = Gauge(
    "wirewatch_sources_unhealthy",
    "Unhealthy sources by problem (docs/health.md); `any`: sources with at least one. Reported by the leader.",
    ["problem"],
)
RULES = Gauge("wirewatch_rules", "Active rules.")
LEADER = Gauge("wirewatch_leader", "Whether this process is the leader for a duty: 1 or 0.", ["duty"])

POLLS = Counter("wirewatch_polls_total", "Finished crawls of a source, by outcome.", ["outcome"])
POLL = Histogram("wirewatch_poll_duration_seconds", "Duration of a crawl of one source.", buckets=_LONG)
ARTICLES = Counter(
    "wirewatch_articles_total",
    "Articles: found in a listing, new (stored), unchanged (seen before, or in an unchanged listing), failed.",
    ["outcome"],
)
RESPONSES = Counter("wirewatch_responses_total", "Responses of crawled sites, by status class.", ["code"])
RECEIVED = Counter("wirewatch_response_body_bytes_total", "Size of the response bodies as transferred.")
ALERTS = Counter("wirewatch_alerts_total", "Alerts raised, by kind.", ["kind"])
STAGE = Histogram(
    "wirewatch_stage_duration_seconds",
    "Time that articles and alerts took from one stage to a later one.",
    ["stage"],
    buckets=_LONG,
)

GATE_WAIT = Histogram(
    "wirewatch_gate_wait_seconds",
    "Time that requests waited for the host gate.",
    buckets=(0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
GATE_CLOSED = Counter(
    "wirewatch_gate_refusals_total", "Requests deferred to a later crawl because the host gate is closed."
)
GATE_HELD = Counter("wirewatch_gate_holds_total", "Pauses requested by hosts (429, 503, Retry-After).")

EXTRACTIONS = Counter(
    "wirewatch_extractions_total", "Pages and listings processed by extraction processes.", ["outcome"]
)
EXTRACTION = Histogram(
    "wirewatch_extraction_duration_seconds", "Duration of the extraction of one page or listing.", buckets=_QUICK
)
EXTRACTORS = Gauge("wirewatch_extraction_processes", "Extraction processes of this process.")
EXTRACTING = Gauge("wirewatch_extractions_in_progress", "Pages being extracted or queued for extraction.")
STORE = Histogram("wirewatch_store_duration_seconds", "Duration of storing a batch of articles.", buckets=_QUICK)

DELIVERIES = Counter("wirewatch_deliveries_total", "Message delivery attempts, by outcome.", ["channel", "outcome"])
DELIVERY = Histogram(
    "wirewatch_delivery_duration_seconds", "Duration of one delivery attempt.", ["channel"], buckets=_QUICK
)

TASKS = Gauge(
    "wirewatch_tasks",
    "Tasks in Redis: waiting for a worker, running, scheduled. Reported by leaders.",
    ["queue", "state"],
)
TASKS_REFUSED = Counter(
    "wirewatch_tasks_refused_total", "Tasks that this version did not write, dropped without decoding their arguments."
)
TASK_WAIT = Gauge("wirewatch_task_wait_seconds", "Age of the oldest waiting task. Reported by leaders.", ["queue"])
OUTBOX = Gauge(
    "wirewatch_outbox_deliveries", "Deliveries: pending, dead (failed permanently). Reported by the leader.", ["state"]
)
STORAGE = Gauge(
    "wirewatch_storage_bytes", "Size of the database and memory use of Redis. Reported by leaders.", ["store"]
)

COVERAGE_SOURCES = Gauge(
    "wirewatch_coverage_sources",
    "Sources by estimate of the last week (docs/coverage.md): estimated, the reason why not, or no_articles. "
    "Reported by the leader.",
    ["estimate"],
)
COVERAGE_ARTICLES = Gauge(
    "wirewatch_coverage_articles",
    "Articles of the last week of sources with an estimate: named by them, and the least and most that were published. "
    "Reported by the leader.",
    ["figure"],
)

CANARIES = Counter("wirewatch_canary_results_total", "Canaries (docs/health.md): passed, late.", ["outcome"])
CANARY_STOPPED = Gauge(
    "wirewatch_canary_stopped",
    "1 for the stage that the last canary did not pass in time, else 0. Reported by the leader.",
    ["stage"],
)
CANARY_TIME = Gauge("wirewatch_canary_duration_seconds", "Time that the last canary took from publication to receipt.")

REDIS_ERRORS = Counter("wirewatch_redis_errors_total", "Failed Redis commands, by outcome.", ["outcome"])
DATABASE_ERRORS = Counter("wirewatch_database_errors_total", "Failed archive operations, by outcome.", ["outcome"])
CHILDREN = Gauge("wirewatch_child_processes", "Child processes and their descendants.")
CHILDREN_MEMORY = Gauge(
    "wirewatch_child_resident_memory_bytes", "Resident memory of child processes; shared pages count for each."
)
CHILDREN_CPU = Counter("wirewatch_child_cpu_seconds_total", "CPU time of child processes.")
LOOP_LAG = Gauge("wirewatch_event_loop_lag_seconds", "Maximum delay of the event loop since the last scrape.")
SCRAPE_ERRORS = Counter("wirewatch_scrape_errors_total", "Scrapes in which current values were unavailable.")

HTTP = Counter("wirewatch_http_requests_total", "Requests to the web page.", ["method", "code"])
HTTP_TIME = Histogram(
    "wirewatch_http_request_duration_seconds", "Time to the start of a response of the web page.", buckets=_QUICK
)

RETRIED, FAILED = "retried", "failed"  # outcomes of errors: retried or failed permanently
