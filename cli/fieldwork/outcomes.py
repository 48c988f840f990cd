"""What becomes of each record that a phone was told is safe, straight from the rules of the design."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic

from typing_extensions import TypeVar

from cli.fieldwork.respondents import Respondent
from cli.fieldwork.sendable import Answered, Sendable

Who = TypeVar("Who", bound=Answered, default=Respondent)


@dataclass
class Outcomes(Generic[Who]):
    """What became of each record a phone was told is safe. `counted` is the instances that stand in the tables."""

    counted: dict[str, Who] = field(default_factory=dict)
    superseded: int = 0
    duplicate: int = 0
    rejected: int = 0
    refused: int = 0


def outcomes(queues: Iterable[Iterable[Sendable[Who]]]) -> Outcomes[Who]:
    """Judges what was acknowledged, each phone's in the order in which it was.

    The rules (design, section 4): an invalid one is rejected and does not hold its id, but is remembered as a link to
    what it meant to replace; of one id the first stands; of two edits of one instance the first stands; of a lineage
    the newest that was accepted counts. A refusal is accepted, holds its id, and counts nowhere.
    """
    result: Outcomes[Who] = Outcomes()
    for queue in queues:
        _judge(queue, result)
    return result


def _judge(queue: Iterable[Sendable[Who]], result: Outcomes[Who]) -> None:
    accepted: dict[str, Sendable[Who]] = {}
    replacement: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for instance in queue:
        if instance.fault is not None:
            result.rejected += 1
            if instance.replaces is not None:
                wanted.setdefault(instance.id, instance.replaces)
        elif instance.id in accepted:
            if instance == accepted[instance.id]:
                result.duplicate += 1
            else:
                result.rejected += 1
        elif instance.replaces is not None and replacement.get(instance.replaces, instance.id) != instance.id:
            result.rejected += 1
        else:
            accepted[instance.id] = instance
            if instance.replaces is not None:
                replacement[instance.replaces] = instance.id
    covered = {older for instance in accepted.values() for older in _older(instance, accepted, wanted)}
    for instance in accepted.values():
        if not instance.respondent.consent:
            result.refused += 1
        elif instance.id in covered:
            result.superseded += 1
        else:
            result.counted[instance.id] = instance.respondent


def _older(instance: Sendable[Who], accepted: Mapping[str, Sendable[Who]], wanted: Mapping[str, str]) -> Iterator[str]:
    """All that an accepted instance stands in place of, through accepted and rejected edits."""
    target = instance.replaces
    while target is not None:
        yield target
        target = accepted[target].replaces if target in accepted else wanted.get(target)
