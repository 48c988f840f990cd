"""Starts ingest: `python -m services.ingest.app`. Wiring and the order of start and end, nothing else."""

import asyncio
import resource
import signal
import sys

import uvloop

from services.ingest import metrics
from services.ingest.access import Access
from services.ingest.gate import Gate
from services.ingest.intake import Intake
from services.ingest.json_api import JsonApi
from services.ingest.media_api import MediaApi
from services.ingest.newest_key import NewestKey
from services.ingest.openrosa_api import OpenRosaApi
from services.ingest.patience import Patience
from services.ingest.record import Envelopes
from services.ingest.routes import FrontDoor
from services.ingest.server import Server, listen, server
from services.ingest.settings import Settings
from services.ingest.submission_log import SubmissionLog
from services.ingest.survey_finder import SurveyFinder
from services.ingest.watch_api import WatchApi
from services.runtime import exit_codes, garbage, keys, logs
from services.runtime.collectors import CollectorRegistry
from services.runtime.faults import Fatal
from services.runtime.sealing import Sealer
from services.runtime.surveys import SurveyCatalogue


class Ingest:
    """One process. `run` returns the exit code."""

    def __init__(self, settings: Settings) -> None:
        public = keys.load_public(settings.keys.folder)
        self._settings = settings.ingest
        self._gate = Gate(settings.ingest.max_in_flight, settings.ingest.max_in_flight_bytes)
        envelopes = Envelopes(Sealer(public.sealing_id, public.sealing), public.instance_hash)
        self._newest_key = NewestKey(settings.keys.folder, public.sealing_id, envelopes.seal_with)
        self._log = SubmissionLog(settings.kafka, settings.ingest, envelopes, self._gate, self._fatal)
        self._surveys = SurveyCatalogue(settings.kafka)
        self._collectors = CollectorRegistry(settings.kafka)
        self._patience = Patience(settings.ingest.max_request_bytes, settings.ingest.idle_timeout_s)
        self._stopping = False
        self._exit_code = exit_codes.OK
        self._server = self._make_server()

    async def run(self) -> int:
        listener = listen(self._settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        self._surveys.start()
        self._collectors.start()
        self._log.start()
        impatience = asyncio.create_task(self._patience.run())
        following = asyncio.create_task(self._newest_key.run())
        garbage.settle()
        host, port = listener.getsockname()[:2]
        logs.logger().info("listening", host=host, port=port)
        try:
            await self._server.serve(sockets=[listener])
        finally:
            listener.close()
            impatience.cancel()
            following.cancel()
            await self._log.close()
            await asyncio.to_thread(self._surveys.stop)
            await asyncio.to_thread(self._collectors.stop)
        logs.logger().info("stopped", exit_code=self._exit_code)
        return self._exit_code

    def _make_server(self) -> Server:
        ingest = self._settings
        metrics.IN_FLIGHT.set_function(lambda: self._gate.count)
        metrics.IN_FLIGHT_BYTES.set_function(lambda: self._gate.bytes)
        access = Access(self._collectors, lambda: self._surveys.ready and self._collectors.ready)
        intake = Intake(self._gate, SurveyFinder(self._surveys), self._log)
        openrosa = OpenRosaApi(ingest, access, intake, self._patience, self._surveys)
        json = JsonApi(ingest, access, intake, self._patience)
        media = MediaApi(openrosa, self._surveys)
        return server(FrontDoor(openrosa, media, json, WatchApi(self._readiness), ingest.noop_route), ingest)

    def _readiness(self) -> dict[str, bool]:
        return {
            "surveys": self._surveys.ready,
            "collectors": self._collectors.ready,
            "kafka": self._log.ready,
            "accepting": not self._stopping,
        }

    def _stop(self) -> None:
        """No new connections; what is in may finish, and is answered before the server gives up on it."""
        self._stopping = True
        self._server.should_exit = True
        asyncio.get_running_loop().call_later(max(0, self._settings.shutdown_s - 1), self._log.give_up)

    def _fatal(self, error: str) -> None:
        logs.logger().error("submission_log_failed", error=error)
        self._exit_code = exit_codes.FATAL
        self._stop()


def main() -> int:
    settings = Settings()
    logs.configure(settings.log, "ingest")
    # A core dump would hold submissions that are not sealed yet.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(Ingest(settings).run())
    except Fatal as fault:
        logs.logger().error("cannot_start", reason=str(fault))
        return fault.exit_code


if __name__ == "__main__":
    sys.exit(main())
