"""The simulator's interviews are what a phone would have sent: JavaRosa finds nothing wrong and saves them as they are.

So the simulator skips what is not relevant and computes what the form computes, exactly, and its spoilt interviews are
wrong to the engine too, but for the one with an unknown question, which JavaRosa drops in silence and Rihla refuses.
"""

from collections.abc import Iterator

import pytest
from lxml import etree

from cli.field import REFERENCE
from cli.fieldwork.faults import Fault
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.submission import Instance, as_xml
from schemas.survey.compile import compile_survey
from tests.conformance.engine import JavaRosa

PLAN = make(Scenario(seed=5, phones=20, submissions=500, invalid=0.1, edits=0.1))

REFUSED = {
    Fault.CONSTRAINT: ("profile/age", "constraint"),
    Fault.MISSING: ("profile/sex", "required"),
    # What cannot be read, or is not in the list, becomes empty to JavaRosa.
    Fault.CODE: ("profile/education", "required"),
    Fault.TYPE: ("profile/age", "required"),
    Fault.ROW: ("member/age", "constraint"),
}


@pytest.fixture(scope="module")
def javarosa() -> Iterator[JavaRosa]:
    survey = compile_survey(REFERENCE).publishable
    assert survey is not None
    with JavaRosa() as engine:
        engine.load(survey.xform, {})
        yield engine


def test_javarosa_saves_a_sound_interview_as_it_was_sent(javarosa: JavaRosa) -> None:
    sound = [instance for instance in _instances() if instance.fault is None]
    assert len(sound) > 400
    for instance in sound:
        xml = as_xml(instance)
        told = javarosa.judge(xml.decode(), validate=True)
        assert told["opened"] and told["failures"] == [] and told["validate"] is None
        assert _leaves(etree.fromstring(told["saved"].encode())) == _leaves(etree.fromstring(xml))


def test_javarosa_refuses_a_spoilt_one_for_the_same_answer(javarosa: JavaRosa) -> None:
    tried = set()
    for instance in _instances():
        if instance.fault is None:
            continue
        tried.add(instance.fault)
        failures = javarosa.judge(as_xml(instance).decode())["failures"]
        if instance.fault is Fault.UNKNOWN:
            assert failures == []
        else:
            path, _, kind = failures[0]
            assert (path, kind) == REFUSED[instance.fault]
    assert tried == set(Fault)


def _instances() -> Iterator[Instance]:
    for phone in PLAN.phones:
        yield from (delivery.instance for delivery in phone.deliveries)


def _leaves(element: etree._Element, path: str = "") -> list[tuple[str, str | float]]:
    """Paths and answers in order, `meta` left out; numbers and times in one writing."""
    if len(element):
        below = [child for child in element if etree.QName(child).localname != "meta"]
        return [leaf for child in below for leaf in _leaves(child, f"{path}/{etree.QName(child).localname}")]
    text = (element.text or "").replace("+00:00", "Z")
    try:
        return [(path, float(text))]
    except ValueError:
        return [(path, text)]
