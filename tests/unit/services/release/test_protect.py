"""REL protect: a whole release from live tables, through a survey's life."""

import json
from dataclasses import replace
from itertools import product

import pytest

from schemas.survey.definition import IndicatorKind
from services.release.epoch import Moment
from services.release.live_table import Amount, Codes, Indicator, LiveCell, LiveTable
from services.release.manifest import as_document, content_hash
from services.release.policy import DAY_MS, Policy
from services.release.problems import NotReleased, Problem
from services.release.protect import Memory, Release, protect
from services.release.rows import ConfStatus, ObsStatus, Row

SECRET = b"k" * 32
POLICY = Policy(every_ms=DAY_MS)
REGIONS, WORK = ("north", "south"), ("paid", "own", "none")
SHARE = Indicator("employed", IndicatorKind.SHARE)
MONEY = Indicator("cost", IndicatorKind.MEAN, factor=100, amount=True)


def cell(number: int, employed: int | None = None, cost: Amount | None = None) -> LiveCell:
    yes = number // 2 if employed is None else employed
    money = cost or Amount(number, 40_000 * number, number, (60_000, 55_000), 0.04)
    return LiveCell(
        number, number, number, None, {"employed": Amount(number, yes, number, (1, 1), 0.05), "cost": money}
    )


def table(numbers: list[int], **more: object) -> LiveTable:
    cells: dict[Codes, LiveCell] = {
        codes: cell(number) for codes, number in zip(product(REGIONS, WORK), numbers, strict=True) if number
    }
    made = LiveTable("work", "", ("region", "work"), (REGIONS, WORK), cells, (SHARE, MONEY))
    return replace(made, **more)  # type: ignore[arg-type]


def released(tables: list[LiveTable], previous: Memory | None = None, day: int = 0, closing: bool = False) -> Release:
    made = protect("homes", tables, POLICY, previous, Moment(day * DAY_MS, 10**6, f"0:{day}", closing), SECRET)
    assert isinstance(made, Release), made
    return made


def rows(release: Release, name: str = "work") -> dict[tuple[str, ...], Row]:
    return {row.codes: row for found in release.tables if found.name == name for row in found.rows}


BIG = [400, 500, 600, 700, 800, 900]


def test_every_combination_has_a_row_and_a_suppressed_one_says_so_without_saying_why() -> None:
    found = rows(released([table([400, 4, 0, 700, 800, 900])], closing=True))
    assert len(found) == 3 * 4
    for codes in (("north", "own"), ("north", "none")):
        row = found[codes]
        assert (row.obs_value, row.obs_status, row.conf_status) == (None, ObsStatus.SUPPRESSED, ConfStatus.CONFIDENTIAL)
        assert row.figures["employed"].obs_value is None and row.figures["employed"].obs_status is ObsStatus.SUPPRESSED
    assert {row.conf_status for row in found.values() if row.obs_value is None} == {ConfStatus.CONFIDENTIAL}


def test_progress_is_on_the_coarse_grid_and_the_closing_release_on_the_designed_one() -> None:
    progress = released([table(BIG)])
    assert {row.obs_value % progress.tables[0].step for row in rows(progress).values() if row.obs_value} == {0}
    assert progress.tables[0].step >= 75
    closing = released([table(BIG)], progress.memory, 1, closing=True)
    found = rows(closing)
    assert closing.tables[0].step == 5 and all(row.obs_value % 5 == 0 for row in found.values() if row.obs_value)
    for codes, number in zip(product(REGIONS, WORK), BIG, strict=True):
        assert abs((found[codes].obs_value or 0) - number) < 5


def test_a_cell_in_which_nothing_happened_stays_whatever_happens_elsewhere() -> None:
    first = released([table(BIG)])
    second = released([table([*BIG[:-1], BIG[-1] + 300])], first.memory, 1)
    before, after = rows(first), rows(second)
    assert all(before["north", work] == after["north", work] for work in (*WORK, "_T"))
    assert before["south", "none"].obs_value != after["south", "none"].obs_value


