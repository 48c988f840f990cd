"""How generations come, grow complete and go, one transition after the other."""

from dataclasses import replace

from schemas.tables.generations import Drop, Fill, Generation, Generations, TableState
from schemas.tables.layout import layouts
from services.aggregate.generations import (
    abandoned,
    asked,
    begun,
    counting,
    done,
    dropped,
    fenced,
    own_tables,
    registered,
    spent,
    without_fill,
)
from tests.unit.services.aggregate.rebuilt_survey import ALL, FIRST, SECOND, THIRD, version

IDS = {layout.name: layout.id for one in (FIRST, SECOND, THIRD) for layout in layouts(one)}
REGISTRY, OF_ALL, OF_SEX = IDS["_registry"], IDS["all"], IDS["by_sex"]


def current(number: int, *versions: str) -> TableState:
    return TableState(number, Generation(number, versions))


def some(**more: object) -> Generations:
    state = {"a": current(1, "1"), "b": TableState(2, Generation(1, ("1",)), Generation(2, ("1", "2")))}
    return Generations("visit", 7, ("1", "2"), state, **more)  # type: ignore[arg-type]


def test_a_table_counts_every_version_that_has_it_and_each_older_one_that_has_its_fields() -> None:
    # Whatever their order.
    assert counting([THIRD, FIRST, SECOND]) == {REGISTRY: ("1", "2", "3"), OF_ALL: ("1", "2"), OF_SEX: ("1", "2", "3")}
    assert own_tables([THIRD, FIRST, SECOND]) == {
        REGISTRY: ["1", "2", "3"],
        OF_ALL: ["1", "2"],
        OF_SEX: ["2", "3"],
    }


def test_of_a_new_survey_every_table_is_a_figure() -> None:
    assert registered(None, "visit", [FIRST, SECOND], has_cells=False) == Generations(
        "visit",
        1,
        ("1", "2"),
        {REGISTRY: current(1, "1", "2"), OF_ALL: current(1, "1", "2"), OF_SEX: current(1, "1", "2")},
    )


def test_of_one_that_was_counted_by_an_older_release_what_lacks_a_version_is_wanted() -> None:
    found = registered(None, "visit", [FIRST, SECOND], has_cells=True)
    assert found.tables == {
        REGISTRY: current(1, "1", "2"),
        OF_ALL: current(1, "1", "2"),
        OF_SEX: replace(current(1, "2"), wanted=True),
    }


def test_nothing_new_changes_nothing() -> None:
    before = registered(None, "visit", [FIRST], has_cells=False)
    assert registered(before, "visit", [FIRST], has_cells=True) is before


def test_a_table_that_is_new_on_an_old_survey_is_to_be_filled_before_it_counts() -> None:
    before = registered(None, "visit", [FIRST], has_cells=False)
    assert registered(before, "visit", [FIRST, SECOND], has_cells=True) == Generations(
        "visit",
        2,
        ("1", "2"),
        {REGISTRY: current(1, "1", "2"), OF_ALL: current(1, "1", "2"), OF_SEX: TableState(0, wanted=True)},
    )


def test_a_table_that_no_older_version_can_have_counts_at_once() -> None:
    alone = version(1, ALL, fields=FIRST.fields[1:])
    before = registered(None, "visit", [alone], has_cells=False)
    assert registered(before, "visit", [alone, SECOND], has_cells=True).tables[OF_SEX] == current(1, "2")


def test_a_version_that_is_new_counts_in_what_is_there_and_in_what_is_being_filled() -> None:
    before = registered(registered(None, "visit", [FIRST], False), "visit", [FIRST, SECOND], True)
    under_way = begun(before, [FIRST, SECOND], [0], 5)
    after = registered(under_way, "visit", [FIRST, SECOND, THIRD], has_cells=True)
    assert after.tables == {
        REGISTRY: current(1, "1", "2", "3"),
        OF_ALL: current(1, "1", "2"),
        OF_SEX: TableState(1, None, Generation(1, ("1", "2", "3"))),
    }
    assert (after.epoch, after.fill) == (under_way.epoch + 1, under_way.fill)


def test_a_table_that_lacks_a_version_that_is_known_is_wanted_and_counts_the_new_one() -> None:
    before = Generations("visit", 1, ("1",), {OF_SEX: current(1, "0")})
    after = registered(before, "visit", [FIRST, SECOND], has_cells=True)
    assert after.tables[OF_SEX] == replace(current(1, "0", "2"), wanted=True)


def test_what_is_wanted_stays_wanted() -> None:
    before = registered(None, "visit", [FIRST, SECOND], has_cells=True)
    after = registered(before, "visit", [FIRST, SECOND, THIRD], has_cells=True)
    assert after.tables[OF_SEX] == replace(current(1, "2", "3"), wanted=True)


def test_one_that_never_was_filled_stays_wanted_when_a_version_comes() -> None:
    before = registered(registered(None, "visit", [FIRST], False), "visit", [FIRST, SECOND], True)
    after = registered(before, "visit", [FIRST, SECOND, THIRD], True)
    assert after.tables[OF_SEX] == TableState(0, wanted=True)


