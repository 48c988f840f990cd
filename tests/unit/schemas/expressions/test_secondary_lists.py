"""Lists that come with a form: attached tables, and lists of thousands of items."""

import time

import pytest

from schemas.expressions import Element, EvaluationError, ExpressionError, Shape, compile_choices, compile_expression
from schemas.expressions.conditions import MAX_STEPS

SIZE = 5_000


class Attached:
    """A form and its only row, with one attached table of 5,000 rows; the district of the question is "d7"."""

    now = None
    parent = None
    number = 1
    relevant = True
    absent = frozenset[str]()

    def __init__(self) -> None:
        self.form = self
        self.spent = 0
        self.answers = {"district": "d7", "code": 4_999.0, "meta/instanceID": "uuid:1"}
        rows = [(f"w{number}", f"d{number % 100}", str(number)) for number in range(SIZE)]
        items = tuple(
            Element("item", "", (Element("name", name), Element("district", district), Element("code", code)))
            for name, district, code in rows
        )
        self.wards = Element("instance", "", (Element("root", "", items),))

    def instance(self, name: str) -> Element | None:
        if name == "lost":
            raise ExpressionError("wards.csv is not attached")
        return self.wards if name == "wards" else None

    def spend(self, conditions: int) -> None:
        self.spent += conditions

    def rows(self, repeat: str) -> list["Attached"]:
        return []


SHAPE = Shape("data", {"district": "string", "code": "int", "ward": "select_one"})


@pytest.fixture(scope="module")
def attached() -> Attached:
    return Attached()


def value(attached: Attached, text: str) -> object:
    return compile_expression(text, "ward", SHAPE)(attached)  # type: ignore[arg-type]


def test_pulldata_gives_the_first_row_with_the_key(attached: Attached) -> None:
    assert value(attached, "pulldata('wards', 'name', 'district', /data/district)") == "w7"
    assert value(attached, "pulldata('wards', 'name', 'code', /data/code)") == "w4999"
    assert value(attached, "pulldata('wards', 'name', 'district', 'nowhere')") == ""
    assert value(attached, "pulldata('wards', 'name', 'district', '')") == ""
    assert value(attached, "pulldata('wards', 'no-column', 'district', 'd7')") == ""
    assert value(attached, "pulldata('wards', 'name', 'no-column', 'd7')") == ""


def test_a_table_that_is_not_there(attached: Attached) -> None:
    with pytest.raises(EvaluationError):
        value(attached, "pulldata('nothing', 'a', 'b', 'c')")
    with pytest.raises(ExpressionError, match="not attached"):
        value(attached, "instance('lost')/root/item/name")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'w31'", 1),
        ("district = /data/district", 50),
        ("/data/district = district", 50),
        ("code = /data/code", 1),
        ("code = 31", 1),
        ("district = /data/district and code > 4000", 10),
        ("district = 'd7'][code = 107", 1),
        ("name = 'nobody'", 0),
    ],
)
def test_items_are_looked_up(attached: Attached, condition: str, expected: int) -> None:
    assert value(attached, f"count(instance('wards')/root/item[{condition}])") == expected


def test_looking_up_does_not_go_through_the_list(attached: Attached) -> None:
    expression = compile_expression("instance('wards')/root/item[name = 'w4000']/code", "ward", SHAPE)
    assert expression(attached) == "4000"  # type: ignore[arg-type]
    began = time.process_time()
    for _ in range(200):
        expression(attached)  # type: ignore[arg-type]
    assert time.process_time() - began < 0.5, "200 times 5,000 items need seconds"


def test_choices_of_a_filtered_table(attached: Attached) -> None:
    wards = "instance('wards')/root/item[district = /data/district]"
    choices = compile_choices(wards, "name", "name", "ward", SHAPE)
    offered = choices.values(attached)  # type: ignore[arg-type]
    assert len(offered) == 50 and "w7" in offered and "w8" not in offered


def test_choices_are_looked_up_any_number_of_times_and_the_form_is_told_each_time(attached: Attached) -> None:
    wards = "instance('wards')/root/item[starts-with(name, 'w49')]"
    choices = compile_choices(wards, "name", "name", "ward", SHAPE)
    before = attached.spent
    times = MAX_STEPS // SIZE + 1
    for _ in range(times):
        assert len(choices.values(attached)) == 111  # type: ignore[arg-type]
    assert attached.spent - before == times * SIZE


def test_a_node_that_the_shape_does_not_know_is_read_if_answers_hold_it(attached: Attached) -> None:
    assert value(attached, "/data/meta/instanceID") == "uuid:1"
    assert value(attached, "count(/data/meta/instanceID)") == 1
    assert value(attached, "count(/data/meta/instanceName)") == 0
