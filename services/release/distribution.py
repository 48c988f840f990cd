"""How the amounts of a quantile indicator lie in a cell: exact, confidential, never published. Pure.

Buckets are those of schemas.tables.log_buckets. A submission with several units counts once, in the bucket of its
smallest amount: so a sum over some buckets is at most the number of submissions that have an amount there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.tables.layout import Layout
from schemas.tables.quantiles import at_rank_of

Part = tuple[int, int, int, int]
"""Bucket, units, what they weigh (their number without weights), submissions."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """`parts` in the order of the buckets."""

    parts: tuple[Part, ...] = ()

    @property
    def units(self) -> int:
        return sum(units for _, units, _, _ in self.parts)

    @property
    def weight(self) -> int:
        return sum(weight for _, _, weight, _ in self.parts)

    @property
    def submissions(self) -> int:
        return sum(submissions for _, _, _, submissions in self.parts)

    def bucket_at(self, rank: int) -> int | None:
        """The first bucket at the end of which the weight reaches the rank; None where nothing weighs anything."""
        return at_rank_of({bucket: weight for bucket, _, weight, _ in self.parts}, rank)

    def within(self, first: int, last: int) -> int:
        """Submissions, at most as many as have an amount in these buckets."""
        return sum(submissions for bucket, _, _, submissions in self.parts if first <= bucket <= last)


def distribution(
    layout: Layout, cells: Mapping[int, Sequence[int]], submissions: Mapping[int, int] | None
) -> Distribution:
    """`cells` are the vectors of a histogram's buckets. `submissions` by bucket where units are not submissions."""
    size = layout.base.index("w" if layout.weighted else "n")
    return Distribution(
        tuple(
            (
                bucket,
                cells[bucket][0],
                cells[bucket][size],
                cells[bucket][0] if submissions is None else submissions.get(bucket, 0),
            )
            for bucket in sorted(cells)
        )
    )


def together(distributions: Iterable[Distribution], distinct: bool) -> Distribution:
    """Of cells that make a margin. Where they are not `distinct`, a submission can be in several, and no more is known
    of their number than the largest."""
    found: dict[int, Part] = {}
    for one in distributions:
        for bucket, units, weight, submissions in one.parts:
            _, u, w, s = found.get(bucket, (bucket, 0, 0, 0))
            found[bucket] = (bucket, u + units, w + weight, s + submissions if distinct else max(s, submissions))
    return Distribution(tuple(found[bucket] for bucket in sorted(found)))
