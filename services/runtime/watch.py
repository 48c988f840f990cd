"""/metrics, /healthz and /readyz of a worker, served from a thread of their own so that a busy loop still answers."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder

from services.runtime.settings import WatchSettings

Readiness = Callable[[], Mapping[str, bool]]
"""Names what the process waits for, and whether it is there: {"surveys": True, "partitions": False}."""


class WatchServer:
    """Healthy means alive; ready means that every part of `readiness` is true (503 until then, naming what is not)."""

    def __init__(self, settings: WatchSettings, readiness: Readiness, registry: CollectorRegistry = REGISTRY) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                match self.path.partition("?")[0]:
                    case "/metrics":
                        encode, kind = choose_encoder(self.headers.get("Accept", ""))
                        self._answer(200, kind, encode(registry))
                    case "/healthz":
                        self._answer(200, "application/json", b'{"healthy": true}')
                    case "/readyz":
                        parts = dict(readiness())
                        status = 200 if all(parts.values()) else 503
                        self._answer(status, "application/json", json.dumps(parts).encode())
                    case _:
                        self._answer(404, "text/plain", b"/metrics, /healthz and /readyz are served here\n")

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Probes come every few seconds; logging them would bury everything else."""

        self._server = ThreadingHTTPServer((settings.host, settings.port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="watch", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
