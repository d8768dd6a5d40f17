"""Every metric of our own, on one screen; docs/observability.md lists them, and a test compares.

Names follow Prometheus' conventions (https://prometheus.io/docs/practices/naming/). No label holds a source, a host or
an address: the number of series stays the same however much is watched. Labels take their values from the tables in
`noting`, from enumerations, or, for `channel`, from the schemes of the channels in the watch file.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the series, and say what `increase` says

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # s: one piece of work
_LONG = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600)  # s: the way of an article

BUILD = Info("wirewatch_build", "Version of Wirewatch and of Python, and the roles of this process.")
SOURCES = Gauge("wirewatch_sources", "Sources in the watch file.", ["state"])
SOURCES_ILL = Gauge(
    "wirewatch_sources_ill",
    "Sources in trouble, by its name (docs/health.md); `any`: those in at least one. The leader tells.",
    ["trouble"],
)
RULES = Gauge("wirewatch_rules", "Rules that articles are matched against.")
LEADER = Gauge("wirewatch_leader", "Whether this process has a duty that only one may have.", ["duty"])

POLLS = Counter("wirewatch_polls_total", "Crawls of a source that ended, by how.", ["outcome"])
POLL = Histogram("wirewatch_poll_duration_seconds", "How long a crawl of one source took.", buckets=_LONG)
ARTICLES = Counter(
    "wirewatch_articles_total",
    "Articles: found in a listing, new (stored), unchanged (known, or a listing that did not change), failed.",
    ["outcome"],
)
RESPONSES = Counter("wirewatch_responses_total", "Answers of the sites that are crawled, by class of status.", ["code"])
RECEIVED = Counter("wirewatch_response_body_bytes_total", "Bodies of these answers as they came over the wire.")
ALERTS = Counter("wirewatch_alerts_total", "Alerts that were raised, by kind.", ["kind"])
STAGE = Histogram(
    "wirewatch_stage_duration_seconds",
    "How long articles and alerts took from one stage to a later one.",
    ["stage"],
    buckets=_LONG,
)

GATE_WAIT = Histogram(
    "wirewatch_gate_wait_seconds",
    "How long requests waited for their host's turn.",
    buckets=(0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
GATE_CLOSED = Counter("wirewatch_gate_refusals_total", "Requests left for a later crawl: their host's gate is closed.")
GATE_HELD = Counter("wirewatch_gate_holds_total", "Times that a host asked for a pause (429, 503, Retry-After).")

EXTRACTIONS = Counter("wirewatch_extractions_total", "Pages and listings read in extraction processes.", ["outcome"])
EXTRACTION = Histogram("wirewatch_extraction_duration_seconds", "How long reading one of them took.", buckets=_QUICK)
EXTRACTORS = Gauge("wirewatch_extraction_processes", "Extraction processes that this process keeps.")
EXTRACTING = Gauge("wirewatch_extractions_in_progress", "Pages that are being read, or lie ready to be.")
STORE = Histogram("wirewatch_store_duration_seconds", "How long it took to store a batch of articles.", buckets=_QUICK)

DELIVERIES = Counter("wirewatch_deliveries_total", "Attempts at messages, by outcome.", ["channel", "outcome"])
DELIVERY = Histogram("wirewatch_delivery_duration_seconds", "How long one attempt took.", ["channel"], buckets=_QUICK)

TASKS = Gauge(
    "wirewatch_tasks", "Tasks in Redis: waiting for a worker, running, for later. Leaders tell.", ["queue", "state"]
)
TASKS_REFUSED = Counter(
    "wirewatch_tasks_refused_total", "Tasks that this version did not write, dropped without reading what they carry."
)
TASK_WAIT = Gauge(
    "wirewatch_task_wait_seconds", "How long the oldest waiting task has waited. Leaders tell.", ["queue"]
)
OUTBOX = Gauge("wirewatch_outbox_deliveries", "Deliveries: pending, dead (given up). The leader tells.", ["state"])
STORAGE = Gauge("wirewatch_storage_bytes", "Size of the database, memory of Redis. Leaders tell.", ["store"])

REDIS_ERRORS = Counter(
    "wirewatch_redis_errors_total", "Commands to Redis that went wrong, by what was done.", ["outcome"]
)
DATABASE_ERRORS = Counter("wirewatch_database_errors_total", "Work in the archive that went wrong.", ["outcome"])
CHILDREN = Gauge("wirewatch_child_processes", "Processes that this one started, and those that they did.")
CHILDREN_MEMORY = Gauge("wirewatch_child_resident_memory_bytes", "Their memory; shared pages count for each.")
CHILDREN_CPU = Counter("wirewatch_child_cpu_seconds_total", "Their processor time.")
LOOP_LAG = Gauge("wirewatch_event_loop_lag_seconds", "How late the event loop was, at worst, since the last scrape.")
SCRAPE_ERRORS = Counter("wirewatch_scrape_errors_total", "Figures that could not be had when they were asked for.")

HTTP = Counter("wirewatch_http_requests_total", "Requests to the web page.", ["method", "code"])
HTTP_TIME = Histogram(
    "wirewatch_http_request_duration_seconds", "How long the web page took to begin an answer.", buckets=_QUICK
)

RETRIED, FAILED = "retried", "failed"  # outcomes of errors: it was tried again, or given up
