"""The comparison itself: what it must find, and what it may explain only with proof."""

import pytest

from services.validate import reasons as codes
from tests.conformance.comparison import Compared, Comparison
from tests.conformance.departures import Departure
from tests.conformance.facts import Facts
from tests.conformance.sketch import Node as Sketched
from tests.conformance.sketch import Sketch
from tests.conformance.told import Node, Place, Told

A: Place = ("a", ())
B: Place = ("b", ())
FORM = Sketch(Sketched("d", "/d", [Sketched("a", "/d/a"), Sketched("b", "/d/b")]), {}, [], [])
COMPARISON = Comparison(FORM, Facts())


def told(refused: str | None = None, a: str | None = "1", b: str | None = "2", **reasons: str) -> Told:
    nodes = {A: Node(True, a), B: Node(True, b, computed=True)}
    return Told(refused, {(path, ()): {code} for path, code in reasons.items()}, nodes, nodes)


def compare(javarosa: Told, rihla: Told, xml: str = "<d><a>1</a><b>2</b></d>") -> Compared:
    return COMPARISON(xml, javarosa, rihla)


def test_the_same_is_no_difference() -> None:
    assert compare(told(), told()).differences == []
    assert compare(told(a="required"), told(a="required")).differences == []


@pytest.mark.parametrize("code", [codes.WRONG_TYPE.code, codes.NOT_IN_LIST.code, codes.REQUIRED.code, "VAL-999"])
def test_a_reason_that_javarosa_has_not_is_a_defect_and_a_false_rejection(code: str) -> None:
    compared = compare(told(), Told(None, {A: {code}}, told().nodes, told().final))
    assert len(compared.defects) == 1
    assert compared.false_rejection


def test_a_reason_that_rihla_has_not_is_a_defect() -> None:
    javarosa = Told(None, {A: {"constraint"}}, told().nodes, told().final)
    compared = compare(javarosa, told())
    assert len(compared.defects) == 1
    assert not compared.false_rejection


def test_a_value_that_javarosa_lost_explains_that_rihla_calls_it_unreadable() -> None:
    rihla = Told(None, {A: {codes.WRONG_TYPE.code}}, told().nodes, told().final)
    compared = compare(told(a=None), rihla)
    assert [each.departure for each in compared.differences] == [Departure.UNREADABLE]
    assert not compared.false_rejection


@pytest.mark.parametrize(
    ("xml", "code", "departure"),
    [
        ("<d><a>1</a><b/><c/></d>", codes.UNKNOWN_NODE, Departure.UNKNOWN_NODE),
        ("<d><a>1</a><b/></d>", codes.UNKNOWN_NODE, None),
        ("<d><a>1</a><a>1</a><b/></d>", codes.DOUBLED_NODE, Departure.DOUBLED_NODE),
        ("<d><a>1</a><b/></d>", codes.DOUBLED_NODE, None),
        ("<d><a>1<i/></a><b/></d>", codes.WRONG_SHAPE, Departure.MIXED_CONTENT),
        ("<d><a>1</a><b/></d>", codes.WRONG_SHAPE, None),
    ],
)
def test_structure_is_explained_only_where_the_xml_has_it(
    xml: str, code: codes.Code, departure: Departure | None
) -> None:
    place = ("", ()) if code is codes.UNKNOWN_NODE else A
    compared = compare(told(), Told(None, {place: {code.code}}, told().nodes, told().final), xml)
    assert [each.departure for each in compared.differences] == [departure]
    assert compared.false_rejection == (departure is None)


def test_relevance_and_results_are_compared() -> None:
    other = {A: Node(False, "1"), B: Node(True, "3", computed=True)}
    assert {each.what for each in compare(told(), Told(None, {}, other, other)).defects} == {"relevance", "value"}


def test_a_verdict_on_the_whole_is_compared() -> None:
    assert compare(told("opening: XPathTypeMismatchException"), told()).defects
    assert compare(told(), told("VAL-012")).false_rejection
    assert not compare(told("root"), told("VAL-013")).differences


PHONE = Comparison(
    FORM,
    Facts(
        nodes=frozenset("ab"),
        reads={"b": {"a"}},
        phone=frozenset("a"),
        maximum=frozenset("ab"),
        computed=frozenset("ab"),
    ),
)
"""The phone is asked in a rule of a, which b reads."""


def test_what_the_phone_alone_knows_explains_what_follows_only_if_it_came_out_differently() -> None:
    same_a, other_a = told(b="3"), told(a="9", b="3")
    maximum = PHONE("<d><a>1</a><b>2</b></d>", told(), same_a)
    assert [each.departure for each in maximum.differences] == [Departure.MAXIMUM]
    phone = PHONE("<d><a>1</a><b>2</b></d>", told(), other_a)
    assert [each.departure for each in phone.differences] == [Departure.PHONE]


def test_a_rule_that_is_not_enforced_explains_no_reason() -> None:
    """Neither the phone's word nor the maximum in a rule of a is a ground to refuse a; nor does it hide a refusal."""
    for place in (A, B):
        refused = Told(None, {place: {codes.CONSTRAINT.code}}, told().nodes, told().final)
        compared = PHONE("<d><a>1</a><b>2</b></d>", told(), refused)
        assert [each.departure for each in compared.differences] == [None]
        assert compared.false_rejection
    accepted = PHONE("<d><a>1</a><b>2</b></d>", Told(None, {A: {"constraint"}}, told().nodes, told().final), told())
    assert [each.departure for each in accepted.differences] == [Departure.PHONE]


def test_blanks_between_codes_are_no_codes() -> None:
    """So nothing was lost here that could be outside of the list."""
    rihla = Told(None, {A: {codes.NOT_IN_LIST.code}}, told().nodes, told().final)
    assert compare(told(a="x y"), rihla, "<d><a>x  y</a><b/></d>").defects
    assert not compare(told(a="x"), rihla, "<d><a>x  y</a><b/></d>").defects
