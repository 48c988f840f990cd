"""AGG estimates against samplics: its numbers on the same sample (samplics_oracle.py), to ten digits."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.events import Response
from schemas.survey.definition import Role, SurveyDefinition
from schemas.tables.cells import Deltas, Page, applied
from schemas.tables.live_cells import cells
from schemas.tables.psu_runs import Sums, gather, runs
from services.aggregate.contributor import Contributor

ORACLE = json.loads(Path(__file__).with_name("samplics.json").read_text())
DIGITS = 1e-10


@pytest.mark.parametrize("sex", ["F", "M"])
@pytest.mark.parametrize("kind", sorted(ORACLE["estimates"]))
def test_estimates_and_standard_errors_are_those_of_samplics(
    kind: str, sex: str, make_survey: Callable[..., SurveyDefinition], make_response: Callable[..., Response]
) -> None:
    contributor = Contributor(make_survey((Role.WEIGHT, Role.STRATUM, Role.PSU)))
    deltas, sums = Deltas(), Sums()
    for row in ORACLE["rows"]:
        contribution = contributor(make_response({**row, "weight": str(row["weight"]), "cost": str(row["cost"])}))
        deltas.add(contribution)
        gather(sums, contribution)
    layout = next(layout for layout in contributor.layouts if layout.name == "by_sex")
    texts = [run.sums for run in runs("homes", 0, "0-1", 0, sums)]
    cell = cells(layout, applied(Page.empty("homes", 0), deltas), texts)[sex]
    found = cell.estimate(next(segment for segment in layout.segments if segment.name == kind))
    value, error = ORACLE["estimates"][kind][sex]
    assert found.value == pytest.approx(value, rel=DIGITS)
    assert found.standard_error == pytest.approx(error, rel=DIGITS)
