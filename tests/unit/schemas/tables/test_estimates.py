"""AGG estimates: from sums, against hand-made numbers and against a computation from the respondents themselves."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from random import Random

import pytest

from schemas.events import Answer, Response
from schemas.survey.definition import Role, SurveyDefinition
from schemas.tables.cells import Deltas, Page, applied
from schemas.tables.estimates import Cell, Estimate, Missing, Quality
from schemas.tables.layout import Layout
from schemas.tables.live_cells import cells
from schemas.tables.psu_runs import Sums, gather, runs
from schemas.tables.student import t_quantile
from services.aggregate.contributor import Contributor

MakeSurvey = Callable[..., SurveyDefinition]
MakeResponse = Callable[..., Response]
WHOLE = (Role.WEIGHT, Role.STRATUM, Role.PSU)


def tables(contributor: Contributor, responses: list[Response]) -> dict[str, dict[str, Cell]]:
    deltas, sums = Deltas(), Sums()
    for response in responses:
        contribution = contributor(response)
        deltas.add(contribution)
        gather(sums, contribution)
    pages = applied(Page.empty("homes", 0), deltas)
    texts = [run.sums for run in runs("homes", 0, "0-1", 0, sums)]
    return {layout.name: cells(layout, pages, texts) for layout in contributor.layouts}


def estimate(cell: Cell, name: str) -> Estimate:
    return cell.estimate(next(segment for segment in cell.layout.segments if segment.name == name))


@dataclass(frozen=True)
class Person:
    """One unit as the independent computation sees it: numerator, denominator (1 for means), weight, design."""

    y: float
    x: float
    w: float
    stratum: str
    psu: str
    inside: bool


def taylor(people: list[Person], total: bool = False) -> tuple[float, float]:
    """Estimate and standard error straight from the units: every PSU's linearised total, the textbook's formula."""
    above = sum(p.w * p.y for p in people if p.inside)
    below = 1.0 if total else sum(p.w * p.x for p in people if p.inside)
    ratio = above / below
    z: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for p in people:
        z[p.stratum][p.psu] += (p.w * (p.y - (0.0 if total else ratio * p.x)) / below) if p.inside else 0.0
    variance = 0.0
    for psus in z.values():
        mean = sum(psus.values()) / len(psus)
        if any(psus.values()):
            variance += len(psus) / (len(psus) - 1) * sum((value - mean) ** 2 for value in psus.values())
    return ratio, sqrt(variance)


def respondents(number: int) -> list[dict[str, Answer]]:
    random = Random(4)
    found: list[dict[str, Answer]] = []
    for _ in range(number):
        stratum = random.choice(["N", "S", "E.1"])
        answers: dict[str, Answer] = {
            "stratum": stratum,
            "psu": random.randint(1, 9),
            "weight": str(round(random.uniform(0.2, 9), 3)),
            "sex": random.choice("FM"),
            "borrowed": random.choice(["yes", "no", "_U"]),
            "pay": random.randint(100, 900),
        }
        if random.random() < 0.8:
            answers["cost"] = str(round(random.uniform(1, 500) * (2 if stratum == "N" else 1), 2))
        found.append(answers)
    return found


def people(answers: list[dict[str, Answer]], roles: tuple[Role, ...], kind: str, sex: str) -> list[Person]:
    found = []
    for number, one in enumerate(answers):
        cost = float(str(one["cost"])) if "cost" in one else None
        inside = one["sex"] == sex
        y, x = 0.0, 1.0
        if kind in ("mean", "total", "months"):
            inside, y = inside and cost is not None, cost or 0.0
        if kind == "months":
            x = float(str(one["pay"]))
        if kind == "share":
            inside = inside and cost is not None and one["borrowed"] != "_U"
            y = 1.0 if one["borrowed"] == "yes" else 0.0
        if kind in ("n", "poor"):
            y = 1.0
        if kind == "poor":
            inside = inside and cost is not None and cost < 100
        found.append(
            Person(
                y,
                x,
                float(str(one["weight"])) if Role.WEIGHT in roles else 1.0,
                str(one["stratum"]) if Role.STRATUM in roles else "",
                str(one["psu"]) if Role.PSU in roles else str(number),
                inside,
            )
        )
    return found


@pytest.mark.parametrize(
    "roles", [(), (Role.WEIGHT,), (Role.STRATUM,), (Role.WEIGHT, Role.STRATUM), (Role.PSU,), WHOLE], ids=str
)
@pytest.mark.parametrize("kind", ["n", "poor", "mean", "total", "share", "months"])
def test_equal_to_the_computation_from_units(
    roles: tuple[Role, ...], kind: str, make_survey: MakeSurvey, make_response: MakeResponse
) -> None:
    answers = respondents(300)
    found = tables(Contributor(make_survey(roles)), [make_response(one) for one in answers])["by_sex"]
    for sex in "FM":
        result = estimate(found[sex], kind)
        value, error = taylor(people(answers, roles, kind, sex), total=kind in ("n", "poor", "total"))
        assert result.value == pytest.approx(value, rel=1e-12)
        assert result.standard_error == pytest.approx(error, rel=1e-9)
        assert result.low is not None and result.high is not None and result.low < value < result.high


def test_members_of_one_household_are_one_cluster(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    random = Random(5)
    rows: list[list[dict[str, Answer]]] = [
        [
            {"member/kin": random.choice("FM"), "member/years": random.randint(0, 90)}
            for _ in range(random.randint(0, 5))
        ]
        for _ in range(80)
    ]
    nobody: dict[str, Answer] = {"member/kin": "", "member/years": 0}
    for roles in ((), (Role.WEIGHT,)):
        made = [make_response({"sex": "F", "weight": "2.5"}, {"member": household}) for household in rows]
        cell = tables(Contributor(make_survey(roles)), made)["members"]["F|M"]
        units = [
            Person(
                float(str(row["member/years"])), 1.0, 2.5 if roles else 1.0, "", str(number), row["member/kin"] == "M"
            )
            for number, household in enumerate(rows)
            for row in [*household, nobody]  # households without members count too
        ]
        value, error = taylor(units)
        result = estimate(cell, "years")
        assert result.value == pytest.approx(value, rel=1e-12)
        assert result.standard_error == pytest.approx(error, rel=1e-9)


def test_numbers_made_by_hand(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    """Two PSUs in one stratum: sums 10 of weight 2 and 2 of weight 2, so the mean is 3 and z is 4 and -4 over 4."""
    made = [
        make_response({"sex": "F", "stratum": "a", "psu": psu, "weight": "1", "cost": cost})
        for psu, cost in ((1, 4), (1, 6), (2, 1), (2, 1))
    ]
    result = estimate(tables(Contributor(make_survey(WHOLE)), made)["by_sex"]["F"], "mean")
    assert (result.n, result.value) == (4, 3.0)
    assert result.standard_error == pytest.approx(sqrt(2 / 1 * (4**2 + 4**2) / 4**2))
    assert result.cv == pytest.approx(2 / 3)
    assert result.quality is Quality.UNRELIABLE
    assert result.high == pytest.approx(3 + 12.7062 * 2, rel=1e-4), "one degree of freedom: two PSUs, one stratum"


def test_a_stratum_with_one_psu_has_no_error(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    made = [
        make_response({"sex": sex, "stratum": stratum, "psu": psu, "weight": "1", "cost": psu})
        for sex, stratum, psu in (("F", "a", 1), ("F", "a", 2), ("M", "a", 1), ("F", "b", 1))
    ]
    found = tables(Contributor(make_survey(WHOLE)), made)["by_sex"]
    women, men = estimate(found["F"], "mean"), estimate(found["M"], "mean")
    assert (women.value, women.standard_error, women.reason) == (4 / 3, None, Missing.ONE_PSU)
    # The men's cell has nothing in that stratum, but both PSUs of its own stratum count.
    assert men.reason is not Missing.ONE_PSU


def test_what_cannot_be_had_is_none_with_a_reason(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    contributor = Contributor(make_survey())
    alone = tables(contributor, [make_response({"sex": "F", "cost": 5, "pay": 0})])["by_sex"]["F"]
    assert estimate(alone, "mean") == Estimate(1, 5.0, reason=Missing.ONE_SUBMISSION)
    assert estimate(alone, "months") == Estimate(1, None, reason=Missing.ZERO_BELOW)
    assert estimate(alone, "share") == Estimate(0, None, reason=Missing.NO_UNITS)
    alike = [make_response({"sex": "F", "cost": 5, "borrowed": "yes"}) for _ in range(3)]
    share = estimate(tables(contributor, alike)["by_sex"]["F"], "share")
    assert (share.value, share.standard_error, share.low, share.reason) == (1.0, 0.0, None, Missing.NO_VARIATION)


def test_kish(make_survey: MakeSurvey, make_response: MakeResponse) -> None:
    made = [make_response({"sex": "F", "weight": weight}) for weight in ("1", "1", "4")]
    cell = tables(Contributor(make_survey([Role.WEIGHT])), made)["by_sex"]["F"]
    assert cell.effective_n == pytest.approx(36 / 18)
    assert tables(Contributor(make_survey()), made)["by_sex"]["F"].effective_n == 3.0


@pytest.mark.parametrize(
    ("degrees", "expected"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (120, 1.9799)]
)
def test_t_quantiles(degrees: int, expected: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(expected, rel=2e-3)


def test_every_layout_has_a_description_of_its_vector(make_survey: MakeSurvey) -> None:
    for roles in ((), WHOLE):
        layouts: list[Layout] = Contributor(make_survey(roles)).layouts
        for layout in layouts:
            places = [segment.first + at for segment in layout.segments for at in range(len(segment.sums))]
            assert places == list(range(len(layout.base), layout.width))
            assert all(place < layout.width for place in layout.design_places)
