"""The contributor of a version for the tables and generations in which its responses count. Pure.

Tables of its own are computed by its own definition; tables of newer versions by its definition with theirs
(schemas.tables.applicable). The cells of a generation are what a table of the same layout under another id has.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.events import Response
from schemas.survey.definition import SurveyDefinition
from schemas.tables.applicable import applicable
from schemas.tables.contribution import Contribution, encoded
from schemas.tables.layout import Layout, layouts
from services.aggregate.contributor import CARRIER, Contributor
from services.runtime.faults import Fatal

Targets = Mapping[str, Sequence[str]]
"""Table -> ids of its cells."""


def contributor_to(
    definition: SurveyDefinition, versions: Iterable[SurveyDefinition], targets: Targets, epoch: int
) -> "Contributor | Composite":
    """`versions` are those of the survey that are published. What is computed is the cells of `targets` alone. Raises
    `Fatal` for a target that no version has."""
    own = layouts(definition)
    parts: list[Contributor] = []
    there = {layout.id for layout in own}
    if chosen := targeted(own, {table: ids for table, ids in targets.items() if table in there}):
        parts.append(Contributor(definition, chosen, epoch))
    left = set(targets) - there
    for other in versions:
        if not left:
            break
        if other.version == definition.version:
            continue
        # Which are newer was seen when they were registered; two can have the same edition.
        found = applicable(definition, other, agreed=True)
        taken = {layout.id for layout in found.layouts} & left
        if chosen := targeted(found.layouts, {table: targets[table] for table in taken}):
            parts.append(Contributor(found.definition, chosen, epoch))
        left -= taken
    if left:
        raise Fatal(
            f"Tables of survey {definition.survey} that count version {definition.version!r} belong to a version that "
            "is not on the topic `surveys`. If it was removed from there, publish it again."
        )
    if len(parts) == 1:
        return parts[0]
    return Composite(definition, parts, epoch)


class Composite:
    """Several contributors of one response as one. They have the same design: tables of another have other ids."""

    def __init__(self, definition: SurveyDefinition, parts: Sequence[Contributor], epoch: int) -> None:
        self._parts = parts
        self._first = parts[0] if parts else Contributor(definition, [], epoch)
        self._places = {id_: own for part in parts for id_, own in part.places.items()}
        self.epoch = epoch

    def __call__(self, response: Response) -> Contribution:
        bare = self.bare(response)
        text = encoded(bare.cells, bare.design, bare.places)
        return Contribution(bare.cells, bare.design, bare.places, text, self.epoch)

    def bare(self, response: Response) -> Contribution:
        """The same without its text."""
        cells = tuple(cell for part in self._parts for cell in part.cells(response))
        return Contribution(cells, self._first.design(response.answers), self._places)

    def subjects(self, response: Response) -> tuple[str, ...]:
        return self._first.subjects(response)


def targeted(kept: Sequence[Layout], targets: Targets) -> list[Layout]:
    """The layouts of `kept` under the ids of their targets, as often as they have some. A histogram whose table has
    fewer targets than it has gets a carrier in its place."""
    found: list[Layout] = []
    histograms = {layout.id for layout in kept if layout.indicator}
    for layout in kept:
        own = targets.get(layout.id, ())
        if layout.indicator:
            found.extend(layout if id_ == layout.id else replace(layout, id=id_) for id_ in own)
            continue
        beside = {one.histogram for one in layout.segments if one.histogram in histograms}
        for place in range(max(len(own), *(len(targets.get(one, ())) for one in beside), 0)):
            at = {one: _nth(targets.get(one, ()), place) for one in beside}
            found.append(_under(layout, own[place] if place < len(own) else CARRIER, at))
    return found


def _under(layout: Layout, id_: str, histograms: Mapping[str, str]) -> Layout:
    same = all(one.histogram == histograms.get(one.histogram, "") for one in layout.segments)
    if same and id_ == layout.id:
        return layout
    segments = tuple(replace(one, histogram=histograms.get(one.histogram, "")) for one in layout.segments)
    return replace(layout, id=id_, segments=segments)


def _nth(ids: Sequence[str], place: int) -> str:
    return ids[place] if place < len(ids) else ""


def of_generations(targets: Mapping[str, Collection[str]], ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Those of the targets that are among `ids`."""
    found = {table: tuple(id_ for id_ in own if id_ in ids) for table, own in targets.items()}
    return {table: own for table, own in found.items() if own}
