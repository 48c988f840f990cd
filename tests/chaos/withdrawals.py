"""Respondents who take their interview back, while everything around is failing; and phones that send it once more."""

import http.client
import queue
import threading
import time
import urllib.request
from collections.abc import Iterable

from cli.control_record import send
from cli.fieldwork.submission import Instance
from cli.fieldwork.wire import Target, openrosa_post
from deploy.local.failure import Failure
from schemas.events import Withdrawal
from services.runtime.settings import ServiceSettings

PAUSE_S = 0.5
POST_S = 25.0


class Withdrawals:
    """A thread that works off what it is given. `asked` and `resent` are acknowledged; `unanswered` tries may have been
    written too. Use as a context manager."""

    def __init__(self, settings: ServiceSettings, target: Target) -> None:
        self._settings = settings
        self._target = target
        self._waiting: queue.SimpleQueue[Instance] = queue.SimpleQueue()
        self._given = 0
        self._done = 0
        self.asked = self.resent = self.unanswered = 0
        self._stopping = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="withdrawals", daemon=True)

    def __enter__(self) -> "Withdrawals":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()

    def __call__(self, instances: Iterable[Instance]) -> None:
        for each in instances:
            self._given += 1
            self._waiting.put(each)

    @property
    def open(self) -> int:
        """Not yet acknowledged. Raises what ended the thread."""
        if self._fault is not None:
            raise self._fault
        return self._given - self._done

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    instance = self._waiting.get(timeout=0.5)
                except queue.Empty:
                    continue
                self._withdraw(instance)
                # A late retry of a phone that never heard: the marker must keep it out.
                if self.asked % 2:
                    self._send_again(instance)
                self._done += 1
        except BaseException as fault:
            self._fault = fault

    def _withdraw(self, instance: Instance) -> None:
        message = Withdrawal(kind="withdrawal", survey=self._target.survey, instance=instance.id)
        while not self._stopping.is_set():
            try:
                send(self._settings, message)
            except Failure:
                self.unanswered += 1
                time.sleep(PAUSE_S)
                continue
            self.asked += 1
            return

    def _send_again(self, instance: Instance) -> None:
        post = openrosa_post(self._target.submission_url, "collect:late", instance.as_xml(), instance.respondent.when_s)
        while not self._stopping.is_set():
            asked = urllib.request.Request(post.url, data=post.body, headers=dict(post.headers))
            try:
                with urllib.request.urlopen(asked, timeout=POST_S) as answer:
                    if answer.status in (201, 202):
                        self.resent += 1
                        return
            except (OSError, http.client.HTTPException):  # urllib's own errors are OSErrors
                pass
            self.unanswered += 1
            time.sleep(PAUSE_S)
