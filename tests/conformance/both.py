"""One form in both engines, and what comes of its submissions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from schemas.survey.compile import compile_file
from schemas.survey.definition import SurveyDefinition
from schemas.survey.finding import SurveyError
from schemas.survey.xlsform import SurveyFile
from tests.conformance.adversarial import adversarial
from tests.conformance.comparison import Compared, Comparison
from tests.conformance.departures import Departure
from tests.conformance.engine import JavaRosa, NoAnswer, Refused
from tests.conformance.facts import facts_of
from tests.conformance.form_file import FormFile
from tests.conformance.sketch import sketch
from tests.conformance.submissions import submissions
from tests.conformance.told import Rihla, told_by_javarosa

PARSES = 6
"""How often JavaRosa is asked again after a difference, each time with the hash sets of a new parse."""

EAST = ("Etc/GMT-4", timezone(timedelta(hours=4)))
"""For forms whose submissions say when they were made, and so in which zone: east of where Rihla would guess, and not
within an hour of the zones in the edge texts, which would be read as another season's (test_summer_time.py)."""


@dataclass(frozen=True)
class Result:
    """`unanswered`: JavaRosa did not end with it, or a library that it needs is not in its jar."""

    xml: str
    compared: Compared
    unanswered: bool = False

    @property
    def accepted(self) -> bool:
        return self.compared.accepted


class CannotRead(Exception):
    """One of the two engines does not take the form: `whose`, and why."""

    def __init__(self, whose: str, why: str) -> None:
        super().__init__(f"{whose}: {why}")
        self.whose = whose
        self.why = why


def definition_of(form: FormFile) -> SurveyDefinition:
    """Raises CannotRead."""
    try:
        compiled = compile_file(SurveyFile(".xml", form.xform.encode()), keep_choices=True)
    except SurveyError as fault:
        raise CannotRead("Rihla", f"{fault.finding.code} {fault.finding.message}") from fault
    if compiled.definition is None:
        found = compiled.errors[0]
        raise CannotRead("Rihla", f"{found.code} {found.message}")
    return compiled.definition


class Both:
    """Raises CannotRead."""

    def __init__(self, javarosa: JavaRosa, form: FormFile) -> None:
        self._javarosa = javarosa
        self._form = form
        self._sketch = sketch(form.xform, form.files)
        dated = any(node.preload.startswith("timestamp") for node in self._sketch.root.all())
        self._zone, zone = EAST if dated else ("UTC", UTC)
        self._now = datetime.now(zone)
        self._load()
        definition = definition_of(form)
        self._rihla = Rihla(definition, form.files)
        root = self._sketch.root
        longs = [node.path.removeprefix(f"{root.path}/") for node in root.all() if node.type == "long"]
        self._compare = Comparison(self._sketch, facts_of(definition, self._rihla.unsupported, longs))

    def _load(self) -> None:
        try:
            self._javarosa.load(self._form.xform, self._form.files, self._zone)
        except Refused as fault:
            raise CannotRead("JavaRosa", str(fault)) from fault
        except NoAnswer as fault:
            raise CannotRead("JavaRosa", "it does not end") from fault

    def generated(self, random: Random, count: int) -> Iterator[Result]:
        """Random submissions, valid ones and their mutations."""
        made = 0
        while made < count:
            try:
                for submission in submissions(self._sketch, self._javarosa, random, self._now, count - made):
                    made += 1
                    yield self._result(submission.xml, submission.told, submission.how == "saved")
            except NoAnswer:
                made += 1
                self._load()
                yield Result("", Compared(), unanswered=True)

    def adversarial(self, number: int, count: int) -> list[Result]:
        """Submissions by hypothesis with this seed."""
        results = []
        now, today = self._now.isoformat(timespec="milliseconds"), self._now.date().isoformat()

        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(adversarial(self._sketch, now, today))
        def one(xml: str) -> None:
            results.append(self.judge(xml))

        one()
        return results

    def judge(self, xml: str) -> Result:
        try:
            return self._result(xml, self._javarosa.judge(xml))
        except NoAnswer:
            self._load()
            return Result(xml, Compared(), unanswered=True)

    def _result(self, xml: str, answer: dict[str, Any], by_phone: bool = False) -> Result:
        if "incomplete" in answer:
            return Result(xml, Compared(), unanswered=True)
        if "validate" in answer and answer["validate"] != next(iter(answer["failures"]), None):
            raise AssertionError("the harness has walked through the form in another way than FormDef.validate()")
        return Result(xml, self._judged(xml, answer, by_phone))

    def _judged(self, xml: str, answer: dict[str, Any], by_phone: bool) -> Compared:
        rihla = self._rihla(xml, answer.get("now", int(self._now.timestamp() * 1000)))
        compared = self._compare(xml, told_by_javarosa(answer), rihla, by_phone)
        if not compared.defects:
            return compared
        for _ in range(PARSES):
            again = self._compare(xml, told_by_javarosa(self._javarosa.judge(xml, anew=True)), rihla, by_phone)
            if not again.defects:
                return again.explained_by(Departure.ORDER)
        return compared
