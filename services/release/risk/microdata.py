"""Responses as rows of codes, for one unit of the survey. Pure. Nothing of a row leaves this package but counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.events import Answer, Response
from schemas.tables.numbers import scaled

WEIGHT_SCALE = 6
LARGEST_WEIGHT = 1_000_000_000

Row = tuple[str, ...]


@dataclass(frozen=True)
class Microdata:
    """`rows` hold the codes of the fields `names`, in this order. `weights` are how many persons each row stands for,
    in millionths; empty where the survey has no weight."""

    names: tuple[str, ...]
    rows: list[Row] = field(repr=False)
    weights: list[int] = field(default_factory=list, repr=False)

    def columns(self, names: Iterable[str]) -> list[Row]:
        """The rows with these fields alone, in this order."""
        places = [self.names.index(name) for name in names]
        return [tuple(row[place] for place in places) for row in self.rows]


def microdata(responses: Iterable[Response], unit: str, names: Sequence[str], weight: str | None) -> Microdata:
    """One row for each submission, or for each row of the repeat `unit`, with the answers around it."""
    rows: list[Row] = []
    weights: list[int] = []
    for response in responses:
        outer = response.answers
        stands_for = scaled(outer.get(weight), WEIGHT_SCALE, LARGEST_WEIGHT) if weight is not None else None
        for inner in response.rows.get(unit, []) if unit else [{}]:
            together = {**outer, **inner}
            rows.append(tuple(_code(together.get(name)) for name in names))
            if weight is not None:
                weights.append(stands_for or 0)
    return Microdata(tuple(names), rows, weights)


def _code(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return " ".join(sorted(answer)) if isinstance(answer, list) else str(answer)
