"""Releases on a running stack: phones, pipeline, service, and the only thing that analysts see.

SV1 too few: nothing, and why. SV2 a release comes out by itself, is what `protect` makes of the stored inputs, and the
view shows it. SV3 the next one follows. SV4 a closed survey takes nothing more and gets its last release, with
everything in it that had come in. SV5 what operators are told.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from cli.collector import add_collector
from cli.release import make_release
from cli.release_stack import WRITER, writing_settings
from cli.release_words import refusal
from cli.survey_closing import close_survey
from cli.survey_publishing import publish_survey, survey_catalogue
from cli.where import settings_from
from deploy.local.failure import Failure
from deploy.local.plan import system_environment
from deploy.local.stack import Stack
from schemas.survey.compile import compile_survey
from services.release.documents import cell_documents
from services.release.maker import Refused, made_of
from services.release.mongo_store import MongoStore
from services.release.policy import Policy
from services.release.problems import Problem
from services.release.protect import Memory, Release
from services.release.provision import VIEW
from services.release.store import Document
from services.runtime import release_keys

DEADLINE_S = 180.0
FORM = """
| survey |
| | type | name | label | bind::rihla:privacy | bind::rihla:concept |
| | select_one sex | sex | Sex | keep | SEX |
| | select_one yes_no | paid | Paid work | keep | |
| choices |
| | list_name | name | label |
| | sex | F | Female |
| | sex | M | Male |
| | yes_no | yes | Yes |
| | yes_no | no | No |
| settings |
| | form_title | form_id | version | namespaces |
| | Visit | visit | 1 | rihla="https://rihla.org/xforms" |
| indicators |
| | name | label | kind | numerator | unit |
| | paid | In paid work | share | ${paid} = 'yes' | percent |
| tables |
| | name | label | dimensions | indicators | mode |
| | by_sex | Visits by sex | ${sex} | paid | round |
"""
SOON = {
    "RIHLA_RELEASE__EVERY_S": "0.5",
    "RIHLA_RELEASE__BETWEEN_H": "0",
    "RIHLA_RELEASE__CLOSING_AFTER_S": "1",
    "RIHLA_RELEASE__LARGEST_STEP": "75",
}


class Bench:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.settings = settings_from(stack.env)
        form = stack.folder / "visit.md"
        form.write_text(FORM)
        compiled = compile_survey(form).publishable
        assert compiled is not None
        self.survey = publish_survey(self.settings, compiled).definition
        self.token = add_collector(self.settings.kafka, "phones", ["visit"])
        self.store = MongoStore(writing_settings(stack.folder, self.settings).mongodb)
        self.sent = 0

    def send(self, number: int) -> None:
        """Visits, two thirds of them of women."""
        lines = [self._visit(self.sent + place) for place in range(number)]
        self.sent += number
        self.until(lambda: self._post("\n".join(lines).encode()) == 200, "submissions are not taken")

    @staticmethod
    def _visit(place: int) -> str:
        answers = {"sex": "M" if place % 3 == 0 else "F", "paid": "yes" if place % 2 else "no"}
        return json.dumps({"version": "1", "instance": f"uuid:{place}", "replaces": None, "answers": answers})

    def _post(self, body: bytes, path: str = "submissions:batch", kind: str = "application/x-ndjson") -> int:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.stack.ingest_url}/v1/surveys/visit/{path}", body, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            self.said = error.read().decode()
            return error.code

    def refused_by_ingest(self) -> bool:
        return self._post(self._visit(10**6).encode(), "submissions", "application/json") == 403

    def counted(self) -> int:
        return sum(position.next - position.first for position in self.store.positions())

    def make(self) -> Release | Refused:
        return make_release(self.stack.folder, self.settings, survey_catalogue(self.settings.kafka), "visit")

    def releases(self) -> int:
        return len(self.store.releases("visit"))

    def told(self, *arguments: str) -> str:
        """What the command line says."""
        program = [sys.executable, "-c", "from cli.app import main; main()", *arguments]
        command = [*program, "--data", str(self.stack.folder)]
        env = {**system_environment(), "COLUMNS": "150"}
        answer = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        return answer.stdout + answer.stderr

    def until(self, holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.2)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Stack(tmp_path, given=SOON) as stack:
        made = Bench(stack)
        yield made
        made.store.close()


def test_a_survey_from_its_first_visits_to_its_last_release(bench: Bench) -> None:
    assert "no release is out yet" in bench.told("release", "list")
    bench.send(30)
    bench.until(lambda: bench.counted() == 30, "not counted")
    found = bench.make()
    assert isinstance(found, Refused) and found.reason.problem is Problem.FEW_MOVES
    assert found.moved == 30 and "30 have moved" in refusal(found)
    assert bench.releases() == 0 and "No release of visit is out" in bench.told("release", "show", "visit")

    bench.send(500)
    bench.until(lambda: bench.releases() == 1, "no release comes out by itself")
    _is_what_protect_makes(bench, 1)
    bench.until(lambda: bench.counted() == bench.sent, "not counted")
    shown = bench.told("release", "show", "visit", "--table", "by_sex")
    assert "Visits by sex" in shown and "Female" in shown

    bench.send(600)
    bench.until(lambda: bench.releases() >= 2, "no second release")
    _is_what_protect_makes(bench, 2)
    first, second = bench.store.releases("visit")[:2]
    assert second["previous"] == first["content"]
    assert "numbers differ" in bench.told("release", "diff", "visit", "1", "2")

    close_survey(bench.settings.kafka, "visit", time.time_ns() // 1_000_000)
    bench.until(bench.refused_by_ingest, "a closed survey takes submissions")
    assert "ING-015" in bench.said
    with pytest.raises(Failure, match="closed"):
        publish_survey(bench.settings, bench.survey.model_copy(update={"version": "2"}))
    bench.until(lambda: bench.store.releases("visit")[-1]["closing"], "no last release")
    last = bench.store.releases("visit")[-1]
    _is_what_protect_makes(bench, last["release"])
    by_sex = {cell["codes"]["SEX"]: cell for cell in bench.store.cells("visit", last["release"])}
    women = sum(place % 3 > 0 for place in range(bench.sent))
    # Less than the step of 5, and one more if the first that was to be refused was still taken.
    assert abs(by_sex["F"]["obs_value"] - women) <= 5 and abs(by_sex["_T"]["obs_value"] - bench.sent) <= 5
    assert (by_sex["_N"]["obs_status"], by_sex["_N"]["conf_status"]) == ("Q", "C")
    found = bench.make()
    assert isinstance(found, Refused) and found.reason.problem is Problem.CLOSED
    assert "last" in bench.told("release", "list", "visit") and "UTC" in bench.told("survey", "list")
    _view_shows(bench, last["release"])


def _is_what_protect_makes(bench: Bench, number: int) -> None:
    """The rows, byte for byte, once more from what `audit` keeps. Its memory is that of the last release alone, so the
    release before must be made again first."""
    key = release_keys.load(bench.settings.keys.release_folder, "visit")
    assert key is not None
    memory: Memory | None = None
    tables: list[Document] = []
    content = ""
    for each in range(1, number + 1):
        inputs = bench.store.inputs("visit", each)
        assert inputs is not None and inputs.policy == Policy(every_ms=0, largest_step=75)
        release = made_of("visit", inputs, memory, key)
        assert isinstance(release, Release)
        memory, content = release.memory, release.manifest.content
        tables = list(cell_documents(bench.survey, release))
    assert bench.store.cells("visit", number) == tables
    assert bench.store.releases("visit")[number - 1]["content"] == content


def _view_shows(bench: Bench, number: int) -> None:
    settings = bench.settings.mongodb
    with MongoClient[dict[str, object]](bench.stack.mongo_uri_of(WRITER)) as client:
        # The service itself reads no view; analysts do, and the administrator stands in for them here.
        assert client[settings.released].releases.count_documents({}) == bench.releases()
    with MongoClient[dict[str, object]](bench.stack.mongo_uri) as client:
        assert {cell["release"] for cell in client[settings.released][VIEW].find({"survey": "visit"})} == {number}
