"""REL deduced: a figure hidden because all answered alike does not follow from the others; and what waits for the
closing release is told by definitions alone."""

import random
from collections.abc import Mapping

import pytest
from scipy.optimize import linprog

from schemas.survey.definition import IndicatorKind
from services.release.epoch import Moment
from services.release.live_table import Amount, Codes, Indicator, LiveCell, LiveTable
from services.release.policy import DAY_MS, Policy
from services.release.protect import Release, protect
from services.release.rows import ConfStatus, Row

POLICY = Policy(every_ms=DAY_MS)
SHARE = Indicator("p", IndicatorKind.SHARE)
MEAN = Indicator("p", IndicatorKind.MEAN, amount=True)
THRESHOLD = 10
Counts = Mapping[Codes, tuple[int, int]]
"""People, and those of them who said yes."""


def cell(number: int, yes: int) -> LiveCell:
    return LiveCell(number, number, number, None, {"p": Amount(number, yes, number, (1, 1), 0.05)})


def released(tables: list[LiveTable], closing: bool = True) -> Release:
    made = protect("homes", tables, POLICY, None, Moment(0, 10**6, "", closing), b"k" * 32)
    assert isinstance(made, Release), made
    return made


def of(counts: Counts, mode: str = "round") -> LiveTable:
    dimensions = tuple(f"d{at}" for at in range(len(next(iter(counts)))))
    codes = tuple(tuple(sorted({key[at] for key in counts})) for at in range(len(dimensions)))
    return LiveTable("t", "", dimensions, codes, {at: cell(*own) for at, own in counts.items()}, (SHARE,), mode=mode)  # type: ignore[arg-type]


def hidden(release: Release) -> set[Codes]:
    return {row.codes for row in release.tables[0].rows if row.figures["p"].obs_value is None}


@pytest.mark.parametrize("mode", ["round", "suppress"])
@pytest.mark.parametrize("yes", [0, 2, 299, 300])
def test_a_share_of_all_or_none_does_not_follow_from_its_margin(mode: str, yes: int) -> None:
    found = hidden(released([of({("n",): (300, yes), ("s",): (350, 150), ("w",): (280, 90)}, mode)]))
    assert found == {("n",), ("w",)}


def test_two_that_are_alike_do_not_hide_each_other() -> None:
    found = hidden(released([of({("n",): (300, 0), ("s",): (350, 1), ("w",): (280, 90), ("x",): (400, 200)})]))
    assert found == {("n",), ("s",), ("w",)}


def test_nothing_more_is_hidden_where_none_is_alike() -> None:
    assert not hidden(released([of({("n",): (300, 120), ("s",): (350, 150), ("w",): (280, 90)})]))


@pytest.mark.parametrize("mode", ["round", "suppress"])
def test_with_every_other_share_to_the_last_digit_none_can_be_told_to_be_of_all_or_none(mode: str) -> None:
    rng, alike = random.Random(5), 0
    for _ in range(25):
        counts: dict[Codes, tuple[int, int]] = {(a, b): _people(rng) for a in "xyz" for b in "123"}
        found = hidden(released([of(counts, mode)]))
        assert len(found) < 16
        for at in found.intersection(counts):
            number, yes = counts[at]
            if not THRESHOLD <= yes <= number - THRESHOLD:
                alike += 1
                low, high = _bounds(counts, found, at)
                assert high >= THRESHOLD - 1e-6 and low <= number - THRESHOLD + 1e-6
    assert alike > 10


def _people(rng: random.Random) -> tuple[int, int]:
    number = rng.randint(150, 400)
    return number, rng.choice([0, 2, number, *(rng.randint(30, 120) for _ in range(9))])


def _bounds(counts: Counts, found: set[Codes], wanted: Codes) -> tuple[float, float]:
    """Written apart from the program that protects: unknowns are the inner cells, known are all sums that are shown."""
    inner = list(counts)
    rows, right = [], []
    for a in (*"xyz", "_T"):
        for b in (*"123", "_T"):
            if (a, b) not in found:
                within = [float(a in (own[0], "_T") and b in (own[1], "_T")) for own in inner]
                rows.append(within)
                right.append(sum(inside * counts[own][1] for inside, own in zip(within, inner, strict=True)))
    limits = [(0, counts[own][0]) for own in inner]
    goal = [float(own == wanted) for own in inner]
    ends = [
        linprog([sign * one for one in goal], A_eq=rows or None, b_eq=right or None, bounds=limits) for sign in (1, -1)
    ]
    assert all(end.status == 0 for end in ends)
    return float(ends[0].fun), -float(ends[1].fun)