def test_two_who_push_a_cell_over_the_edge_do_not_show_but_stay_counted() -> None:
    made = released([table(BIG)])
    step, values, kept = made.tables[0].step, [rows(made)["north", "paid"].obs_value], []
    for day in range(1, 2 * step):
        made = released([table([BIG[0] + day, *BIG[1:]])], made.memory, day)
        values.append(rows(made)["north", "paid"].obs_value)
        kept.append(made.audit.kept[""])
    # One a day: never three between two releases, but the first to cross the edge waits for two more.
    assert len(set(values)) == 3 and max(kept) > 0
    assert all(abs((value or 0) - BIG[0] - day) < step + 3 for day, value in enumerate(values))


def test_same_inputs_same_release_and_another_key_another() -> None:
    one, two = released([table(BIG)]), released([table(BIG)])
    assert one == two and one.manifest.content == content_hash(one.tables)
    other = protect("homes", [table(BIG)], POLICY, None, Moment(0, 10**6, "0:0"), b"x" * 32)
    assert isinstance(other, Release) and other.manifest.content != one.manifest.content


def test_the_manifest_counts_rows_chains_releases_and_keeps_secrets() -> None:
    first = released([table([400, 4, 0, 700, 800, 900])])
    second = released([table([400, 4, 0, 700, 800, 901])], first.memory, 1)
    assert second.manifest.previous == first.manifest.content and second.manifest.epoch == 2
    note = second.manifest.tables[0]
    assert note.rows == 12 and note.suppressed == sum(not row.published for row in second.tables[0].rows) > 0
    assert note.until_closing == 0
    assert second.audit.reasons["work"]["minimum_frequency"] == 2
    text = json.dumps(as_document(second.manifest)) + json.dumps([made.as_document() for made in second.tables])
    for secret in (
        "0:1",
        "reasons",
        "minimum_frequency",
        "moved",
        "moves",
        "kept",
        "percent",
        "dominance",
        "sticky",
        SECRET.decode(),
    ):
        assert secret not in text


def test_a_key_that_is_none_is_a_fault() -> None:
    with pytest.raises(ValueError, match="release key"):
        protect("homes", [table(BIG)], POLICY, None, Moment(0, 10**6, ""), b"short")


def test_progress_has_national_figures_and_says_what_comes_later() -> None:
    cells = dict(table(BIG).cells)
    whole = LiveCell(3900, 3900, 3900, None, {
        "employed": Amount(3900, 1950, 3900, (1, 1), 0.02),
        "cost": Amount(3900, 156_000_000, 3900, (60_000, 55_000), 0.02),
    })  # fmt: skip
    found = rows(released([table(BIG, cells=cells | {("_T", "_T"): whole})]))
    total, inner = found["_T", "_T"], found["north", "paid"]
    share, mean = total.figures["employed"], total.figures["cost"]
    assert share.obs_value == pytest.approx(0.5, abs=0.05) and mean.obs_value == pytest.approx(400, rel=0.1)
    assert share.low is not None and share.high is not None and share.low < 0.5 < share.high
    assert total.weighted is None and inner.obs_value is not None
    later = inner.figures["cost"]
    assert (later.obs_value, later.conf_status) == (None, ConfStatus.NOT_YET)


def test_exact_numbers_only_where_somebody_signed() -> None:
    found = rows(released([table([4, 1, 0, 7, 8, 9], mode="none", signed_off="A. Officer")]))
    assert found["north", "own"].obs_value == 1 and found["north", "none"].obs_value == 0
    assert found["_T", "_T"].obs_value == 29
    refused = protect("homes", [table(BIG, mode="none")], POLICY, None, Moment(0, 10**6, ""), SECRET)
    assert isinstance(refused, NotReleased) and refused.problem is Problem.NOT_SIGNED_OFF


def test_suppression_leaves_exact_counts_and_no_cell_that_follows() -> None:
    found = rows(released([table([400, 4, 600, 700, 800, 900], mode="suppress")], closing=True))
    hidden = {codes for codes, row in found.items() if row.obs_value is None}
    assert ("north", "own") in hidden and 4 <= len(hidden) <= 6
    assert all(
        row.obs_value == number
        for (codes, number) in zip(product(REGIONS, WORK), [400, 4, 600, 700, 800, 900], strict=True)
        if (row := found[codes]).obs_value is not None
    )
    assert found["_T", "_T"].obs_value == 3404


