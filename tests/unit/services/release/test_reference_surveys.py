"""REL reference surveys: their tables come out, while they run and when they close."""

from collections import Counter, defaultdict
from itertools import product
from pathlib import Path
from random import Random

import pytest

from schemas.survey.categories import codes
from schemas.survey.compile import compile_survey
from schemas.survey.definition import TOTAL, FieldType, Role, SurveyDefinition, TableDefinition
from services.release.answers import answers
from services.release.epoch import Moment
from services.release.exposure import affordable, exposure, offers
from services.release.live_table import Amount, Codes, Indicator, LiveCell, LiveTable
from services.release.policy import Policy, treatments
from services.release.protect import Release, protect

SURVEYS = Path(__file__).parents[4] / "surveys"
POLICY = Policy()
UNLISTED = ["a", "b"]


def survey(name: str) -> SurveyDefinition:
    found = compile_survey(SURVEYS / name / "form.xlsx").definition
    assert found is not None
    return found


def empty(definition: SurveyDefinition, table: TableDefinition) -> LiveTable:
    fields = {path: field for path in table.dimensions if (field := definition.field(path)) is not None}
    by_name = {one.name: one for one in definition.indicators}
    listed = {path: codes(definition, field) for path, field in fields.items()}
    return LiveTable(
        table.name,
        table.unit,
        tuple(table.dimensions),
        tuple((*(listed[path] or UNLISTED), "_N", "_U") for path in table.dimensions),
        {},
        tuple(Indicator(name, by_name[name].kind) for name in table.indicators),
        frozenset(path for path, field in fields.items() if field.type is FieldType.SELECT_MULTIPLE),
        frozenset(path for path, own in listed.items() if own is None),
        answers(definition, table),
        table.mode,
        table.threshold,
        table.rounding,
        table.signed_off,
        10**definition.weight_scale if definition.with_role(Role.WEIGHT) else 1,
    )


def filled(tables: list[LiveTable], respondents: int) -> list[LiveTable]:
    """Each respondent has one random code in each dimension of any table, and a yes or no for each indicator."""
    random = Random(3)
    known = {name: own for table in tables for name, own in zip(table.dimensions, table.codes, strict=True)}
    people = [{name: random.choices(own, range(len(own), 0, -1))[0] for name, own in known.items()}
              for _ in range(respondents)]  # fmt: skip
    found: list[LiveTable] = []
    for table in tables:
        numbers: Counter[Codes] = Counter()
        for person in people:
            own = tuple(person[name] for name in table.dimensions)
            places = product(*[(code,) if name in table.several else (code, TOTAL)
                               for name, code in zip(table.dimensions, own, strict=True)])  # fmt: skip
            numbers.update(places)
        cells = {
            place: LiveCell(n, n, n, n * 2 * table.weight_factor, {
                one.name: Amount(n, n, 2 * n, (1, 1), 0.5 / n**0.5) for one in table.indicators
            })
            for place, n in numbers.items()
        }  # fmt: skip
        found.append(
            LiveTable(**{**{name: getattr(table, name) for name in table.__dataclass_fields__}, "cells": cells})
        )
    return found


@pytest.mark.parametrize("name", ["household-migration", "workshop-evaluation", "mainstreaming-scorecard"])
def test_a_reference_survey_is_released_while_it_runs_and_when_it_closes(name: str) -> None:
    definition = survey(name)
    tables = [empty(definition, table) for table in definition.tables]
    running, closed = treatments(tables, POLICY, closing=False), treatments(tables, POLICY, closing=True)
    assert isinstance(running, dict) and isinstance(closed, dict)
    assert {unit: found.shown for unit, found in closed.items()} == dict.fromkeys(closed)
    protected = [table for table in tables if running[table.unit].mode != "none"]
    for table in protected:
        shown = running[table.unit].shown
        assert shown is not None
        fixed = table.several.intersection(table.dimensions)
        assert all(fixed | {one} in shown for one in table.dimensions if not fixed), table.name
    if protected:
        most = max(running[table.unit].step for table in protected)
        assert most <= POLICY.largest_step and exposure(offers(protected)) > 16
        national = {one for found in running.values() for one in (found.shown or {}).get(frozenset(), ())}
        assert len(national) >= 5


def test_answers_are_traced_back_to_the_questions() -> None:
    household, workshop = survey("household-migration"), survey("workshop-evaluation")
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for definition in (household, workshop):
        for table in definition.tables:
            found.update(answers(definition, table))
    assert found["n"] == () and found["profile/sex"] == ("profile/sex",)
    assert {"cost/earnings", "cost/cost_item/amount"} <= set(found["rci_over_1"])
    assert "cost/cost_item/amount" in found["cost_mean"]
    assert "profile/seeing" in found["profile/disability"]
    assert found["event/commission"] == ("event/country",)


@pytest.mark.parametrize("respondents", [300, 3000])
def test_the_household_survey_goes_through_the_whole_of_it(respondents: int) -> None:
    definition = survey("household-migration")
    tables = filled([empty(definition, table) for table in definition.tables if not table.unit], respondents)
    running = protect("homes", tables, POLICY, None, Moment(0, respondents, ""), b"k" * 32)
    assert isinstance(running, Release), running
    national = [table.rows[-1] for table in running.tables]
    assert all(row.published and set(row.codes) <= {TOTAL} for row in national if set(row.codes) == {TOTAL})
    assert sum(figure.obs_value is not None for row in national for figure in row.figures.values()) >= 10
    closing = protect("homes", tables, POLICY, running.memory, Moment(1, respondents, "", True), b"k" * 32)
    assert isinstance(closing, Release), closing
    shares = [sum(row.published for row in table.rows) / len(table.rows) for table in closing.tables]
    assert sum(shares) / len(shares) > (0.7 if respondents == 3000 else 0.25)


def test_nothing_but_definitions_decides_what_is_afforded() -> None:
    definition = survey("household-migration")
    tables = [empty(definition, table) for table in definition.tables if not table.unit]
    assert affordable(offers(tables), 4) == affordable(offers(filled(tables, 50)), 4)
