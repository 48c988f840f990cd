"""Phones that never stop: wave after wave of them, on a loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from cli.fieldwork import plan as planning
from cli.fieldwork.phones import Pace, Round
from cli.fieldwork.plan import Scenario
from cli.fieldwork.submission import Instance
from cli.fieldwork.wire import Target
from tests.chaos.history import Expected, Played, Recent, Recorder, withdrawable

LANES = 6
"""Waves at a time, so that one that is nearly over leaves no lull."""
PHONES, SUBMISSIONS = 8, 160
"""Of a wave."""
READ_TIMEOUT_S = 25.0
"""A little longer than ingest takes to say that it does not know."""
PATIENCE_S = 1800.0
WITHDRAWN = 0.01


@dataclass(frozen=True)
class Wave:
    """`number` counts from 0. The same for the same seed."""

    seed: int
    number: int

    @property
    def scenario(self) -> Scenario:
        return Scenario(
            seed=self.seed * 1_000_003 + self.number,
            phones=PHONES,
            submissions=SUBMISSIONS,
            duplicates=0.1,
            invalid=0.05,
            edits=0.06,
        )


class Load:
    """`rate`: submissions a second that phones have to send; 0: as many as are taken. Use as a context manager."""

    def __init__(
        self,
        seed: int,
        target: Target,
        rate: float,
        hash_of: Callable[[str], str],
        withdraw: Callable[[list[Instance]], None],
    ) -> None:
        self.recent = Recent()
        self.expected = Expected()
        self._seed = seed
        self._target = target
        self._rate = rate
        self._hash_of = hash_of
        self._withdraw = withdraw
        self._numbers = iter(range(1_000_000_000))
        self._histories: dict[int, Recorder] = {}
        self._folded = 0
        self._folding = asyncio.Lock()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._fault: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="phones", daemon=True)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._loop is not None and self._task is not None and not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._ended.wait(10.0)

    @property
    def acknowledged(self) -> int:
        return self._folded + sum(history.acknowledged for history in list(self._histories.values()))

    @property
    def unanswered(self) -> int:
        return self.expected.unanswered + sum(history.unanswered for history in list(self._histories.values()))

    def hurry(self) -> None:
        """From the next wave on as fast as they are taken: there is nothing more to wait for."""
        self._rate = 0.0

    def finish(self) -> None:
        """No wave begins any more."""
        self._stopping.set()

    def over(self, timeout_s: float) -> bool:
        """Whether all waves have ended. Raises what made the phones give up."""
        ended = self._ended.wait(timeout_s)
        self.check()
        return ended

    def check(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            asyncio.run(self._play())
        except asyncio.CancelledError:
            pass
        except BaseException as fault:
            self._fault = fault
        finally:
            self._ended.set()

    async def _play(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        async with asyncio.TaskGroup() as lanes:
            for lane in range(LANES):
                lanes.create_task(self._lane(lane))

    async def _lane(self, lane: int) -> None:
        while not self._stopping.is_set():
            wave = Wave(self._seed, next(self._numbers))
            plan = await asyncio.to_thread(planning.make, wave.scenario)
            in_s = plan.deliveries * LANES / self._rate if self._rate else 0.0
            # The first waves are of different lengths, so that later they do not all end at the same time.
            in_s *= (lane + 1) / LANES if wave.number < LANES else 1.0
            pace = Pace(in_s, PATIENCE_S, READ_TIMEOUT_S, PATIENCE_S)
            round_ = Round(plan, self._target, pace)
            history = Recorder.watching(plan, self.recent.add)
            round_.history = history
            self._histories[wave.number] = history
            await round_.play()
            chosen = withdrawable(history, Random(f"{wave.seed}/{wave.number}/withdrawn"), WITHDRAWN)
            played = Played(history, frozenset(each.id for each in chosen))
            async with self._folding:
                await asyncio.to_thread(self.expected.add, played, self._hash_of)
            self._folded += history.acknowledged
            del self._histories[wave.number]
            self._withdraw(chosen)