def test_figures_come_from_rounded_parts_alone() -> None:
    made = released([table([number + 3 for number in BIG])], closing=True)
    for row in rows(made).values():
        share, mean = row.figures["employed"], row.figures["cost"]
        assert share.obs_value is not None and share.n is not None
        assert share.obs_value == pytest.approx(0.5, abs=0.03)
        employed = share.obs_value * share.n
        assert abs(employed - 5 * round(employed / 5)) < 1e-6
        assert mean.obs_value == pytest.approx(400, rel=0.05) and mean.obs_value != 400
    inner = rows(made)["north", "paid"].figures["cost"]
    assert inner.standard_error is not None and inner.standard_error >= 0.04 * 390
    assert inner.low is not None and inner.high is not None and inner.low < 400 < inner.high
    assert inner.quality == "good"


def test_a_country_whose_amounts_are_a_thousandth_of_the_others_has_a_mean_too() -> None:
    small = Amount(400, 40 * 400, 400, (60, 55), 0.04)
    cells = dict(table(BIG).cells) | {("north", "paid"): cell(400, cost=small)}
    figure = rows(released([table(BIG, cells=cells)], closing=True))["north", "paid"].figures["cost"]
    assert figure.obs_value == pytest.approx(0.4, rel=0.05) and figure.standard_error is not None


def test_a_figure_below_a_step_of_its_grid_is_flagged() -> None:
    wild = Amount(400, 40_000 * 400, 400, (60_000, 55_000), 30.0)
    cells = dict(table(BIG).cells) | {("north", "paid"): cell(400, cost=wild)}
    found = [
        protect("homes", [table(BIG, cells=cells)], POLICY, None, Moment(0, 10**6, "", True), bytes([key]) * 32)
        for key in range(4)
    ]
    figures = [rows(made)["north", "paid"].figures["cost"] for made in found if isinstance(made, Release)]
    zero = [figure for figure in figures if figure.obs_value == 0]
    assert zero and all(figure.obs_status is ObsStatus.LOW_RELIABILITY for figure in figures)
    assert all((figure.quality, figure.standard_error) == ("unreliable", None) for figure in zero)


def test_a_number_that_is_the_count_is_rounded_like_it() -> None:
    count = Indicator("all", IndicatorKind.COUNT)
    cells: dict[Codes, LiveCell] = {
        (work,): LiveCell(number, number, number, None, {"all": Amount(number, number, error=0.5)})
        for work, number in zip(WORK, (403, 518, 611), strict=True)
    }
    made = LiveTable("work", "", ("work",), (WORK,), cells, (count,), answers={"all": ()})
    for closing in (False, True):
        found = [row for row in rows(released([made], closing=closing)).values() if row.obs_value is not None]
        assert len(found) == 4 and all(row.figures["all"].obs_value == row.obs_value for row in found)


def test_a_share_of_all_or_of_none_is_not_published() -> None:
    cells = {("north", "paid"): cell(400, 400), ("north", "own"): cell(400, 3), ("south", "paid"): cell(400, 200)}
    found = rows(released([table(BIG, cells=cells | {("south", "own"): cell(300)})], closing=True))
    assert found["north", "paid"].obs_value is not None
    assert found["north", "paid"].figures["employed"].obs_value is None
    assert found["north", "own"].figures["employed"].obs_value is None
    hidden = {codes for codes, row in found.items() if row.published and row.figures["employed"].obs_value is None}
    assert hidden == {(region, work) for region in REGIONS for work in ("paid", "own")}  # or they would follow


