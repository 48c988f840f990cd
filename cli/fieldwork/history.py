"""What was sent in a round of fieldwork, and what the server said to it."""

from dataclasses import dataclass, field
from typing import Any

from cli.fieldwork.outcomes import Outcomes, outcomes
from cli.fieldwork.plan import Delivery, Plan
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.submission import SURVEY, VERSION, Instance
from cli.fieldwork.truth import Sums, cells

Figures = dict[str, dict[str, Sums]]
"""As `cli.fieldwork.truth.Figures`, with cells as text: `table|code|code`."""


@dataclass
class PhoneHistory:
    """One phone: what was acknowledged, in order. `open` is what was sent and never answered, at most one."""

    acknowledged: list[Sendable[Answered]] = field(default_factory=list)
    open: Sendable[Answered] | None = None


@dataclass
class History:
    """All phones. `unanswered` counts attempts that were not acknowledged: each may have been written or not.
    `turned_away` are those among them that the server asked to come again later."""

    phones: dict[int, PhoneHistory] = field(default_factory=dict)
    attempts: int = 0
    unanswered: int = 0
    turned_away: int = 0

    @classmethod
    def of(cls, plan: Plan[Sendable[Answered]]) -> "History":
        return cls(phones={phone.number: PhoneHistory() for phone in plan.phones})

    @property
    def complete(self) -> bool:
        """Nothing is on its way any more."""
        return all(phone.open is None for phone in self.phones.values())

    @property
    def acknowledged(self) -> int:
        return sum(len(phone.acknowledged) for phone in self.phones.values())

    def begin(self, number: int, delivery: Delivery[Sendable[Answered]]) -> None:
        self.phones[number].open = delivery.instance

    def acknowledge(self, number: int) -> None:
        phone = self.phones[number]
        assert phone.open is not None
        phone.acknowledged.append(phone.open)
        phone.open = None


@dataclass(frozen=True)
class Truth:
    """What must be true once everything acknowledged is accounted for.

    counted, superseded and refused are exact. duplicate and rejected are at least what is said here: an attempt without
    an acknowledgement may have been written too, and then counts once more, so that at most `unanswered` come on top.
    `complete` is False if the round was cut off while something was on its way: then nothing is certain about that.
    """

    complete: bool
    acknowledged: int
    unanswered: int
    outcomes: Outcomes[Any]
    figures: Figures
    survey: str = SURVEY
    version: str = VERSION

    def as_json(self) -> dict[str, Any]:
        return {
            "survey": self.survey,
            "version": self.version,
            "complete": self.complete,
            "acknowledged": self.acknowledged,
            "unanswered": self.unanswered,
            "counted": len(self.outcomes.counted),
            "superseded": self.outcomes.superseded,
            "refused": self.outcomes.refused,
            "duplicate_at_least": self.outcomes.duplicate,
            "rejected_at_least": self.outcomes.rejected,
            "figures": self.figures,
        }


def truth(history: History) -> Truth:
    """Of a round of the household survey."""
    queues = [phone.acknowledged for phone in history.phones.values()]
    judged = outcomes([each for each in queue if isinstance(each, Instance)] for queue in queues)
    figures = {
        figure: {"|".join((table, *codes)): sums for (table, codes), sums in sorted(found.items())}
        for figure, found in cells(judged.counted.values()).items()
    }
    return Truth(
        complete=history.complete,
        acknowledged=history.acknowledged,
        unanswered=history.unanswered,
        outcomes=judged,
        figures=figures,
    )


def planned(plan: Plan) -> Truth:
    """The truth of a plan that was carried out to its end."""
    history = History.of(plan)
    for phone in plan.phones:
        history.phones[phone.number].acknowledged.extend(delivery.instance for delivery in phone.deliveries)
    return truth(history)
