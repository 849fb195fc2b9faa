"""Every Prometheus metric, named here and nowhere else; `page()` is what docs/metrics.md holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from shared.clock import monotonic

MOST_DISTRICTS = 100
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_AGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400)

REQUESTS = Counter("requests_total", "HTTP requests.", ["service", "route", "status"])
REQUEST_SECONDS = Histogram("request_seconds", "Time to answer a request.", ["service", "route"], buckets=_SECONDS)
EVENTS_HANDLED = Counter(
    "events_handled_total",
    "Events by outcome: done, retried, dead.",
    ["service", "event_type", "outcome"],
)
HANDLE_SECONDS = Histogram(
    "handle_seconds",
    "Time to handle one batch, commit included.",
    ["service", "lane"],
    buckets=_SECONDS,
)
EVENT_AGE_SECONDS = Histogram(
    "event_age_seconds",
    "From commit at the producer to commit at the consumer: the oldest event of each batch.",
    ["service", "lane"],
    buckets=_AGE_SECONDS,
)
INBOX_DUPLICATES = Counter("inbox_duplicates_total", "Deliveries the inbox had seen before.", ["service", "lane"])
OUTBOX_PENDING = Gauge(
    "outbox_pending",
    "Events committed and not yet confirmed by the broker.",
    ["service", "district"],
)
OUTBOX_LAG_SECONDS = Gauge("outbox_lag_seconds", "Age of the oldest unpublished event.", ["service", "district"])
RELAY_PUBLISHED = Counter(
    "relay_published_total",
    "Events by what the broker said: confirmed, unroutable, refused.",
    ["service", "outcome"],
)
DUE_LAG_SECONDS = Gauge("due_lag_seconds", "How late the oldest due work is.", ["service", "district"])
DLQ_PARKED = Gauge("dlq_parked", "Dead letters waiting for a person.", ["service"])
DELIVERY_OUTCOME = Counter("delivery_outcome_total", "Deliveries to guardians.", ["channel", "outcome", "district"])
MAIL_IN = Counter("mail_in_total", "Emails that came in, by what they were taken for.", ["kind", "district"])
CALLBACKS = Counter(
    "callbacks_total", "Providers' words on deliveries: new, or repeated (changes nothing).", ["channel", "outcome"]
)
CALLBACKS_REFUSED = Counter(
    "callbacks_refused_total", "Providers' calls back whose signature did not hold.", ["provider"]
)
SEND_ALARMS = Counter(
    "send_alarms_total",
    "Sends to many that bring nothing, or too little, across; canaries that do not arrive.",
    ["fault", "district"],
)
CAP_IN = Counter("cap_in_total", "Alerts from outside (CAP), by what became of them.", ["outcome"])
TRANSLATION_FALLBACK = Counter(
    "translation_fallback_total",
    "Texts sent in their source language, labelled.",
    ["pair", "reason"],
)
TRANSLATION_ENGINE = Counter(
    "translation_engine_total", "Texts given to an engine, by what came of them.", ["engine", "outcome"]
)
TRANSLATION_NAMES = Counter(
    "translation_names_total",
    "Names in texts for engines outside the district: masked beforehand, or the text was stopped.",
    ["engine", "outcome"],
)
TRANSLATION_BUDGET = Counter(
    "translation_budget_total", "Budgets of engines that were warned of or used up.", ["district", "level"]
)
READY = Gauge("ready", "1 while /readyz says yes.", ["service"])

ALL: tuple[MetricWrapperBase, ...] = (
    REQUESTS, REQUEST_SECONDS, EVENTS_HANDLED, HANDLE_SECONDS, EVENT_AGE_SECONDS, INBOX_DUPLICATES, OUTBOX_PENDING,
    OUTBOX_LAG_SECONDS, RELAY_PUBLISHED, DUE_LAG_SECONDS, DLQ_PARKED, DELIVERY_OUTCOME, MAIL_IN, TRANSLATION_FALLBACK,
    TRANSLATION_ENGINE, TRANSLATION_NAMES, TRANSLATION_BUDGET, READY,
    CALLBACKS, CALLBACKS_REFUSED, SEND_ALARMS, CAP_IN,
)  # fmt: skip

_districts: set[str] = set()
_lock = Lock()


def district_label(district: str) -> str:
    """The district's slug, or "other" past the first hundred: series cost memory in every Prometheus that scrapes."""
    with _lock:
        if district in _districts:
            return district
        if len(_districts) >= MOST_DISTRICTS:
            return "other"
        _districts.add(district)
        return district


@contextmanager
def timed(histogram: Histogram, **labels: str) -> Iterator[None]:
    """Observe how long the block took, also when it raises."""
    begun = monotonic()
    try:
        yield
    finally:
        histogram.labels(**labels).observe(monotonic() - begun)


def exposition() -> tuple[bytes, str]:
    """The body and content type of `/metrics`."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


def names() -> frozenset[str]:
    """Every series name that a rule or dashboard may use."""
    found: set[str] = set()
    for metric in ALL:
        name = metric._name
        if isinstance(metric, Histogram):
            found |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
        else:
            found.add(f"{name}_total" if isinstance(metric, Counter) else name)
    return frozenset(found)


def page() -> str:
    """A Markdown page of all metrics."""
    rows = [
        f"| `{metric._name}{'_total' if isinstance(metric, Counter) else ''}` | {type(metric).__name__.lower()} "
        f"| {', '.join(metric._labelnames)} | {metric._documentation} |"
        for metric in ALL
    ]
    head = ["# Metrics", "", "Made from `shared/observability/metrics.py`.", "", "| name | kind | labels | meaning |"]
    return "\n".join([*head, "|---|---|---|---|", *rows, ""])
