"""Settings of ingest: section RIHLA_INGEST__*, beside those that all services share."""

from typing import Annotated

from pydantic import Field

from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime.settings import Port, Section, ServiceSettings

KIB = 1024
MIB = 1024 * KIB


class IngestSettings(Section):
    """Where ingest listens, and its bounds. Sizes in bytes, times in seconds unless the name says otherwise."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    """Address as phones see it, without a slash at the end; empty: as the request came (X-Forwarded-* honoured)."""

    max_submission_bytes: Annotated[int, Field(ge=KIB, le=MAX_MESSAGE_BYTES // 2)] = 3 * MIB
    """Largest XML or JSON of one submission. Escaped as JSON it can double, and must then fit into a record."""
    max_request_bytes: Annotated[int, Field(ge=KIB)] = 512 * MIB
    """Largest request with its attachments. They are counted and dropped as they arrive, so this costs no memory."""
    advertised_bytes: Annotated[int, Field(ge=KIB)] = 100_000_000
    """X-OpenRosa-Accept-Content-Length. Clients split at it; each part repeats the XML, so few and large is better.
    One file alone may exceed it: it is advice to them and no limit here."""
    max_attachments: Annotated[int, Field(ge=1)] = 1000
    max_batch_lines: Annotated[int, Field(ge=1)] = 10_000
    batch_window: Annotated[int, Field(ge=1)] = 200
    """Lines of one NDJSON request that are on their way to Kafka at the same time."""

    max_in_flight: Annotated[int, Field(ge=1)] = 4000
    max_in_flight_bytes: Annotated[int, Field(ge=MIB)] = 128 * MIB
    """Submissions in memory, from the first byte to the acknowledgement. Above: 503 and Retry-After."""
    ack_timeout_s: Annotated[float, Field(gt=0)] = 20.0
    """Collect gives up reading after 60 s and sends again, so the answer has to be sooner than that."""
    idle_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """A body of which nothing arrived for so long is given up. A slow phone that keeps sending is not."""
    linger_ms: Annotated[int, Field(ge=0, le=1000)] = 10
    """How long a record waits for others, to be written with them."""
    shutdown_s: Annotated[int, Field(ge=1)] = 8
    """After SIGTERM: how long the requests that are in may take to finish."""
    noop_route: bool = False
    """Mounts POST /noop, which reads the body and answers 201: the yardstick of bench/ingest."""


class Settings(ServiceSettings):
    ingest: IngestSettings = IngestSettings()
