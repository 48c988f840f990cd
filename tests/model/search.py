"""The search: every state that can be reached, breadth first, so that the first counterexample is a shortest one."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from services.aggregate.watermark import Watermark
from tests.model.database import Contents
from tests.model.invariants import Invariants
from tests.model.rules import PROTOCOL, Rules
from tests.model.scenario import RESPONSES, SUBMISSIONS, Scenario
from tests.model.state import PARTITIONS, SECOND, WORKERS, State, Worker
from tests.model.steps import Steps
from tests.model.work import Work

MOST_STATES = 3_000_000
"""At about 1 kB a state. More than any scenario has, also a deep one: beyond it the model is wrong."""


@dataclass
class Found:
    """`broken` says what is wrong, `trace` how it came to that; both empty if nothing is."""

    states: int
    steps: int
    ends: int
    broken: str = ""
    trace: list[str] = field(default_factory=list)


def search(scenario: Scenario, rules: Rules = PROTOCOL) -> Found:
    contents = Contents()
    first = _first(scenario, contents)
    invariants = Invariants(scenario, contents, first.content, rules.serial)
    with _patched(rules):
        return _Search(Steps(scenario, rules, contents, Work(scenario, rules, contents)), invariants).run(first)


class _Search:
    def __init__(self, steps: Steps, invariants: Invariants) -> None:
        self._steps = steps
        self._invariants = invariants
        self._states: list[State] = []
        self._came: list[tuple[int, tuple[object, ...]]] = []
        self._numbers: dict[State, int] = {}
        self._before: list[list[int]] = []
        """For each state those from which a step that is no fault leads to it."""
        self._taken = 0

    def run(self, first: State) -> Found:
        self._add(first, -1, ())
        at = 0
        while at < len(self._states):
            assert at < MOST_STATES, "too many states"
            for step in self._steps.of(self._states[at]):
                self._taken += 1
                number = self._numbers.get(step.after)
                new = number is None
                if number is None:
                    number = self._add(step.after, at, step.label)
                if not step.fault:
                    self._before[number].append(at)
                whole = new and all(worker.phase != SECOND for worker in step.after.workers)
                broken = step.broken or (self._invariants.broken(step.after.content) if whole else None)
                if broken:
                    return self._found(broken, [*self._trace(at), _line(step.label)])
            at += 1
        ends = [n for n, state in enumerate(self._states) if self._invariants.complete(state.content)]
        stuck = self._never_complete(ends)
        if stuck is not None:
            broken = "from here the outcomes are never all read, though nothing more goes wrong"
            return self._found(broken, self._trace(stuck))
        return self._found("", [])

    def _add(self, state: State, before: int, label: tuple[object, ...]) -> int:
        self._numbers[state] = number = len(self._states)
        self._states.append(state)
        self._came.append((before, label))
        self._before.append([])
        return number

    def _never_complete(self, ends: list[int]) -> int | None:
        reaches = [False] * len(self._states)
        waiting = list(ends)
        for number in ends:
            reaches[number] = True
        while waiting:
            for before in self._before[waiting.pop()]:
                if not reaches[before]:
                    reaches[before] = True
                    waiting.append(before)
        return next((number for number, well in enumerate(reaches) if not well), None)

    def _trace(self, number: int) -> list[str]:
        lines: list[str] = []
        while number > 0:
            number, label = self._came[number]
            lines.append(_line(label))
        return lines[::-1]

    def _found(self, broken: str, trace: list[str]) -> Found:
        ends = {state.content for state in self._states if self._invariants.complete(state.content)}
        return Found(len(self._states), self._taken, len(ends), broken, trace)


def _first(scenario: Scenario, contents: Contents) -> State:
    """Provisioned, and the workers have taken their partitions over."""
    documents = {("watermarks", p): Watermark(p, RESPONSES, SUBMISSIONS, 0, 0) for p in range(PARTITIONS)}
    numbers = {key: contents.value_number(mark) for key, mark in documents.items()}
    assigned = scenario.assigned
    workers = tuple(
        Worker(tuple((p, numbers["watermarks", p]) for p in range(PARTITIONS) if assigned[p] == worker))
        for worker in range(WORKERS)
    )
    faults = (scenario.crashes, scenario.rebalances, scenario.losses)
    return State(contents.number(numbers), assigned, workers, (), assigned, *faults)


def _line(label: tuple[object, ...]) -> str:
    worker, *rest = label
    said = " ".join(str(part) for part in rest)
    return f"worker {worker} {said}" if isinstance(worker, int) else f"{worker} {said}".strip()


@contextmanager
def _patched(rules: Rules) -> Iterator[None]:
    gc.disable()  # nothing that is made here can be let go before the end
    with ExitStack() as stack:
        stack.callback(gc.enable)
        for of, name, value in rules.patches:
            stack.enter_context(patch.object(of, name, value))
        yield
