"""How ingest ends, and what it outlives, as a process on a real broker.

IN10 SIGTERM. IN11 a broker that goes away and comes back. IN12 a broken producer ends the process with 70.
"""

import contextlib
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.local.stack import Stack
from schemas.topics import SUBMISSIONS
from services.runtime import exit_codes
from tests.integration.ingest_process import (
    IngestBench,
    IngestProcess,
    bench,
    form,
    wait_until,
    xml,
)

__all__ = ["bench"]  # fixture


def test_sigterm_lets_what_is_in_finish(bench: IngestBench) -> None:
    """IN10"""
    body = form(xml("uuid:last"))
    with bench.ingest() as ending, contextlib.closing(ending.begin(body)) as phone:
        wait_until(lambda: b"rihla_ingest_in_flight_records 1.0" in ending.get("/metrics").body)
        ending.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(ending))
        before = bench.written()
        phone.sendall(body[len(body) // 2 :])
        assert phone.recv(100).startswith(b"HTTP/1.1 201")
        assert bench.written() == before + 1
        assert ending.process.wait(15) == exit_codes.OK


def is_listening(process: IngestProcess) -> bool:
    try:
        process.get("/healthz")
    except OSError:
        return False
    return True


def test_a_broken_producer_ends_the_process(bench: IngestBench) -> None:
    """IN12: a batch that the broker refuses for good has broken the sequence of the idempotent producer."""
    topic = bench.settings.kafka.topic(SUBMISSIONS)
    admin = KafkaAdminClient(bootstrap_servers=bench.settings.kafka.bootstrap_servers)
    largest = ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": "2000"})
    with bench.ingest() as doomed:
        admin.alter_configs([largest])
        try:
            reply = doomed.post(form(xml("uuid:refused", answer="x" * 10_000)))
            assert (reply.status, reply.code) == (503, "ING-042")
            assert doomed.process.wait(15) == exit_codes.FATAL
        finally:
            largest.configs["max.message.bytes"] = "8388608"
            admin.alter_configs([largest])
            admin.close()


def test_a_broker_that_goes_away_and_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    """IN11, on a broker of its own."""
    with Stack(tmp_path_factory.mktemp("outage"), services=(), prepare=None) as stack:
        bench = IngestBench(stack.kafka, tmp_path_factory.mktemp("ingest-outage"))
        with bench.ingest(RIHLA_INGEST__ACK_TIMEOUT_S="1", RIHLA_INGEST__MAX_IN_FLIGHT="20") as ingest:
            assert ingest.post(form(xml("uuid:before"))).status == 201
            stack.kill("kafka", hold=True)
            with ThreadPoolExecutor(30) as phones:
                replies = list(phones.map(lambda number: ingest.post(form(xml(f"uuid:{number}"))), range(30)))
            assert {(reply.status, reply.code) for reply in replies} == {(504, "ING-041"), (503, "ING-040")}
            assert ingest.get("/healthz").status == 200
            stack.release("kafka")
            stack.wait_ready("kafka", 60)
            again = wait_until(lambda: ingest.post(form(xml("uuid:after"))).status == 201)
            assert again
            stored = [bench.open(record).instance for record in bench.records()]
            assert {"uuid:before", "uuid:after"} <= set(stored)
            # What was not confirmed may have been written, once.
            assert len([name for name in stored if name not in ("uuid:before", "uuid:after")]) <= 20
            assert ingest.process.poll() is None
