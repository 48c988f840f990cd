"""What the tables must show after a round of fieldwork, straight from the respondents.

The list of tables is written out here a second time on purpose: the truth is of use only as far as it shares nothing
with what it is compared with. All sums are exact integers: weights in millionths, figures as `units` makes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from cli.fieldwork.respondents import Respondent
from cli.fieldwork.units import Unit, cost, interview, member

Cell = tuple[str, tuple[str, ...]]
"""Table and codes, in the order of the table's dimensions; by area the stratum and the PSU come after them."""

Sums = dict[str, int]

Figures = dict[str, dict[Cell, Sums]]
"""By figure: "" is everyone in the cell (n, w, w2; and s, the submissions, where these are not the unit), the name of
a measure those in its universe (n, w, wx; of a ratio n, wy, wx; of a total n, wx). With "@psu" behind it the same for
each area, without n, s and w2: what variances are made from. With "@bucket" behind the name of a quantile those whose
amounts are in one bucket (n, w), which is the last code of the cell."""

AREAS = "_registry"
"""A table of its own: the submissions of each area, whatever they answered."""

INTERVIEWS, MEMBERS, COSTS = "interviews", "members", "costs"


@dataclass(frozen=True)
class Table:
    name: str
    dimensions: tuple[str, ...]
    figures: tuple[str, ...] = ()
    unit: str = INTERVIEWS
    quantiles: tuple[str, ...] = ()


TABLES: tuple[Table, ...] = (
    Table("cost_by_country_sex", ("country", "sex"), ("cost_mean", "cost_months")),
    Table("cost_by_channel_sex", ("channel", "sex"), ("cost_mean", "borrowed_share")),
    Table("status_by_country_sex", ("status", "country", "sex")),
    Table("status_by_age_sex", ("status", "age", "sex")),
    Table("destination_by_education", ("destination", "education")),
    Table("response", ()),
    Table(
        "rci_by_corridor_sex",
        ("country", "destination", "sex"),
        ("rci_mean", "rci_over_1", "earnings_mean"),
        quantiles=("rci_quartiles",),
    ),
    Table("status_by_disability_sex", ("status", "disability", "sex")),
    Table("skills_by_destination_sex", ("destination", "sex"), ("overqualified_share", "recognised_share")),
    Table(
        "remittance_by_country_transfer",
        ("country", "transfer"),
        ("remitted_mean", "remitted_total", "reported_remittance_cost", "paid_out_mean"),
    ),
    Table("discrimination_by_country_sex", ("country", "sex"), ("discriminated_5y_share", "discriminated_12m_share")),
    Table("discrimination_by_ground_sex", ("grounds", "sex")),
    Table(
        "protection_by_destination_sex", ("destination", "sex"), ("retained_share", "withheld_share", "injured_share")
    ),
    Table("wellbeing_by_status_sex", ("status", "sex"), ("wellbeing_mean", "school_absence_share", "plan_share")),
    Table("members_by_age_sex", ("age", "sex", "presence"), unit=MEMBERS),
    Table("costs_by_kind_country", ("kind", "country"), ("amount_mean", "deducted_share", "reimbursed_ratio"), COSTS),
)


def cells(respondents: Iterable[Respondent]) -> Figures:
    """The sums of each cell that has any."""
    result: Figures = {}
    for respondent in respondents:
        area = (f"{respondent.country}-{respondent.area}", str(respondent.psu))
        _add(result, "", (AREAS, ()), {"n": 1})
        _add(result, "@psu", (AREAS, area), {"n": 1})
        units = _units(respondent)
        for table in TABLES:
            for codes, found in _in_cells(table, units[table.unit]).items():
                _count(result, table, codes, area, respondent.weight, found)
    return result


def _units(respondent: Respondent) -> dict[str, list[Unit]]:
    person = respondent.person
    assert person is not None, "who refused is in no table"
    job = person.journey.recruitment if person.journey else None
    costs = job.payment.costs if job and job.payment else ()
    return {
        INTERVIEWS: [interview(respondent)],
        MEMBERS: [member(each) for each in person.members],
        COSTS: [cost(each, respondent.country) for each in costs],
    }


def _in_cells(table: Table, units: Iterable[Unit]) -> dict[tuple[str, ...], list[Unit]]:
    """The units of one submission by the codes of their cells."""
    found: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        for codes in product(*[unit.codes[dimension] for dimension in table.dimensions]):
            found.setdefault(codes, []).append(unit)
    return found


def _count(
    result: Figures, table: Table, codes: tuple[str, ...], area: tuple[str, str], weight: int, units: list[Unit]
) -> None:
    """Adds the units of one submission that are in one cell. Squares are of their sum: a household is one cluster."""
    cell, by_area = (table.name, codes), (table.name, codes + area)
    w = weight * len(units)
    base = {"n": len(units), "w": w, "w2": w * w}
    _add(result, "", cell, base if table.unit == INTERVIEWS else base | {"s": 1})
    _add(result, "@psu", by_area, {"w": w})
    for figure in table.figures:
        for unit in units:
            if (values := unit.figures.get(figure)) is not None:
                weighted = {name: weight * amount for name, amount in values.items()}
                _add(result, f"{figure}@psu", by_area, weighted)
                _add(result, figure, cell, {"n": 1, **weighted})
    for quantile in table.quantiles:
        for unit in units:
            if (amount := unit.amounts.get(quantile)) is not None:
                codes_of_bucket = (*codes, str(bucket(amount)))
                _add(result, f"{quantile}@bucket", (table.name, codes_of_bucket), {"n": 1, "w": weight})
                _add(result, f"{quantile}@bucket@psu", (table.name, codes_of_bucket + area), {"w": weight})


def bucket(amount: int) -> int:
    """The number of the bucket of an amount that is not negative: zero is 0, then each bucket begins one above 51/49
    of where the one before began."""
    found, begins = 0, 1
    while begins <= amount:
        found, begins = found + 1, begins * 51 // 49 + 1
    return found


def _add(figures: Figures, figure: str, cell: Cell, more: Mapping[str, int]) -> None:
    sums = figures.setdefault(figure, {}).setdefault(cell, {})
    for name, amount in more.items():
        sums[name] = sums.get(name, 0) + amount