def test_a_mean_of_equal_answers_does_not_follow_either() -> None:
    def paid(number: int, each: int, error: float) -> LiveCell:
        return LiveCell(number, number, number, None, {"p": Amount(number, each * number, number, (each, each), error)})

    cells: dict[Codes, LiveCell] = {
        ("n",): paid(300, 500, 0.0),
        ("s",): paid(350, 400, 0.1),
        ("w",): paid(280, 450, 0.1),
    }
    made = LiveTable("t", "", ("d",), (("n", "s", "w"),), cells, (MEAN,))
    assert hidden(released([made])) == {("n",), ("w",)}


def test_while_the_survey_runs_too() -> None:
    counts: dict[Codes, tuple[int, int]] = {("n",): (900, 0), ("s",): (950, 450), ("w",): (880, 290)}
    assert hidden(released([of(counts)], closing=False)) == {("n",), ("w",)}


def test_counts_by_reason_are_not_for_everybody() -> None:
    numbers = {("a",): 9, ("b",): 9, ("c",): 100, ("d",): 50}
    cells: dict[Codes, LiveCell] = {codes: LiveCell(number, number, number) for codes, number in numbers.items()}
    made = released([LiveTable("t", "", ("w",), (tuple("abcd"),), cells, mode="suppress")])
    note = made.manifest.tables[0]
    assert (note.rows, note.suppressed, note.until_closing) == (5, 2, 0)
    assert not hasattr(note, "reasons") and made.audit.reasons == {"t": {"minimum_frequency": 2}}


def pairs(extra: int, order: range) -> list[LiveTable]:
    """Six tables of which the order decides which are shown before the end."""
    numbers: dict[Codes, int] = {("a", "1"): 1000 + extra, ("a", "2"): 1000, ("b", "1"): 1000, ("b", "2"): 1000}
    cells = {codes: LiveCell(number, number, number) for codes, number in numbers.items()}
    made = [LiveTable(f"d{at}", "", ("q", f"x{at}"), (("a", "b"), ("1", "2")), cells) for at in range(6)]
    return [made[at] for at in order]


def _rows(release: Release, name: str) -> list[Row]:
    return [row for table in release.tables if table.name == name for row in table.rows if "_T" not in row.codes]


def test_a_cell_that_is_first_shown_is_shown_whoever_moved_and_one_that_waits_waits_whoever_did() -> None:
    first = released(pairs(0, range(6)), closing=False)
    moment = Moment(DAY_MS, 10**6, "1")
    second = protect("homes", pairs(300, range(5, -1, -1)), POLICY, first.memory, moment, b"k" * 32)
    assert isinstance(second, Release)
    states = {table: {row.conf_status for row in _rows(second, table)} for table in (f"d{at}" for at in range(6))}
    assert all(len(status) == 1 for status in states.values())
    assert {ConfStatus.FREE} in states.values() and {ConfStatus.NOT_YET} in states.values()
    third = protect("homes", pairs(301, range(6)), POLICY, second.memory, Moment(2 * DAY_MS, 10**6, "2"), b"k" * 32)
    assert isinstance(third, Release)
    # Shown, not shown, shown again: the number is compared with what it was.
    assert [row.obs_value for row in _rows(third, "d0")][1:] == [row.obs_value for row in _rows(first, "d0")][1:]


def test_a_figure_of_nobody_is_suppressed_and_does_not_wait() -> None:
    cells: dict[Codes, LiveCell] = {("n",): cell(900, 400), ("s",): cell(900, 400)}
    none = LiveCell(900, 900, 900, None, {"p": Amount(900, 0, 0, (1, 1), 0.05)})
    made = LiveTable("t", "", ("d",), (("n", "s", "w"),), cells | {("w",): none}, (SHARE,))
    rows = {row.codes: row for row in released([made], closing=False).tables[0].rows}
    assert rows["w",].figures["p"].conf_status is ConfStatus.CONFIDENTIAL
