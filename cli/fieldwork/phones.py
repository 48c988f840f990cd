"""The phones themselves: each works off its queue against a server until everything is acknowledged.

A phone sends one instance at a time, asks HEAD first whenever it comes back on-line, and repeats the same bytes until
it reads 201 or 202. So in the end nothing is in doubt, and the truth is exact.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.fieldwork.connection import READ_TIMEOUT_S, Answer, Connection, Reply
from cli.fieldwork.history import History
from cli.fieldwork.plan import Delivery, Interface, Phone, Plan
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.wire import Request, Target, openrosa_headers, request

BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between tries without an answer; the last one repeats. Short, so that a round of fieldwork ends soon after a
fault does."""

LONGEST_WAIT_S = 30.0
"""A server's Retry-After is honoured up to here."""

HANG_UP_S = 0.02
"""How long a phone whose answer gets lost keeps the line open: about the time of an acknowledgement, so that some of
the lost answers are of written submissions and some are cut off before."""

FIRST_WORD_S = 4.0
"""How long to try a server that was never reached: it is not there, or its address is wrong."""

AWAY_S = 300.0
"""After so much fieldwork without sending, a phone asks HEAD again: Collect does at each run of its auto-send."""


class ServerRefuses(Exception):
    """The server said no in a way that another try would not change. The message is for the person at the keyboard."""


class ServerAway(Exception):
    """Nothing was acknowledged for as long as the caller was willing to wait."""


@dataclass(frozen=True)
class Pace:
    """How fast the fieldwork's clock runs: `in_s` seconds here for the whole of it. 0: as fast as the server takes it.
    `patience_s` is how long to go on while the server acknowledges nothing at all, `first_word_s` while it was never
    reached."""

    in_s: float = 0.0
    patience_s: float = 120.0
    read_timeout_s: float = READ_TIMEOUT_S
    first_word_s: float = FIRST_WORD_S


class Round:
    """One round of fieldwork against a server. `history` can be read at any time, `stop` called from anywhere."""

    def __init__(
        self,
        plan: Plan[Sendable[Answered]],
        target: Target,
        pace: Pace,
        on_acknowledged: Callable[[], None] = lambda: None,
    ) -> None:
        self.plan = plan
        self.history = History.of(plan)
        self._target = target
        self._pace = pace
        self._on_acknowledged = on_acknowledged
        self._stopping = asyncio.Event()
        self._scale = pace.in_s / (plan.scenario.hours * 3600)
        self._begun = 0.0
        self._last_word = 0.0

    def stop(self) -> None:
        """No phone begins another delivery; what is on its way is still seen to its acknowledgement."""
        self._stopping.set()

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()

    async def play(self) -> History:
        """Until every phone is through with its queue, or stopped.

        Raises `ServerRefuses` or `ServerAway`; the history then holds what was acknowledged until then.
        """
        self._begun = self._last_word = time.monotonic()
        async with Connection(self._pace.read_timeout_s) as connection:
            tasks = [asyncio.ensure_future(self._work(phone, connection)) for phone in self.plan.phones]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return self.history

    async def _work(self, phone: Phone[Sendable[Answered]], connection: Connection) -> None:
        url: str | None = None
        asked_s: float | None = None
        for delivery in phone.deliveries:
            await self._until(self._begun + delivery.at_s * self._scale)
            if self._stopping.is_set():
                return
            if phone.interface is Interface.OPENROSA and (asked_s is None or delivery.at_s - asked_s > AWAY_S):
                url = await self._ask(phone, delivery, connection)
                asked_s = delivery.at_s
            self.history.begin(phone.number, delivery)
            await self._deliver(request(self._target, phone, delivery.instance, url), delivery, connection)
            self.history.acknowledge(phone.number)
            self._last_word = time.monotonic()
            self._on_acknowledged()

    async def _ask(
        self, phone: Phone[Sendable[Answered]], delivery: Delivery[Sendable[Answered]], connection: Connection
    ) -> str:
        """HEAD: where to post. An answer that Collect would show to its user ends the round."""
        url = self._target.submission_url
        question = Request(url, openrosa_headers(delivery.instance.respondent.when_s), b"")
        reply = await connection.head(question)
        if reply.status in (401, 403, 404) or (200 <= reply.status < 300 and reply.status != 204):
            raise ServerRefuses(_sentence(reply))
        self._be_patient(connection)
        # Anything else Collect ignores and posts anyway.
        if reply.answer is not Answer.SAVED or reply.location is None:
            return url
        if urlsplit(reply.location).hostname != urlsplit(url).hostname:
            raise ServerRefuses("The server's Location header names another host; Collect does not follow it there.")
        return reply.location

    async def _deliver(self, post: Request, delivery: Delivery[Sendable[Answered]], connection: Connection) -> None:
        for _ in range(delivery.lost_answers):
            self.history.attempts += 1
            self.history.unanswered += 1
            await connection.hang_up(post, HANG_UP_S)
        for tries in range(1_000_000):
            self.history.attempts += 1
            reply = await connection.post(post)
            if reply.answer is Answer.SAVED:
                return
            if reply.answer is Answer.REFUSED:
                raise ServerRefuses(_sentence(reply))
            # Also a 503: a server may say it when its log did not confirm in time, and the record be there after all.
            self.history.unanswered += 1
            if reply.answer is Answer.LATER:
                self.history.turned_away += 1
            self._be_patient(connection)
            await asyncio.sleep(_wait_s(reply, tries) if connection.reached else BACKOFF_S[0])

    def _be_patient(self, connection: Connection) -> None:
        """Raises ServerAway once it is in vain."""
        waited_s, patience_s = time.monotonic() - self._last_word, self._pace.patience_s
        if not connection.reached and waited_s > min(patience_s, self._pace.first_word_s):
            place = urlsplit(self._target.url).netloc
            raise ServerAway(f"Nothing was acknowledged: no server answers at {place}. Is it up, and the URL right?")
        if waited_s > patience_s:
            raise ServerAway(f"Nothing was acknowledged for {patience_s:.0f} s. Is the server up?")

    async def _until(self, moment: float) -> None:
        """Waits for a moment of the monotonic clock, or for `stop`."""
        try:
            await asyncio.wait_for(self._stopping.wait(), timeout=max(0.0, moment - time.monotonic()))
        except TimeoutError:
            # A phone that waited for its time, not for the server, has no reason for impatience.
            self._last_word = max(self._last_word, time.monotonic())


def _wait_s(reply: Reply, tries: int) -> float:
    if reply.retry_after_s is not None:
        return min(reply.retry_after_s, LONGEST_WAIT_S)
    return BACKOFF_S[min(tries, len(BACKOFF_S) - 1)]


def _sentence(reply: Reply) -> str:
    hints = {
        401: "The token is not known there: is it whole, and not revoked?",
        403: "The token is not known there, or may not submit to this survey: see `rihla collector list`.",
        404: "There is no such survey or submission route: publish the survey, and check the URL.",
    }
    said = re.search(r"<message[^>]*>([^<]*)</message>", reply.message)
    return f"The server answered {reply.status}. " + (hints.get(reply.status) or (said.group(1) if said else ""))
