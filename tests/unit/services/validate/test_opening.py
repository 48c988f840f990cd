"""Opening a submission as JavaRosa 5.1 does (measured). OP1 missing nodes and groups. OP2 defaults. OP3 recomputation.
OP4 order: what a rule reads is settled before. OP5 rows of repeats, and equal rules in several homes. OP6 actions. OP7
what stops the form. OP8 rules about the present. OP9 departures where JavaRosa is broken."""

import json
from typing import Any

import pytest

from schemas.survey.definition import FieldType as T
from schemas.survey.definition import GroupDefinition, SetValue
from services.validate.compiled import CompiledSurvey
from services.validate.instance import Instance
from services.validate.judge import Examination

MADE_MS = 1_772_000_000_000
G, R = GroupDefinition(path="g"), GroupDefinition(path="r", repeat=True)


class Opened:
    """One form with one submission, judged."""

    def __init__(self, form: Any, answers: dict[str, Any], *fields: Any, groups: Any = (), **more: Any) -> None:
        self.survey = CompiledSurvey(form.survey(list(fields), list(groups), **more))
        self.instance: Instance = self.survey.read_json(json.dumps({"answers": answers}))
        self.found: Examination = self.survey.judge.examine(self.instance, MADE_MS)
        self.root = self.instance.root

    @property
    def reasons(self) -> list[tuple[str, str | None, list[int]]]:
        return [(reason.code, reason.path, reason.rows) for reason in self.found.reasons]

    def rows(self, path: str) -> list[Any]:
        return self.root.repeats.get(path, [])


def test_op1_a_missing_node_reads_as_nothing_and_its_relevance_decides_anew(form: Any) -> None:
    opened = Opened(
        form,
        {"c": "1"},
        form.field("a", T.INT, required="true()"),
        form.field("b", T.INT, required="true()", relevant="/data/c = 1"),
        form.field("c", T.INT),
        form.field("d", T.INT, relevant="true()", required="true()"),
    )
    assert opened.reasons == [("VAL-032", "b", [])]
    assert opened.root.absent == {"a", "d"}


def test_op1_a_missing_calculate_is_computed_and_reads_as_nothing(form: Any) -> None:
    fields = [
        form.field("a", T.STRING, asked=False, calculate="7"),
        form.field("b", T.STRING, asked=False, calculate="concat(/data/a, '!')"),
    ]
    opened = Opened(form, {"b": ""}, *fields)
    assert opened.root.computed == {"a": "7", "b": "!"}
    assert opened.root.absent == {"a"}


def test_op1_a_node_below_a_missing_group_has_its_own_switch(form: Any) -> None:
    """The group is off because it is missing, and comes back; what is in it was off by its own rule."""
    groups = [GroupDefinition(path="g", relevant="/data/on = 1")]
    fields = [
        form.field("on", T.INT),
        form.field("g/a", T.INT, required="true()", relevant="/data/on > 5"),
        form.field("g/b", T.INT, required="true()"),
    ]
    assert Opened(form, {"on": 1}, *fields, groups=groups).reasons == [("VAL-032", "g/b", [])]
    assert Opened(form, {"on": 2}, *fields, groups=groups).reasons == []


def test_op1_the_relevance_of_the_root_is_that_of_all(form: Any) -> None:
    fields = [form.field("a", T.INT, required="true()"), form.field("r/b", T.INT, required="true()")]
    groups = [GroupDefinition(path="", relevant="1 = 2"), R]
    opened = Opened(form, {"a": "", "r": [{"b": ""}]}, *fields, groups=groups)
    assert opened.reasons == []
    assert not opened.root.relevant
    assert not opened.rows("r")[0].relevant


def test_op2_what_comes_back_holds_the_default_of_the_form(form: Any) -> None:
    fields = [
        form.field("a", T.INT, relevant="1 = 1", required="true()", default="5", constraint=". > 6"),
        form.field("b", T.INT, required="true()", default="5"),
        form.field("t", T.STRING, asked=False, calculate="concat(/data/a, '|', /data/b)"),
    ]
    opened = Opened(form, {"t": ""}, *fields)
    assert opened.reasons == [("VAL-033", "a", [])]
    assert opened.root.computed["t"] == "5|"


def test_op3_calculates_are_run_anew_and_others_read_the_new_value(form: Any) -> None:
    fields = [
        form.field("n", T.INT),
        form.field("double", T.INT, asked=False, calculate="/data/n * 2"),
        form.field("a", T.INT, constraint=". = /data/double"),
    ]
    assert Opened(form, {"n": 3, "double": 99, "a": 6}, *fields).reasons == []
    assert Opened(form, {"n": 3, "double": 6, "a": 99}, *fields).reasons == [("VAL-033", "a", [])]