def test_who_asks_names_tables_or_means_all() -> None:
    before = some(rebuilt_ms=3)
    after = asked(before, ["b", "no"], 9)
    assert {table: state.wanted for table, state in after.tables.items()} == {"a": False, "b": True}
    assert (after.rebuilt_ms, after.epoch) == (9, before.epoch)
    assert all(state.wanted for state in asked(before, [], 9).tables.values())
    # Who asks for another one takes nothing back.
    assert asked(after, ["a"], 10).tables["b"].wanted


def test_a_fill_begins_with_the_next_generation_of_what_is_wanted() -> None:
    before = asked(registered(None, "visit", [FIRST, SECOND], has_cells=False), [OF_SEX], 3)
    after = begun(before, [FIRST, SECOND, THIRD], [2, 0], 5)
    # The third version is published and not registered yet.
    filling = TableState(2, Generation(1, ("1", "2")), Generation(2, ("1", "2")))
    assert after == replace(
        before, epoch=2, tables={**before.tables, OF_SEX: filling}, fill=Fill(2, 5, (0, 2)), rebuilt_ms=3
    )


def test_a_version_that_counts_goes_on_counting_when_a_revision_made_it_look_otherwise() -> None:
    revised = version(1, ALL, fields=FIRST.fields[1:])
    assert counting([revised, SECOND])[OF_SEX] == ("2",)
    before = Generations("visit", 1, ("1", "2"), {OF_SEX: replace(current(1, "1", "2", "gone"), wanted=True)})
    after = begun(before, [SECOND, revised], [0], 5).tables[OF_SEX]
    assert after.filling == Generation(2, ("1", "2"))


def test_what_no_version_has_any_more_is_not_filled() -> None:
    before = Generations("visit", 1, ("1",), {"old": TableState(1, Generation(1, ("0",)), wanted=True)})
    after = begun(before, [FIRST], [0], 5)
    assert after == replace(before, tables={"old": current(1, "0")})


def test_a_fence_takes_in_the_partitions_that_were_added_meanwhile() -> None:
    before = some(fill=Fill(6, 5, (0, 1)), drop=Drop(("x",), (3,)))
    after = fenced(before, [2, 1])
    assert after == replace(before, fill=Fill(6, 5, (0, 1, 2), fenced=True), drop=Drop(("x",), (1, 2, 3), fenced=True))
    assert fenced(after, [7]) == after
    assert fenced(some(), [0]) == some()


def test_when_the_last_partition_is_filled_the_figures_change_and_those_before_go() -> None:
    before = some(fill=Fill(6, 5, (0, 1), fenced=True), filled=((4, ("a",)),))
    half = done(before, [1])
    assert half == replace(before, fill=Fill(6, 5, (0, 1), fenced=True, done=(1,)))
    whole = done(half, [0])
    assert whole == replace(
        before,
        epoch=8,
        tables={"a": current(1, "1"), "b": current(2, "1", "2")},
        fill=None,
        drop=Drop(("b",), (0, 1)),
        filled=((4, ("a",)), (6, ("b@2",))),
    )


def test_a_first_generation_replaces_nothing() -> None:
    state = {"t": TableState(1, None, Generation(1, ("1",)))}
    after = done(Generations("visit", 7, ("1",), state, Fill(6, 5, (0,))), [0])
    assert (after.drop, after.tables, after.filled) == (None, {"t": current(1, "1")}, ((6, ("t",)),))


def test_of_a_survey_that_ended_what_was_being_filled_is_dropped() -> None:
    before = some(fill=Fill(6, 5, (0, 1)), drop=Drop(("x",), (1,)))
    wanted = replace(before, tables={**before.tables, "a": replace(current(1, "1"), wanted=True)})
    after = abandoned(wanted)
    assert after == replace(
        before,
        epoch=8,
        tables={"a": current(1, "1"), "b": TableState(2, Generation(1, ("1",)))},
        fill=None,
        drop=Drop(("x", "b@2"), (0, 1)),
    )
    assert not after.is_plain and after.is_busy


def test_of_a_survey_that_ended_what_is_being_dropped_goes_on() -> None:
    before = replace(some(drop=Drop(("x",), (3,))), tables={"a": current(1, "1")})
    assert abandoned(before) == replace(before, epoch=8)
    first = abandoned(some(fill=Fill(6, 5, (0, 1))))
    assert first.drop == Drop(("b@2",), (0, 1))


def test_what_is_dropped_is_forgotten_after_the_last_partition() -> None:
    before = some(drop=Drop(("x",), (0, 1, 2), fenced=True))
    half = dropped(before, [1, 5])
    assert half == replace(before, drop=Drop(("x",), (0, 2), fenced=True))
    assert dropped(half, [0, 2]) == replace(before, drop=None)


def test_a_fill_is_spent_when_nothing_of_it_counts() -> None:
    before = some(filled=((2, ("a", "gone")), (3, ("gone", "b@9")), (4, ("b@2",)), (5, ())))
    assert spent(before) == [3, 5]
    after = without_fill(before, 3)
    assert after == replace(before, epoch=8, filled=((2, ("a", "gone")), (4, ("b@2",)), (5, ())))
