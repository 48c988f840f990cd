"""What the two partitions hold: outcomes in a few signs, and what must hold of them at the end.

    a       a response            e>a     an edit of a                a=2     other content under the id a
    -r>a    rejected by validate  ?h>a    held, its key is not here   /a      refused
    ~a      a withdrawal of a     a<0     written again from the quarantine, where it had the source offset 0

A log lists the outcomes of a partition of `responses` in their order. Each comes from the next source offset, unless
it names one: `0:a 2:b 1:c 2:b` is a gap, and what validate wrote after it was rewound.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from schemas.events import Reason
from schemas.tables.contribution import Contribution
from services.aggregate.slots import Arrival, Kind
from services.aggregate.watermark import Arrived

SURVEY = "s"
RESPONSES, SUBMISSIONS = "r-id", "s-id"
SIGNS = {"": Kind.RESPONSE, "-": Kind.REJECTION, "?": Kind.HELD, "/": Kind.REFUSAL, "~": Kind.WITHDRAWAL}
WORD = re.compile(
    r"(?:(?P<source>\d+):)?(?P<sign>[-?/~]?)(?P<name>[a-z])"
    r"(?:>(?P<replaces>[a-z]))?(?:=(?P<content>\d))?(?:<(?P<again>\d))?"
)


@dataclass(frozen=True)
class Outcome:
    word: str
    arrived: Arrived
    arrival: Arrival


@dataclass(frozen=True)
class Scenario:
    """`counted` are the instances that may be counted at the end: more than one where the order decides which.
    `one_of_a_lineage`: what an edit connects is one interview (not so where an edit is rejected for its id).
    `crashes`, `rebalances`, `losses` (of the answer to a commit): how many may happen, at any moment. `batch` is the
    largest batch of one partition. `guess`: unknown instances are taken for new, as by a worker that has just begun.
    `assigned`: the worker of each partition at the beginning."""

    name: str
    responses: tuple[str, str]
    counted: tuple[str, ...]
    one_of_a_lineage: bool = True
    crashes: int = 1
    rebalances: int = 1
    losses: int = 1
    batch: int = 1
    guess: bool = True
    assigned: tuple[int, int] = (0, 1)

    @cached_property
    def logs(self) -> tuple[tuple[Outcome, ...], ...]:
        return tuple(_log(partition, text) for partition, text in enumerate(self.responses))

    def applied(self, partition: int, read: int) -> list[Arrival]:
        """Of the first `read` outcomes those that count: the first of each source record, none behind a hole."""
        found: list[Arrival] = []
        for outcome in self.logs[partition][:read]:
            if outcome.arrived.source_offset == len(found):
                found.append(outcome.arrival)
        return found


def _log(partition: int, text: str) -> tuple[Outcome, ...]:
    found: list[Outcome] = []
    for offset, word in enumerate(text.split()):
        last = found[-1].arrived.source_offset if found else -1
        found.append(_outcome(partition, offset, last + 1, word))
    return tuple(found)


def _outcome(partition: int, offset: int, source: int, word: str) -> Outcome:
    match = WORD.fullmatch(word)
    assert match is not None, word
    source = int(match["source"]) if match["source"] else source
    kind, instance, replaces, content = SIGNS[match["sign"]], match["name"], match["replaces"], match["content"] or "1"
    quarantined = kind in (Kind.REJECTION, Kind.HELD)
    arrival = Arrival(
        kind,
        partition,
        source,
        at_ms=0,
        survey=SURVEY,
        version="1",
        instance=instance,
        replaces=replaces,
        fingerprint=content if kind is Kind.RESPONSE else "",
        contribution=_contribution(instance, content) if kind is Kind.RESPONSE else None,
        record=b"{}" if kind is Kind.RESPONSE else None,
        reasons=(Reason(code="VAL-001"),) if kind is Kind.REJECTION else (),
        sealed="c2VhbGVk" if quarantined else None,
        key_id="k" if quarantined else None,
        replay_of=(partition, int(match["again"])) if match["again"] else None,
    )
    return Outcome(word, Arrived(partition, offset, partition, source, SUBMISSIONS), arrival)


def _contribution(instance: str, content: str) -> Contribution:
    """One cell that all share, and one of its own for each content."""
    return Contribution((("t", "_T", (1,)), ("t", instance + content, (1, int(content)))))
