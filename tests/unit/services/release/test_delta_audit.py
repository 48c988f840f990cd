"""REL delta: sticky cells."""

import pytest

from services.release.delta import Fresh, respondents_moved, settle, violations
from services.release.identity import Identity
from services.release.live_table import LiveCell
from services.release.quantities import Quantities

AT: Identity = ("", (("work", "p"),))


def cell(submissions: int, moves: int) -> LiveCell:
    return LiveCell(submissions, submissions, moves)


def fresh(value: int, submissions: int, moves: int) -> Fresh:
    return Fresh(Quantities({"n": value}), submissions, moves)


@pytest.mark.parametrize(
    ("submissions", "moves", "respondents"),
    [
        (20, 20, 0),
        (23, 23, 3),
        (18, 22, 2),
        (20, 22, 1),  # one edit, or one who came and one who went: at least one
        (21, 27, 4),
    ],
)
def test_respondents_who_moved_are_never_overrated(submissions: int, moves: int, respondents: int) -> None:
    assert respondents_moved(fresh(20, 20, 20), cell(submissions, moves)) == respondents


def test_a_change_by_two_is_kept_back_and_comes_out_with_the_third() -> None:
    before = {AT: fresh(20, 24, 24)}
    now = Quantities({"n": 25})
    second, kept = settle(before, {AT: (cell(26, 26), now)}, 3)
    assert kept == {AT} and second[AT].quantities.values == {"n": 20} and second[AT].submissions == 24
    third, kept = settle(second, {AT: (cell(27, 27), now)}, 3)
    assert not kept and third[AT].quantities.values == {"n": 25} and third[AT].submissions == 27


def test_a_number_that_did_not_change_begins_the_count_anew() -> None:
    settled, kept = settle({AT: fresh(20, 20, 20)}, {AT: (cell(22, 22), Quantities({"n": 20}))}, 3)
    assert not kept and settled[AT].submissions == 22


def test_a_cell_appears_only_with_three_and_does_not_vanish_with_one() -> None:
    appears, kept = settle({AT: Fresh(Quantities({}), 9, 9)}, {AT: (cell(10, 10), Quantities({"n": 10}))}, 3)
    assert kept == {AT} and not appears[AT].quantities.shown
    stays, _ = settle({AT: fresh(10, 10, 10)}, {AT: (cell(9, 11), Quantities({}))}, 3)
    assert stays[AT].quantities.values == {"n": 10}


def test_the_audit_finds_a_change_by_too_few() -> None:
    before = {AT: fresh(20, 24, 24)}
    assert violations(before, {AT: Quantities({"n": 25})}, {AT: cell(26, 26)}, 3) == [AT]
    assert violations(before, {AT: Quantities({"n": 20})}, {AT: cell(26, 26)}, 3) == []
    assert violations(before, {AT: Quantities({"n": 25})}, {AT: cell(27, 27)}, 3) == []
