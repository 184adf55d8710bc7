"""What Prometheus reads. Time in the queue and time at work are apart, and failures are counted by their reason."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CHANGES = (0, 1, 10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one process."""

    registry: CollectorRegistry
    requests: Counter
    request_s: Histogram
    queue_s: Histogram
    work_s: Histogram
    failures: Counter
    waiting: Gauge
    workers: Gauge
    pushed: Counter
    pulls: Counter
    behind: Histogram
    streams: Gauge

    @staticmethod
    def new() -> "Metrics":
        """All at zero."""
        registry = CollectorRegistry()
        return Metrics(
            registry,
            Counter("central_requests", "Requests answered.", ("method", "route", "status"), registry=registry),
            Histogram("central_request_seconds", "From a request to its answer.", buckets=SECONDS, registry=registry),
            Histogram("central_queue_seconds", "Photographs waiting for a worker.", buckets=SECONDS, registry=registry),
            Histogram("central_work_seconds", "A worker's time for one task.", buckets=SECONDS, registry=registry),
            Counter("central_failures", "What could not be done, by reason.", ("reason",), registry=registry),
            Gauge("central_waiting", "Tasks waiting for a worker now.", registry=registry),
            Gauge("central_workers", "Workers that are alive.", registry=registry),
            Counter("central_pushed_items", "What kiosks told, by the answer.", ("answer",), registry=registry),
            Counter("central_pulled_pages", "Pages for kiosks, by why from the start.", ("reset",), registry=registry),
            Histogram("central_feed_lag", "Changes a kiosk was behind at a pull.", buckets=CHANGES, registry=registry),
            Gauge("central_streams", "Kiosks that listen to this process now.", registry=registry),
        )

    def text(self) -> bytes:
        """All figures, in the text format of Prometheus."""
        return generate_latest(self.registry)
