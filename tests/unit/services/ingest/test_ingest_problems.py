"""The catalogue of problems and the two ways to show one."""

import xml.etree.ElementTree as ET

import orjson
import pytest

from services.ingest import problems
from services.ingest.envelope import SUCCESS, headers, problem_envelope
from services.ingest.problem_json import problem_json
from services.ingest.problems import CATALOGUE, MAX_ECHO, ProblemType

NAMES = ("survey", "version", "limit", "line", "column", "place", "what", "expected", "seconds", "allowed")
VALUES = dict.fromkeys(NAMES, "7")
MESSAGE = "{http://openrosa.org/http/response}message"


def test_codes_and_names_are_unique() -> None:
    assert len({kind.code for kind in CATALOGUE}) == len({kind.name for kind in CATALOGUE}) == len(CATALOGUE) > 20


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.code)
def test_every_problem_can_be_shown(kind: ProblemType) -> None:
    problem = kind.of(**VALUES)
    assert "{" not in problem.detail.replace('{"version"', "").replace("{...}", "")
    shown = orjson.loads(problem_json(problem))
    assert (shown["status"], shown["code"], shown["title"]) == (kind.status, kind.code, kind.title)
    message = ET.fromstring(problem_envelope(problem)).find(MESSAGE)
    assert message is not None
    assert message.text is not None
    assert kind.code in message.text
    assert message.get("nature") == "submit_error"
    # Success for a client is 201 or 202, and 503 without a time to come back is a phone that asks at once.
    assert kind.status >= 400
    assert (kind.retry_after_s is not None) == (kind.status in (503, 504))


def test_what_is_echoed_is_short_printable_and_escaped() -> None:
    problem = problems.UNKNOWN_SURVEY.of(survey="<b>\n\x07" + "x" * 500)
    assert "\n" not in problem.detail
    assert problem.detail.count("x") < MAX_ECHO + 10
    message = ET.fromstring(problem_envelope(problem)).find(MESSAGE)
    assert message is not None
    assert "<b>" in (message.text or "")


def test_braces_in_a_request_are_not_a_template() -> None:
    assert "{survey}" in problems.UNKNOWN_SURVEY.of(survey="{survey}").detail


def test_success_is_an_envelope_that_collect_understands() -> None:
    assert b"OpenRosaResponse" in SUCCESS
    message = ET.fromstring(SUCCESS).find(MESSAGE)
    assert message is not None
    assert message.get("nature") == "submit_success"


def test_the_headers_of_openrosa() -> None:
    assert dict(headers(10))[b"x-openrosa-version"] == b"1.0"
    assert dict(headers(10))[b"x-openrosa-accept-content-length"] == b"10"
