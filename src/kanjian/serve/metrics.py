"""What the server counts, in the form Prometheus reads."""

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """All counters of one server; two servers in a process do not share them.

    Args:
        answering: Tells how many requests are being answered right now.

    Example:
        >>> metrics = Metrics(lambda: 0)
        >>> metrics.request("/predict", 200, 0.004)
        >>> line = 'kanjian_requests_total{route="/predict",status="200"} 1.0'
        >>> line in metrics.page().decode()
        True
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, answering: Callable[[], int]) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # memory and processor time, on Linux
        self._requests = Counter(
            "kanjian_requests", "Requests by route and status.", ["route", "status"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "kanjian_request_seconds", "From the first byte of a request to the last of its reply.",
            ["route"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._pictures = Counter(
            "kanjian_pictures", "Pictures asked about: known, unknown or unreadable.",
            ["recognizer", "outcome"], registry=registry,
        )  # fmt: skip
        self._batches = Histogram(
            "kanjian_batch_pictures", "Pictures the network was asked about at once.",
            ["recognizer"], buckets=_SIZES, registry=registry,
        )  # fmt: skip
        self._reloads = Counter(
            "kanjian_reloads", "Exchanges of a recognizer whose folder changed.",
            ["recognizer", "outcome"], registry=registry,
        )  # fmt: skip
        now = Gauge("kanjian_answering", "Requests being answered now.", registry=registry)
        now.set_function(answering)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered or refused."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def pictures(self, recognizer: str, outcome: str, count: int = 1) -> None:
        """Count pictures that were asked about."""
        self._pictures.labels(recognizer, outcome).inc(count)

    def batch(self, recognizer: str, size: int) -> None:
        """Count what the network was asked at once."""
        self._batches.labels(recognizer).observe(size)

    def reload(self, recognizer: str, outcome: str) -> None:
        """Count an exchange, done or failed."""
        self._reloads.labels(recognizer, outcome).inc()

    def page(self) -> bytes:
        """Everything counted so far, as text."""
        return generate_latest(self._registry)