def test_op3_an_irrelevant_calculate_is_computed_and_reads_as_nothing(form: Any) -> None:
    fields = [
        form.field("a", T.STRING, asked=False, calculate="7", relevant="1 = 2"),
        form.field("b", T.STRING, asked=False, calculate="concat(/data/a, '!')"),
    ]
    opened = Opened(form, {"a": "7", "b": "!"}, *fields)
    assert opened.root.computed == {"a": "7", "b": "!"}
    assert opened.found.notes == []


def test_op3_once_keeps_what_was_sent(form: Any) -> None:
    fields = [
        form.field("a", T.INT, asked=False, calculate="once(7)"),
        form.field("n", T.INT, constraint=". < /data/a"),
    ]
    assert Opened(form, {"a": 9, "n": 8}, *fields).reasons == []
    assert Opened(form, {"a": "", "n": 8}, *fields).reasons == [("VAL-033", "n", [])]


def test_op3_what_cannot_be_computed_here_is_what_was_sent(form: Any) -> None:
    fields = [
        form.field("dice", T.INT, asked=False, calculate="int(random() * 6)"),
        form.field("a", T.INT, constraint=". = /data/dice"),
    ]
    opened = Opened(form, {"dice": 4, "a": 4}, *fields)
    assert opened.reasons == []
    assert opened.root.computed == {}
    assert Opened(form, {"dice": 4, "a": 3}, *fields).reasons == [("VAL-033", "a", [])]


def test_op3_what_only_the_phone_knows_is_not_enforced_beside_the_present_either(form: Any) -> None:
    """The name of a month is in the phone's language."""
    end = form.field("end", T.DATETIME, asked=False)
    sent = {"end": "2024-06-15T10:00:00.000Z", "d": "2024-06-14"}
    for rule in (
        "format-date(., '%b') = 'juin'",
        "concat(format-date(., '%b'), format-date(today(), '%d')) = 'juin15'",
    ):
        assert Opened(form, sent, end, form.field("d", T.DATE, constraint=rule)).reasons == []
    by_number = "concat(format-date(., '%m'), format-date(today(), '%d')) = '0715'"
    assert Opened(form, sent, end, form.field("d", T.DATE, constraint=by_number)).reasons == [("VAL-033", "d", [])]


def test_op3_a_position_that_reads_as_empty_is_there(form: Any) -> None:
    """27."""
    fields = [
        form.field("r/at", T.GEOPOINT),
        form.field("filled", T.INT, asked=False, calculate="count-non-empty(/data/r/at)"),
        form.field("first", T.INT, asked=False, calculate="string-length(/data/r[position() = 1]/at)"),
    ]
    opened = Opened(form, {"r": [{"at": "0 0 0 0"}, {"at": ""}, {"at": "1 2 0 0"}]}, *fields, groups=[R])
    assert opened.root.computed == {"filled": "2", "first": "0"}


def test_op4_relevance_runs_through_a_chain_of_calculates(form: Any) -> None:
    fields = [
        form.field("a", T.INT, required="true()", relevant="/data/b = 'on'"),
        form.field("b", T.STRING, asked=False, calculate="if(/data/c > 1, 'on', 'off')"),
        form.field("c", T.INT, asked=False, calculate="/data/n + 1", relevant="/data/n != 5"),
        form.field("n", T.INT),
    ]
    assert Opened(form, {"a": "", "b": "", "c": "", "n": 4}, *fields).reasons == [("VAL-032", "a", [])]
    assert Opened(form, {"a": "", "b": "", "c": "", "n": 5}, *fields).reasons == []


def test_op4_a_condition_that_is_shared_switches_all_its_nodes(form: Any) -> None:
    on = "/data/n = 1"
    fields = [
        form.field("n", T.INT),
        form.field("g/a", T.INT, required="true()", relevant=on),
        form.field("b", T.INT, required="true()", relevant=on),
    ]
    groups = [GroupDefinition(path="g", relevant=on)]
    sent = {"n": 1, "g": {"a": ""}, "b": ""}
    assert Opened(form, sent, *fields, groups=groups).reasons == [("VAL-032", "g/a", []), ("VAL-032", "b", [])]
    assert Opened(form, {**sent, "n": 2}, *fields, groups=groups).root.absent == {"g", "g/a", "b"}