def test_a_sum_that_two_people_make_is_not_published_and_does_not_follow() -> None:
    rich = Amount(400, 19_000_000, 400, (9_500_000, 9_300_000), 0.9)
    cells = dict(table(BIG).cells) | {("north", "paid"): cell(400, cost=rich)}
    found = rows(released([table(BIG, cells=cells)], closing=True))
    hidden = {codes for codes, row in found.items() if row.figures["cost"].obs_value is None}
    assert {(region, work) for region in REGIONS for work in ("paid", "own")} == hidden
    for region in (*REGIONS, "_T"):
        assert len(hidden.intersection((region, work) for work in (*WORK, "_T"))) != 1
    for work in (*WORK, "_T"):
        assert len(hidden.intersection((region, work) for region in (*REGIONS, "_T"))) != 1
    assert all(row.figures["employed"].obs_value is not None for row in found.values())


def test_a_sum_of_which_no_contribution_is_known_is_not_published() -> None:
    unknown = Amount(400, 16_000_000, 400, error=0.05)
    cells = dict(table(BIG).cells) | {("north", "paid"): cell(400, cost=unknown)}
    assert rows(released([table(BIG, cells=cells)], closing=True))["north", "paid"].figures["cost"].obs_value is None


def test_a_mean_of_people_who_answered_alike_is_not_published() -> None:
    alike = Amount(400, 16_000_000, 400, (40_000, 40_000), 0.0)
    cells = dict(table(BIG).cells) | {("north", "paid"): cell(400, cost=alike)}
    assert rows(released([table(BIG, cells=cells)], closing=True))["north", "paid"].figures["cost"].obs_value is None


def test_a_code_that_the_form_does_not_list_is_told_only_with_its_people() -> None:
    codes = (REGIONS, (*WORK, "rare"))
    cells = dict(table(BIG).cells) | {("north", "rare"): cell(2)}
    found = released([table(BIG, codes=codes, cells=cells, unlisted=frozenset({"work"}))], closing=True)
    assert {codes[1] for codes in rows(found)} == {*WORK, "_T"}
    assert found.manifest.tables[0].rows == len(found.tables[0].rows) == 12


def test_a_group_that_answered_alike_shows_nothing_of_how() -> None:
    found = rows(released([table([300, 0, 0, 400, 500, 600])], closing=True))
    assert all(found["north", work].obs_value is None for work in WORK)


def test_a_household_is_one_respondent_however_many_persons_it_has() -> None:
    def persons(submissions: int) -> LiveTable:
        cells: dict[Codes, LiveCell] = {(work,): LiveCell(60, submissions, submissions) for work in WORK}
        return LiveTable("persons", "member", ("work",), (WORK,), cells)

    small = rows(released([persons(9)], closing=True), "persons")
    assert all(row.obs_value is None for row in small.values())
    large = rows(released([persons(30)], closing=True), "persons")
    assert all(large[work,].obs_value for work in WORK)
    assert released([persons(30)]).tables[0].step == 2 * released([table(BIG, dimensions=("work",), codes=(WORK,),
        cells={(work,): LiveCell(60, 60, 60) for work in WORK}, indicators=())]).tables[0].step  # fmt: skip


def test_tables_share_their_margins_to_the_last_digit() -> None:
    first = table(BIG)
    by_sex = LiveTable(
        "sex", "", ("region", "sex"), (REGIONS, ("f", "m")),
        {("north", "f"): cell(700), ("north", "m"): cell(800), ("south", "f"): cell(1200), ("south", "m"): cell(1200)},
        (SHARE, MONEY),
    )  # fmt: skip
    made = released([first, by_sex])
    for region in (*REGIONS, "_T"):
        assert rows(made)[region, "_T"].obs_value == rows(made, "sex")[region, "_T"].obs_value
    wrong = replace(by_sex, cells={**by_sex.cells, ("north", "f"): cell(701)})
    with pytest.raises(ValueError, match="counts other people"):
        released([first, wrong])


def test_nothing_after_the_closing_release() -> None:
    made = released([table(BIG)], closing=True)
    again = protect("homes", [table(BIG)], POLICY, made.memory, Moment(9 * DAY_MS, 10**6, ""), SECRET)
    assert isinstance(again, NotReleased) and again.problem is Problem.CLOSED


def test_an_empty_survey_is_all_suppressed_rows() -> None:
    found = rows(released([table([0] * 6)]))
    assert len(found) == 12 and all(row.obs_value is None for row in found.values())
