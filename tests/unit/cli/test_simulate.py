"""`rihla simulate`: the truth in a file, the same for the same seed, and a clean end on Ctrl-C."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from cli.simulate import simulate


class Server(ThreadingHTTPServer):
    """Acknowledges everything; sends this process a SIGINT at the post of that number."""

    daemon_threads = True
    request_queue_size = 128
    interrupt_at = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A phone that hangs up is no error here."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(204)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.posts += 1
            interrupt = self.server.posts == self.server.interrupt_at
        self._answer(201)
        if interrupt:
            os.kill(os.getpid(), signal.SIGINT)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _simulate(server: Server, truth: Path, *more: str) -> tuple[str, Any]:
    app = Typer()
    app.command()(simulate)
    options = ["--url", server.url, "--token", "t", "--phones", "4", "--timeouts", "0", "--truth", str(truth)]
    result = CliRunner().invoke(app, [*options, *more], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output, json.loads(truth.read_text())


def test_the_same_seed_writes_the_same_truth(server: Server, tmp_path: Path) -> None:
    output, first = _simulate(server, tmp_path / "1.json", "--submissions", "60", "--seed", "9")
    _, second = _simulate(server, tmp_path / "2.json", "--submissions", "60", "--seed", "9")
    assert first == second
    assert first["complete"]
    assert f"{first['acknowledged']} acknowledged in" in output
    assert first["figures"][""]["response"]["n"] == first["counted"] > 40


def test_ctrl_c_ends_with_the_truth_of_what_was_sent(server: Server, tmp_path: Path) -> None:
    server.interrupt_at = 20
    _, found = _simulate(server, tmp_path / "truth.json", "--submissions", "4000", "--rate", "200")
    assert found["complete"]
    assert 20 <= found["acknowledged"] == server.posts < 400
    assert found["figures"][""]["response"]["n"] == found["counted"]