def test_op5_irrelevant_rows_count_in_no_total_but_keep_their_number(form: Any) -> None:
    fields = [
        form.field("n", T.INT),
        form.field("r/k", T.INT),
        form.field("r/place", T.INT, asked=False, calculate="position(..)"),
        form.field("r/s/m", T.INT),
        form.field("total", T.INT, asked=False, calculate="sum(/data/r/s/m)"),
    ]
    groups = [R, GroupDefinition(path="r/s", repeat=True, relevant="../k > 1")]
    rows = [{"k": 1, "s": [{"m": 10}]}, {"k": 2, "s": [{"m": 20}, {"m": 30}]}]
    opened = Opened(form, {"total": "", "r": rows}, *fields, groups=groups)
    assert opened.root.computed["total"] == "50"
    assert [row.computed for row in opened.rows("r")] == [{"r/place": "1"}, {"r/place": "2"}]
    assert [row.relevant for row in opened.rows("r")[0].repeats["r/s"]] == [False]


def test_op5_equal_rules_inside_and_outside_of_a_repeat_are_one(form: Any) -> None:
    """(126): inside it would be the own row's, were it not for the one outside."""
    fields = [form.field("r/n", T.INT), form.field("r/m", T.INT, asked=False, calculate="sum(/data/r/n)")]
    outside = form.field("t", T.INT, asked=False, calculate="sum(/data/r/n)")
    sent = {"t": "", "r": [{"n": 2, "m": ""}, {"n": 3, "m": ""}]}
    alone = Opened(form, sent, *fields, form.field("t", T.INT), groups=[R])
    assert [row.computed["r/m"] for row in alone.rows("r")] == ["2", "3"]
    both = Opened(form, sent, *fields, outside, groups=[R])
    assert [row.computed["r/m"] for row in both.rows("r")] == ["5", "5"]
    assert both.root.computed["t"] == "5"


def test_op5_equal_relevances_inside_and_outside_of_a_repeat_switch_both(form: Any) -> None:
    on = "/data/n = 1"
    fields = [
        form.field("n", T.INT),
        form.field("a", T.INT, relevant=on),
        form.field("r/b", T.INT, relevant=on, required="true()"),
    ]
    sent = {"n": 1, "a": 1, "r": [{"b": ""}, {"b": 1}]}
    assert Opened(form, sent, *fields, groups=[R]).reasons == [("VAL-032", "r/b", [1])]
    assert Opened(form, {**sent, "n": 2}, *fields, groups=[R]).reasons == []


def test_op5_equal_relevances_of_a_question_and_of_a_repeat_beside_it_mean_the_same_row(form: Any) -> None:
    groups = [R, *(GroupDefinition(path=f"r/{name}", repeat=True, relevant="../c = 'yes'") for name in ("j", "k"))]
    fields = [
        form.field("r/c", T.STRING),
        form.field("r/n", T.INT, relevant="../c = 'yes'", constraint=". < 11"),
        form.field("r/j/a", T.INT),
        form.field("r/k/a", T.INT),
    ]
    rows = [{"c": c, "n": 68, "j": [{"a": 1}], "k": [{"a": 1}]} for c in ("yes", "no")]
    for given in (fields, [fields[0], *fields[2:]]):
        sent = rows if len(given) == 4 else [{name: row[name] for name in "cjk"} for row in rows]
        opened = Opened(form, {"r": sent}, *given, groups=groups)
        assert opened.reasons == ([("VAL-033", "r/n", [1])] if len(given) == 4 else [])
        inner = [[below.relevant for below in row.repeats["r/j"] + row.repeats["r/k"]] for row in opened.rows("r")]
        assert inner == [[True, True], [False, False]]


def test_op6_an_action_overwrites_what_was_sent_before_any_rule_runs(form: Any) -> None:
    fields = [
        form.field("a", T.INT, constraint=". = 5"),
        form.field("b", T.INT, asked=False, calculate="/data/a + 1"),
    ]
    opened = Opened(form, {"a": 99, "b": ""}, *fields, on_load=[SetValue(path="a", value="2 + 3")])
    assert opened.reasons == []
    assert opened.root.computed == {"b": "6"}


def test_op6_an_action_that_writes_what_the_node_cannot_hold_stops_the_form(form: Any) -> None:
    opened = Opened(form, {"a": 1}, form.field("a", T.INT), on_load=[SetValue(path="a", value="'abc'")])
    assert opened.reasons == [("VAL-034", "a", [])]


