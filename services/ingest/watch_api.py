"""/metrics, /healthz and /readyz, on the same port as everything else: a probe then sees what a phone sees."""

from collections.abc import Callable, Mapping

import orjson
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from services.ingest.exchange import Answer, Exchange, answer

JSON = b"application/json"
Readiness = Callable[[], Mapping[str, bool]]


class WatchApi:
    """Healthy means alive; ready means that every part of `readiness` is there (503 until then, naming each)."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def metrics(self, exchange: Exchange) -> Answer:
        encode, kind = choose_encoder(exchange.headers.get(b"accept", b"").decode("latin1"))
        return answer(200, kind.encode(), encode(REGISTRY), [])

    async def healthy(self, exchange: Exchange) -> Answer:
        return answer(200, JSON, b'{"healthy": true}', [])

    async def ready(self, exchange: Exchange) -> Answer:
        parts = dict(self._readiness())
        return answer(200 if all(parts.values()) else 503, JSON, orjson.dumps(parts), [])
