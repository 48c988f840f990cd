"""What is run for each submission: the compiled rules of a version, those that are not enforced left out."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.events import Reason
from schemas.expressions import Value
from schemas.expressions.source import Source
from schemas.survey.definition import FieldType
from services.validate.itemset import ItemsetChoices
from services.validate.row import Row
from services.validate.stored import Store

Run = Callable[[Row], Value]


Part = tuple[str, tuple[str, ...], tuple[Store, ...]]
"""The nodes of one home that a step decides about, and how a result is stored in each."""


@dataclass(slots=True, eq=False)
class Step:
    """One expression, evaluated once for each row of `home`. A relevance switches the nodes of its `parts` on or off,
    the result of a calculate is stored in them: in the row itself, or in all rows of repeats in it. `phone` computes
    what JavaRosa does where that is broken and `run` departs from it; `source` is `run`, written out. `own` are the
    nodes of a relevance that are all in the row itself, `single` is the only node of a calculate if it is in the row
    itself."""

    home: str
    relevance: bool
    run: Run
    parts: list[Part]
    phone: Run | None = None
    source: Source | None = None
    own: frozenset[str] = frozenset()
    single: tuple[str, Store] | None = None

    def __post_init__(self) -> None:
        if len(self.parts) != 1 or self.parts[0][0] != self.home:
            return
        _, paths, stores = self.parts[0]
        if self.relevance:
            self.own = frozenset(paths)
        elif len(paths) == 1:
            self.single = paths[0], stores[0]

    @property
    def first(self) -> str:
        """The node that a fault is told of."""
        return self.parts[0][1][0]


@dataclass(slots=True, eq=False)
class Action:
    """Writes a field of type `kind` whenever a submission is opened. `steps` are those that depend on the field: they
    run at once, before any relevance is known."""

    path: str
    kind: FieldType
    run: Run
    steps: list[Step]


@dataclass(slots=True, eq=False)
class Checks:
    """What is asked of the answers of a row. `required` are the fields that always need one; `conditions` decide it,
    where the flag tells if the field has a control (the others only stop at a fault); constraints have their message;
    `choices` are looked up. `gates` are the relevances of repeats in the row: a phone asks for another instance.
    `clean` tells a row with which nothing is wrong (services.validate.straight_checks)."""

    required: frozenset[str]
    conditions: list[tuple[str, Run, bool]]
    constraints: list[tuple[str, Run, str | None]]
    choices: list[tuple[str, ItemsetChoices]]
    gates: list[tuple[str, Run]]
    clean: Callable[[Row], bool] | None = None


@dataclass(slots=True, eq=False)
class Program:
    """Actions, then steps in order, then checks by home. `trusted` are the calculates that, where they are what was
    sent, hold nothing that a script made up; `noted` those that should be what was sent."""

    actions: list[Action]
    steps: list[Step]
    checks: dict[str, Checks]
    trusted: frozenset[str]
    noted: frozenset[str]
    straight: Callable[[Row, dict[str, list[Row]], list[Reason]], None] | None = None
    """The steps as one function, once the opening has made it (services.validate.straight_steps)."""
