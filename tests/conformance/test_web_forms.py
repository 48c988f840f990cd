"""Rihla against a second engine, ODK Web Forms: the short run, and whether it would notice a fault."""

import json
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from deploy.local.failure import Failure
from tests.conformance.both import definition_of
from tests.conformance.departures import DOCUMENT
from tests.conformance.form_file import own_forms, read_form
from tests.conformance.sketch import sketch
from tests.conformance.told import Place, Rihla, Told
from tests.conformance.web_forms import install
from tests.conformance.web_forms.comparison import compare, same
from tests.conformance.web_forms.departures import UNREAD, Departure
from tests.conformance.web_forms.oracle import Leaves, Opened, Refused, WebForms
from tests.conformance.web_forms.rules import Rules
from tests.conformance.web_forms.run import NOW_MS, run, submissions

EACH = 2
"""Submissions of each form: all forms in 10 s of CPU; `make conformance` takes more."""

SIMPLE = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title/><model>
<instance><data id="simple" version="1"><age/><again/></data></instance>
<bind nodeset="/data/age" type="int" constraint=". &lt; 120"/><bind nodeset="/data/again" calculate="{calculate}"/>
</model></h:head><h:body><input ref="/data/age"><label>Age</label></input></h:body></h:html>"""


@pytest.fixture(scope="module")
def web() -> Iterator[WebForms]:
    with WebForms() as started:
        yield started


def test_rihla_and_web_forms_agree_but_for_what_is_explained() -> None:
    report = run(own_forms(), seed=1, count=EACH)
    assert [(name, one.what, one.place) for name, one in report.defects] == []
    assert report.forms >= 50
    assert report.compared > 1_500
    assert report.different < report.compared / 20
    unread = [said for said in (*report.unread, *report.unopened) if not UNREAD.fullmatch(said)]
    assert unread == []


FLIPS = 8
FOUND = 0.9
"""The share of wrong verdicts and relevances that must be noticed; the others hide in a difference that is there."""


def test_a_wrong_verdict_is_noticed(web: WebForms) -> None:
    tried = found = 0
    for name in ("cascade", "groups", "household", "required_rules", "roster", "several_of", "texts"):
        form = read_form(next(path for path in own_forms() if path.stem == name))
        assert web.load(form.xform, form.files) is None
        rihla, rules = Rihla(definition_of(form), form.files), Rules(form.xform, sketch(form.xform, form.files))
        random = Random(name)
        for opened in submissions(web, form, random, EACH):
            assert isinstance(opened, Opened)
            told = rihla(opened.saved, NOW_MS)
            for _ in range(FLIPS):
                place, wrong = _flipped(told, opened.leaves, random)
                tried += 1
                found += any(one.place == place for one in compare(rules, opened.leaves, wrong).defects)
    assert found >= FOUND * tried


def _flipped(told: Told, leaves: Leaves, random: Random) -> tuple[Place, Told]:
    """What Rihla says, with one relevance or one reason turned round."""
    place = random.choice([place for place, leaf in leaves.items() if place in told.nodes and leaf.relevant])
    nodes, reasons = dict(told.nodes), dict(told.reasons)
    if random.random() < 0.5:
        nodes[place] = replace(nodes[place], relevant=not nodes[place].relevant)
    elif place in reasons:
        del reasons[place]
    else:
        reasons[place] = {"required" if not leaves[place].value else "constraint"}
    return place, Told(None, reasons, nodes, nodes)


def test_the_oracle_tells_relevance_value_and_violation(web: WebForms) -> None:
    assert web.load(SIMPLE.format(calculate="/data/age + 1")) is None
    opened = web.open('<data id="simple" version="1"><age>130</age><again/></data>', NOW_MS)
    assert isinstance(opened, Opened)
    told = {place: (leaf.relevant, leaf.value, leaf.violation) for place, leaf in opened.leaves.items()}
    assert told["age", ()] == (True, "130", "constraint")
    assert told["again", ()] == (True, "131", "")


def test_a_form_that_is_not_loaded_is_a_refusal_with_a_reason(web: WebForms) -> None:
    refused = web.load(SIMPLE.format(calculate="(("))
    assert refused is not None
    assert "syntax" in refused.why
    assert isinstance(web.open("<data/>", NOW_MS), Refused)


def test_an_answer_is_never_in_a_refusal(web: WebForms) -> None:
    assert web.load(SIMPLE.format(calculate="/data/age + 1")) is None
    refused = web.open("<data><age>secret-answer</data>", NOW_MS)
    assert isinstance(refused, Refused)
    assert "secret-answer" not in str(refused)


def test_an_engine_that_does_not_answer_in_time_is_ended_and_started_anew(
    web: WebForms, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert web.load(SIMPLE.format(calculate="1")) is None
    assert web._process is not None
    web._process.send_signal(signal.SIGSTOP)
    with monkeypatch.context() as patched:
        patched.setattr("tests.conformance.web_forms.oracle.ANSWER_S", 0.05)
        assert web.open("<data/>", NOW_MS) == Refused("Timeout")
    assert isinstance(web.open('<data id="simple"><age>1</age></data>', NOW_MS), Opened)


def test_packages_that_cannot_be_installed_are_an_error_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIHLA_CACHE", str(tmp_path / "rihla"))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_offline", "true")
    with pytest.raises(Failure, match=r"could not be installed .*: check the network and the disk"):
        install.provide()
    assert list((tmp_path / "rihla").iterdir()) == []


def test_the_lock_names_no_registry_and_a_hash_for_everything() -> None:
    packages = json.loads((install.HERE / "package-lock.json").read_text())["packages"]
    assert len(packages) > 50
    for name, package in packages.items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-")


def test_every_class_of_differences_is_documented_and_the_other_way_round() -> None:
    classes = [each.value for each in Departure if each.value.startswith("WF-")]
    assert re.findall(r"^## (WF-\d+)", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE) == classes


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("true", "1", True),
        ("false", "1", False),
        ("NaN", "", True),
        ("0", "", False),
        ("7580", "7.58E3", True),
        ("1.5", "1.6", False),
        ("a 2.0 b", "a 2 b", True),
        ("a 2.05 b", "a 2 b", False),
        ("2024-07-15", "2024-07-15T00:00:00.000Z", True),
        ("2024-07-15", "2024-07-16T00:00:00.000Z", False),
    ],
)
def test_results_are_the_same_however_they_are_written(one: str, other: str, is_same: bool) -> None:
    assert same(one, other) is is_same
