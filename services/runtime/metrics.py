"""How metrics are declared: each service lists its own in its metrics.py through these, with help, unit and remedy.

The remedy is what an operator does when the figure is bad; it is part of the help text that Prometheus shows.
Label values are bounded: routes, codes, classes, partitions. Never an id of a person, a token or a file.
"""

from collections.abc import Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

PREFIX = "rihla"


def counter(
    service: str, name: str, help_: str, remedy: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY
) -> Counter:
    """Named rihla_<service>_<name>_total."""
    return Counter(f"{PREFIX}_{service}_{name}", f"{help_} Remedy: {remedy}", labels, registry=registry)


def gauge(
    service: str, name: str, help_: str, remedy: str, labels: Sequence[str] = (), registry: CollectorRegistry = REGISTRY
) -> Gauge:
    """Named rihla_<service>_<name>; the name ends in its unit."""
    return Gauge(f"{PREFIX}_{service}_{name}", f"{help_} Remedy: {remedy}", labels, registry=registry)


def histogram(
    service: str,
    name: str,
    help_: str,
    remedy: str,
    buckets: Sequence[float],
    labels: Sequence[str] = (),
    registry: CollectorRegistry = REGISTRY,
) -> Histogram:
    """Named rihla_<service>_<name>; the name ends in its unit (seconds, bytes)."""
    return Histogram(
        f"{PREFIX}_{service}_{name}", f"{help_} Remedy: {remedy}", labels, buckets=tuple(buckets), registry=registry
    )
