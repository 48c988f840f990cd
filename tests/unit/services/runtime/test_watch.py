import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from services.runtime import metrics
from services.runtime.settings import WatchSettings
from services.runtime.watch import WatchServer

parts = {"surveys": False}


@pytest.fixture
def server() -> Iterator[WatchServer]:
    registry = CollectorRegistry()
    metrics.counter("test", "records", "Records seen.", "None needed.", registry=registry).inc(3)
    server = WatchServer(WatchSettings(port=0), lambda: parts, registry)
    server.start()
    yield server
    server.stop()


def get(server: WatchServer, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_ready_names_what_is_missing(server: WatchServer) -> None:
    parts["surveys"] = False
    status, body = get(server, "/readyz")
    assert (status, json.loads(body)) == (503, {"surveys": False})
    parts["surveys"] = True
    assert get(server, "/readyz")[0] == 200


def test_metrics_carry_help_and_remedy(server: WatchServer) -> None:
    status, body = get(server, "/metrics")
    assert status == 200
    assert b"rihla_test_records_total 3.0" in body
    assert b"Records seen. Remedy: None needed." in body


def test_health_and_other_paths(server: WatchServer) -> None:
    assert get(server, "/healthz")[0] == 200
    assert get(server, "/other")[0] == 404
