"""The HTTP server: uvicorn on uvloop and httptools, with signals in our hands so that SIGTERM ends in exit code 0."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from services.ingest.settings import IngestSettings
from services.runtime.faults import Fatal

KEEP_ALIVE_S = 75
"""Longer than the minute that load balancers keep an idle connection: the side that reuses it must close it first."""


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal again at the end, and the process would seem to have been killed."""
        yield


def server(app: ASGIApp, settings: IngestSettings) -> Server:
    return Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=settings.shutdown_s,
        )
    )


def listen(settings: IngestSettings) -> socket.socket:
    """Raises `Fatal` if the address is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise Fatal(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). Set RIHLA_INGEST__PORT."
        ) from None
    return listener
