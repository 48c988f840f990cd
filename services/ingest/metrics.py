"""Every metric of ingest. Labels are bounded: routes as templates, HTTP status, names of the problem catalogue, and
surveys that are published (never a name from a stranger's request)."""

from prometheus_client import Counter

from services.runtime.metrics import counter, gauge, histogram

SERVICE = "ingest"

REQUESTS = counter(
    SERVICE, "requests", "HTTP requests by route and status.",
    "5xx: see submissions_total by outcome. 401/403: a collector was revoked or mistyped.", ("route", "status"),
)  # fmt: skip
REQUEST_SECONDS = histogram(
    SERVICE, "request_seconds", "From the first byte of the body to the answer, for requests that brought submissions.",
    "Compare with ack_seconds: if that is high too, look at the broker; if not, start another ingest.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30), ("route",),
)  # fmt: skip
SUBMISSIONS = counter(
    SERVICE, "submissions",
    "Submissions by survey and outcome: accepted (acknowledged by all in-sync replicas), or the name of a problem.",
    "not_acknowledged, log_unavailable: the broker is away. busy: start another ingest or raise max_in_flight. "
    "unknown_version: publish that version. malformed_xml and the like: look at the client's version.",
    ("survey", "outcome"),
)  # fmt: skip
SUBMISSION_BYTES = counter(
    SERVICE, "submission_bytes", "Bytes of XML and JSON of accepted submissions.", "None; for planning disk space.",
)  # fmt: skip
ATTACHMENTS = counter(
    SERVICE, "attachments", "Attachments that were received and dropped.", "None; they are not kept.",
)  # fmt: skip
MISSING_FILES = counter(
    SERVICE, "missing_files", "Attachments that an accepted XML names and its request did not hold.",
    "Normal where clients split submissions into several requests; otherwise ask the field team to send again.",
)  # fmt: skip
PARTS_WITHOUT_ANSWERS = counter(
    SERVICE, "parts_without_answers",
    "Requests of split encrypted submissions that held the manifest and no answers: acknowledged, nothing to keep.",
    "Normal where phones send large media; if accepted stands still meanwhile, look at the phones' app.", ("survey",),
)  # fmt: skip
ACK_SECONDS = histogram(
    SERVICE, "ack_seconds", "From sending a batch to its acknowledgement by all in-sync replicas.",
    "Above 0.5 s: look at the broker's disk, network and under-replicated partitions.",
    (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
BATCH_RECORDS = histogram(
    SERVICE, "batch_records", "Submissions in a batch.", "None; small batches mean little load.",
    (1, 2, 5, 10, 20, 50, 100),
)  # fmt: skip
IN_FLIGHT = gauge(
    SERVICE, "in_flight_records", "Submissions in memory, not acknowledged yet.",
    "Near max_in_flight: the broker is slow or away, senders get 503 and keep what they have.",
)  # fmt: skip
IN_FLIGHT_BYTES = gauge(
    SERVICE, "in_flight_bytes", "Bytes of XML and JSON in memory, not acknowledged yet (memory needed: about 4 times).",
    "As for in_flight_records.",
)  # fmt: skip

_accepted: dict[str, Counter] = {}


def accepted(survey: str) -> None:
    """Counts an accepted submission of a published survey. Kept by survey: `labels` costs more than the counting."""
    child = _accepted.get(survey)
    if child is None:
        child = _accepted[survey] = SUBMISSIONS.labels(survey, "accepted")
    child.inc()
