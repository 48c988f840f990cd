"""What must hold of everything that is committed, whatever came before (design, section 4)."""

from collections import Counter
from collections.abc import Iterable
from itertools import product
from typing import Any

from schemas.outcome_class import OutcomeClass
from schemas.tables.cells import summed
from schemas.tables.contribution import Contribution
from services.aggregate.memory_store import Key
from services.aggregate.slots import Arrival, Kind, Slot, State
from services.aggregate.watermark import Watermark
from tests.model.database import Contents
from tests.model.rules import PROTOCOL
from tests.model.scenario import Scenario
from tests.model.state import PARTITIONS
from tests.model.work import Effect, Work


class Invariants:
    """`serial`: also, that one worker could have done it, one outcome after the other. Implies most of the others, so a
    mutation is searched without."""

    def __init__(self, scenario: Scenario, contents: Contents, first: int, serial: bool = True) -> None:
        self._scenario = scenario
        self._contents = contents
        self._known: dict[int, str | None] = {}
        self._serial = _serial(scenario, contents, first) if serial else None

    def broken(self, content: int) -> str | None:
        """What is wrong with a content, in words; None if nothing is."""
        if content not in self._known:
            self._known[content] = self._look(content)
        return self._known[content]

    def complete(self, content: int) -> bool:
        """Whether every outcome was read."""
        known = self._contents.contents[content]
        marks = [self._contents.values[known["watermarks", partition]] for partition in range(PARTITIONS)]
        return all(mark.responses_next == len(self._scenario.logs[mark.partition]) for mark in marks)

    def _look(self, content: int) -> str | None:
        documents = self._contents.documents(content)
        marks: list[Watermark] = [documents["watermarks", partition] for partition in range(PARTITIONS)]
        slots = {key: slot for (collection, key), slot in documents.items() if collection == "slots"}
        return (
            self._watermarks(marks)
            or _classes(marks, slots)
            or _cells(documents, slots)
            or self._identity(marks, slots)
            or _quarantine(documents, slots)
            or self._end(marks, slots)
            or self._one_after_the_other(content, marks)
        )

    def _watermarks(self, marks: list[Watermark]) -> str | None:
        for mark in marks:
            accounted = len(self._scenario.applied(mark.partition, mark.responses_next))
            if mark.submissions_next != accounted:
                return (
                    f"partition {mark.partition}: {mark.responses_next} outcomes were read, which account for "
                    f"{accounted} records, and not for {mark.submissions_next}"
                )
        return None

    def _identity(self, marks: list[Watermark], slots: dict[str, Slot]) -> str | None:
        counted = {name for name, slot in slots.items() if slot.state is State.COUNTED}
        arrivals = [
            arrival for mark in marks for arrival in self._scenario.applied(mark.partition, mark.responses_next)
        ]
        for lineage in _lineages(arrivals) if self._scenario.one_of_a_lineage else ():
            if len(counted & lineage) > 1:
                return f"one interview, and counted are {' and '.join(sorted(counted & lineage))}"
        for arrival in arrivals:
            if arrival.kind is Kind.WITHDRAWAL and arrival.instance in counted:
                return f"{arrival.instance} was withdrawn and is counted"
        return None

    def _end(self, marks: list[Watermark], slots: dict[str, Slot]) -> str | None:
        done = all(mark.responses_next == len(self._scenario.logs[mark.partition]) for mark in marks)
        counted = "".join(sorted(name for name, slot in slots.items() if slot.state is State.COUNTED))
        if done and counted not in self._scenario.counted:
            wanted = " or ".join(names or "nothing" for names in self._scenario.counted)
            return f"at the end {counted or 'nothing'} is counted, and not {wanted}"
        return None

    def _one_after_the_other(self, content: int, marks: list[Watermark]) -> str | None:
        read = tuple(mark.responses_next for mark in marks)
        if self._serial is not None and content not in self._serial[read]:
            return f"no order of the outcomes, one after the other, leads to this (of the partitions were read: {read})"
        return None


def _lineages(arrivals: Iterable[Arrival]) -> list[set[str]]:
    """Instances that are connected by an edit that has arrived."""
    found: list[set[str]] = []
    for arrival in arrivals:
        named = {name for name in (arrival.instance, arrival.replaces) if name is not None}
        met = [lineage for lineage in found if lineage & named]
        found = [lineage for lineage in found if lineage not in met] + [named.union(*met)]
    return found


def _classes(marks: list[Watermark], slots: dict[str, Slot]) -> str | None:
    for partition in range(PARTITIONS):
        numbers: Counter[OutcomeClass] = Counter()
        for mark in marks:
            for outcome, number in mark.classes.get(partition, {}).items():
                numbers[outcome] += number
        accounted = marks[partition].accounted
        if sum(numbers.values()) != accounted or min(numbers.values(), default=0) < 0:
            return f"partition {partition}: {accounted} records accounted for, in classes: {_named(numbers)}"
        states = Counter(slot.state for slot in slots.values() if slot.partition == partition)
        for state in (State.COUNTED, State.SUPERSEDED, State.REFUSED):
            if numbers[OutcomeClass(state.value)] != states[state]:
                return f"partition {partition}: {states[state]} slots are {state.value}, of records {_named(numbers)}"
    return None


def _cells(documents: dict[Key, Any], slots: dict[str, Slot]) -> str | None:
    for partition in range(PARTITIONS):
        wanted: dict[str, list[int]] = {}
        for slot in slots.values():
            if slot.state is State.COUNTED and slot.partition == partition:
                assert slot.applied is not None
                for _, cell, amounts in Contribution.decode(slot.applied).cells:
                    known = wanted.get(cell, [0] * len(amounts))
                    wanted[cell] = [left + right for left, right in zip(known, amounts, strict=True)]
        pages = [page for (name, _), page in documents.items() if name == "cells" and page.shard == partition]
        found = summed(pages, "t")
        if found != wanted:
            return f"shard {partition}: the cells are {found}, and the sum of what is counted {wanted}"
    return None


def _quarantine(documents: dict[Key, Any], slots: dict[str, Slot]) -> str | None:
    for (collection, _), entry in documents.items():
        if collection == "quarantine":
            for name in (entry.instance, entry.replaces):
                if name in slots and slots[name].state is State.WITHDRAWN:
                    return f"{name} was withdrawn, and a payload of it is kept"
    return None


def _serial(scenario: Scenario, contents: Contents, first: int) -> dict[tuple[int, ...], set[int]]:
    """What the outcomes can lead to if one worker applies them one by one, by how far each partition was read."""
    work = Work(scenario, PROTOCOL, contents)
    lengths = [len(log) for log in scenario.logs]
    found: dict[tuple[int, ...], set[int]] = {(0, 0): {first}}
    for read in product(*(range(length + 1) for length in lengths)):
        for content in found[read]:
            known = contents.contents[content]
            marks = tuple((partition, known["watermarks", partition]) for partition in range(PARTITIONS))
            for partition in range(PARTITIONS):
                if read[partition] == lengths[partition]:
                    continue
                effect = work.of(content, (0,) * PARTITIONS, 0, marks, (), ((partition, 1),), 0)
                assert isinstance(effect, Effect), effect
                after = tuple(number + (p == partition) for p, number in enumerate(read))
                found.setdefault(after, set()).add(contents.apply(content, effect.writes))
    return found


def _named(numbers: Counter[OutcomeClass]) -> str:
    return ", ".join(f"{outcome.value} {number}" for outcome, number in sorted(numbers.items()))
