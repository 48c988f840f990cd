"""A thousand generated submissions of our own forms: Rihla says of each what JavaRosa says, or a departure tells why.

`make conformance` does the same with ten times as many.
"""

import pytest

from tests.conformance.engine import JavaRosa
from tests.conformance.form_file import own_forms
from tests.conformance.run import Report, describe, run

SEED = 4
GENERATED, ADVERSARIAL = 14, 5
"""Submissions of each form: 1,100 in half a minute."""


@pytest.fixture(scope="module")
def report() -> Report:
    return run(own_forms(), SEED, GENERATED, ADVERSARIAL, say=False)


def test_both_engines_read_all_forms(report: Report) -> None:
    assert not report.unread
    assert report.submissions >= 1000


def test_nothing_differs_that_no_departure_explains(report: Report) -> None:
    assert report.defects == [], "\n".join(describe(*each) for each in report.defects[:5])
    assert report.different == report.explained


def test_nothing_is_refused_that_a_phone_would_send(report: Report) -> None:
    assert report.false_rejections == 0


def test_the_sample_has_accepted_and_refused_ones_and_departures(report: Report) -> None:
    assert {"DEP-01", "DEP-02", "DEP-03"} <= set(report.by_departure)
    assert report.accepted > 100
    assert report.submissions - report.accepted > 100


def test_the_first_failing_question_is_the_one_that_javarosa_stops_at() -> None:
    """The harness goes on to the end of the form; as far as validate() goes, it must say the same."""
    form = '<data id="d"><a/><b/></data>'
    binds = '<bind nodeset="/data/a" required="true()"/><bind nodeset="/data/b" constraint="false()"/>'
    inputs = '<input ref="/data/a"><label>a</label></input><input ref="/data/b"><label>b</label></input>'
    xform = (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>t'
        f"</h:title><model><instance>{form}</instance>{binds}</model></h:head><h:body>{inputs}</h:body></h:html>"
    )
    with JavaRosa() as javarosa:
        javarosa.load(xform, {})
        told = javarosa.judge('<data id="d"><a/><b>x</b></data>')  # the first one is validated as well
    assert told["failures"] == [["a", [], "required"], ["b", [], "constraint"]]
    assert told["validate"] == ["a", [], "required"]
