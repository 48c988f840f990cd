"""What phones were told is safe, from their side alone, and what must follow from it.

A run is played in waves of phones that share no instance, so what must be true of the whole is the sum over the waves:
memory holds one hash for each counted submission and the cells, however long the run.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from cli.fieldwork.history import Figures, History
from cli.fieldwork.outcomes import outcomes
from cli.fieldwork.plan import Delivery, Plan
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.submission import Instance
from cli.fieldwork.truth import cells


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A first submission of a sound interview. Monotonic seconds: when the phone first sent it, when it was told."""

    instance: str
    begun_s: float
    at_s: float


@dataclass
class Recorder(History):
    """The history of a wave, which tells of each sound interview as it is acknowledged."""

    tell: Callable[[Acknowledged], None] = lambda _: None
    begun_s: dict[int, float] = field(default_factory=dict)

    @classmethod
    def watching(cls, plan: Plan, tell: Callable[[Acknowledged], None]) -> "Recorder":
        return cls(phones=History.of(plan).phones, tell=tell)

    def begin(self, number: int, delivery: Delivery[Sendable[Answered]]) -> None:
        self.begun_s[number] = time.monotonic()
        super().begin(number, delivery)

    def acknowledge(self, number: int) -> None:
        phone = self.phones[number]
        sent = phone.open
        known = {each.id for each in phone.acknowledged}
        super().acknowledge(number)
        if sent is not None and sent.fault is None and sent.replaces is None and sent.id not in known:
            self.tell(Acknowledged(sent.id, self.begun_s[number], time.monotonic()))


class Recent:
    """The sound interviews acknowledged last. Callable from several threads."""

    def __init__(self, keep: int = 20_000) -> None:
        self._found: deque[Acknowledged] = deque(maxlen=keep)
        self._lock = threading.Lock()

    def add(self, one: Acknowledged) -> None:
        with self._lock:
            self._found.append(one)

    def where(self, wanted: Callable[[Acknowledged], bool]) -> list[Acknowledged]:
        with self._lock:
            return [one for one in self._found if wanted(one)]


@dataclass(frozen=True)
class Played:
    """A wave that is over. `withdrawn` are the interviews that are taken out of the statistics again."""

    history: History
    withdrawn: frozenset[str] = frozenset()

    @property
    def queues(self) -> list[list[Instance]]:
        return [
            [each for each in phone.acknowledged if isinstance(each, Instance)]
            for phone in self.history.phones.values()
        ]


def withdrawable(history: History, random: Random, share: float) -> list[Instance]:
    """Some interviews whose end is certain: counted, never edited and sent in one version."""
    found = []
    for phone in history.phones.values():
        queue = [each for each in phone.acknowledged if isinstance(each, Instance)]
        counted = outcomes([queue]).counted
        versions = Counter(each.id for each in set(queue))
        linked = {each.replaces for each in queue} | {each.id for each in queue if each.replaces is not None}
        # Of the dictionary and not of a set, whose order differs from one process to the next.
        sure = {each.id: each for each in queue if each.id in counted and versions[each.id] == 1}
        found += [each for each in sure.values() if each.id not in linked]
    return random.sample(found, min(len(found), round(share * len(found)) or 1))


@dataclass
class Expected:
    """What must be true of all waves together. `counted`: hashes of the instances.

    `exact` holds the classes that are certain; of those of `at_least` there may be more, together at most
    `unanswered`: each attempt without an answer may have been written or not.
    """

    acknowledged: int = 0
    unanswered: int = 0
    counted: set[str] = field(default_factory=set)
    exact: Counter[str] = field(default_factory=Counter)
    at_least: Counter[str] = field(default_factory=Counter)
    figures: Figures = field(default_factory=dict)

    def add(self, wave: Played, hash_of: Callable[[str], str]) -> None:
        history = wave.history
        assert history.complete, "something was on its way when the wave ended"
        judged = outcomes(wave.queues)
        counted = {name: who for name, who in judged.counted.items() if name not in wave.withdrawn}
        withdrawn = len(judged.counted) - len(counted)
        assert withdrawn == len(wave.withdrawn)
        self.acknowledged += history.acknowledged
        self.unanswered += history.unanswered
        self.counted |= {hash_of(name) for name in counted}
        self.exact.update(counted=len(counted), superseded=judged.superseded, refused=judged.refused)
        self.at_least.update(duplicate=judged.duplicate, rejected=judged.rejected, withdrawn=withdrawn)
        self._add_figures(counted.values())

    def add_records(self, of: str, number: int, unanswered: int = 0) -> None:
        """Records that no phone sent."""
        self.acknowledged += number
        self.unanswered += unanswered
        self.at_least[of] += number

    def _add_figures(self, counted: Iterable[object]) -> None:
        for figure, found in cells(counted).items():  # type: ignore[arg-type]
            mine = self.figures.setdefault(figure, {})
            for (table, codes), sums in found.items():
                cell = mine.setdefault("|".join((table, *codes)), {})
                for name, amount in sums.items():
                    cell[name] = cell.get(name, 0) + amount
