"""Who is asking: from a request to the collector that its token belongs to."""

from collections.abc import Callable

from schemas.events import Collector
from services.ingest import problems
from services.ingest.exchange import Exchange
from services.ingest.problems import Problem
from services.ingest.tokens import token_of
from services.runtime.collectors import CollectorRegistry

Ready = Callable[[], bool]


class Access:
    """Until everything that ingest follows has been read, nobody is refused: a phone would ask for a password."""

    def __init__(self, collectors: CollectorRegistry, ready: Ready) -> None:
        self._collectors = collectors
        self._ready = ready

    def check(self, exchange: Exchange) -> Collector | Problem:
        if not self._ready():
            return problems.STARTING.of()
        key = exchange.scope["path_params"].get("token")
        token = key or token_of(exchange.headers.get(b"authorization"), exchange.query)
        if not token:
            return problems.NO_TOKEN.of()
        collector = self._collectors.find(token)
        if collector is None:
            return problems.BROKEN_KEY.of() if key else problems.BAD_TOKEN.of()
        return collector