@pytest.mark.parametrize("rule", ["relevant", "calculate", "required"])
def test_op7_a_rule_that_stops_refuses_and_nothing_else_is_asked(form: Any, rule: str) -> None:
    fields = [
        form.field("n", T.STRING),
        form.field("a", T.STRING, asked=rule != "calculate", **{rule: "date(/data/n) > 3"}),
        form.field("b", T.INT, required="true()"),
    ]
    opened = Opened(form, {"n": "no day", "a": "x", "b": ""}, *fields)
    assert ("VAL-034", "a", []) in opened.reasons
    assert Opened(form, {"n": "2024-01-01", "a": "x", "b": "1"}, *fields).reasons == []


def test_op7_also_where_the_calculate_is_irrelevant(form: Any) -> None:
    field = form.field("a", T.STRING, asked=False, calculate="date('x')", relevant="1 = 2")
    assert Opened(form, {"a": ""}, field).reasons == [("VAL-034", "a", [])]


def test_op7_a_constraint_that_stops_is_one_reason_among_others(form: Any) -> None:
    fields = [form.field("a", T.STRING, constraint="date(.) > 1"), form.field("b", T.INT, required="true()")]
    sent = {"a": "no day", "b": ""}
    assert Opened(form, sent, *fields).reasons == [("VAL-034", "a", []), ("VAL-032", "b", [])]


def test_op7_one_value_wanted_of_several_rows_stops_in_the_row_that_asks(form: Any) -> None:
    fields = [form.field("a", T.INT, asked=False, calculate="/data/r/n + 1"), form.field("r/n", T.INT)]
    assert Opened(form, {"a": "", "r": [{"n": 1}, {"n": 2}]}, *fields, groups=[R]).reasons == [("VAL-034", "a", [])]
    assert Opened(form, {"a": "2", "r": [{"n": 1}]}, *fields, groups=[R]).reasons == []


def test_op7_a_moment_at_which_the_engine_stops_refuses_also_where_it_is_irrelevant(form: Any) -> None:
    field = form.field("a", T.DATETIME, relevant="1 = 2")
    assert Opened(form, {"a": "2024-06-15T"}, field).reasons == [("VAL-030", "a", [])]
    assert Opened(form, {"a": "nonsense"}, field).reasons == []


AGE = "int((today() - /data/born) div 365.25)"


def test_op8_a_rule_that_reaches_the_present_through_a_calculate_does_not_reject(form: Any) -> None:
    fields = [
        form.field("end", T.DATETIME, asked=False),
        form.field("born", T.DATE),
        form.field("age", T.INT, asked=False, calculate=AGE),
        form.field("adult", T.STRING, relevant="/data/age >= 18", required="true()"),
        form.field("a", T.INT, constraint=". <= /data/age"),
    ]
    sent = {"end": "2024-06-15T10:00:00.000Z", "born": "2000-01-01", "age": "", "adult": "", "a": 50}
    assert Opened(form, sent, *fields).reasons == [("VAL-032", "adult", []), ("VAL-033", "a", [])]
    opened = Opened(form, {**sent, "end": ""}, *fields)
    assert opened.reasons == []
    assert opened.root.computed == {}


def test_op8_the_clock_is_that_of_the_phone(form: Any) -> None:
    fields = [
        form.field("end", T.DATETIME, asked=False),
        form.field("a", T.DATETIME, asked=False, calculate="now()"),
        form.field("day", T.DATE, asked=False, calculate="today()"),
    ]
    opened = Opened(form, {"end": "2024-06-15T23:30:00.000-05:00", "a": "", "day": ""}, *fields)
    assert opened.root.computed == {"a": "2024-06-15T23:30:00.000-05:00", "day": "2024-06-15"}
    assert opened.found.notes == []


def test_op9_the_largest_of_negative_numbers_is_right_and_refuses_nothing_on_its_account(form: Any) -> None:
    fields = [
        form.field("n", T.INT),
        form.field("top", T.INT, asked=False, calculate="max(/data/n, -5)"),
        form.field("a", T.INT, constraint=". > /data/top"),
        form.field("b", T.INT, constraint=". > max(/data/n, -5)"),
    ]
    opened = Opened(form, {"n": -3, "top": 0, "a": -4, "b": -1}, *fields)
    assert opened.root.computed["top"] == "-3"
    assert opened.reasons == []
    assert Opened(form, {"n": 3, "top": 3, "a": 2, "b": 2}, *fields).reasons == [
        ("VAL-033", "a", []),
        ("VAL-033", "b", []),
    ]
