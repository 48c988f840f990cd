"""Entry point of release: `python -m services.release.app`."""

import resource
import signal
import sys
import threading
from collections.abc import Mapping

from services.release import metrics
from services.release.maker import Maker
from services.release.mongo_store import MongoStore
from services.release.rounds import Rounds
from services.release.settings import Settings
from services.release.surroundings import surroundings
from services.runtime import logs
from services.runtime.exit_codes import FATAL
from services.runtime.faults import Fatal
from services.runtime.logs import logger, places
from services.runtime.surveys import SurveyCatalogue
from services.runtime.watch import WatchServer

CAUGHT_UP_S = 0.2
"""How often it is asked whether the surveys have been read."""


def main() -> None:
    settings = Settings()
    logs.configure(settings.log, metrics.SERVICE)
    # A core dump would hold exact cells and the release keys.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        Start(settings)()
    except Fatal as fault:
        logger().critical("stopped", fault=type(fault).__name__, reason=str(fault), exit_code=fault.exit_code)
        sys.exit(fault.exit_code)
    except Exception as fault:
        # Its text may quote a cell.
        logger().critical("stopped", fault=type(fault).__name__, at=places(fault), exit_code=FATAL)
        sys.exit(FATAL)


class Start:
    """Wires the parts, and goes its rounds until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        mine = settings.release
        self._every_s = mine.every_s
        self._catalogue = SurveyCatalogue(settings.kafka)
        self._store = MongoStore(settings.mongodb)
        maker = Maker(
            self._store,
            surroundings(settings, self._catalogue),
            mine.policy(),
            round(mine.closing_after_s * 1000),
        )
        self._rounds = Rounds(maker, self._catalogue.all_latest)
        self._watch = WatchServer(settings.watch, self._readiness)
        self._stopping = threading.Event()

    def __call__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._watch.start()
        self._catalogue.start()
        try:
            while not self._catalogue.ready and not self._stopping.wait(CAUGHT_UP_S):
                pass
            while not self._stopping.is_set():
                self._rounds()
                self._stopping.wait(self._every_s)
        finally:
            self._catalogue.stop()
            self._watch.stop()
            self._store.close()
        logger().info("stopped")

    def _readiness(self) -> Mapping[str, bool]:
        return {"surveys": self._catalogue.ready, "database": self._rounds.answered}


if __name__ == "__main__":
    main()
