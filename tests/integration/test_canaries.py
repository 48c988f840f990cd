"""Nothing that a respondent said, is called or is reached by gets out of the sealed boxes and the memory of validate.

Canaries are sent in every place of a request where something of a respondent can stand, in requests that succeed and
that fail in every way known. Then everything that the stack has left behind is searched for them. `make canaries` does
the same with thousands of interviews, and with every part killed.
"""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from rich.console import Console

from cli.status import show_status
from deploy.local.plan import SERVICES
from deploy.local.stack import Stack
from schemas.outcome_class import OutcomeClass
from tests.canaries.phone import Phone
from tests.canaries.poison import write_poison
from tests.canaries.scene import open_scene, wait_until_accounted
from tests.canaries.searching import (
    Search,
    search_answers,
    search_documents,
    search_files,
    search_metrics,
    search_records,
)
from tests.canaries.sending import send_what_ingest_refuses, send_what_is_accepted, send_what_validate_rejects
from tests.canaries.words import Canaries

READY_S = 40.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("canaries")) as stack:
        yield stack


@pytest.fixture(scope="module")
def phone(stack: Stack) -> Phone:
    """Everything has been sent, and all of it is accounted for."""
    phone = open_scene(stack)
    send_what_is_accepted(phone)
    send_what_ingest_refuses(phone)
    send_what_validate_rejects(phone)
    before = stack.pid("validate")
    stack.kill("validate")
    write_poison(phone, phone.opened.settings.kafka, phone.opened.settings.keys.folder)
    send_what_is_accepted(phone)
    stack.wait_ready("validate", READY_S, after_pid=before)
    classes = wait_until_accounted(phone)
    assert {OutcomeClass.COUNTED, OutcomeClass.REFUSED, OutcomeClass.DUPLICATE, OutcomeClass.CONTROL} <= classes
    return phone


@pytest.fixture
def search(phone: Phone) -> Search:
    return Search(phone.canaries)


def test_no_file_of_the_stack_holds_a_canary(stack: Stack, search: Search) -> None:
    search_files(search, stack)
    assert search.finds == set()
    sizes = search.sizes
    assert sizes["file of logs"] > 1_000 and sizes["file of kafka"] > 100_000, sizes
    assert sizes["file of database"] > 100_000, sizes
    assert b"listening" in (stack.folder / "logs" / "ingest.log").read_bytes()
    assert b"record_failed" in (stack.folder / "logs" / "validate.log").read_bytes()


def test_no_record_holds_a_canary(phone: Phone, search: Search) -> None:
    search_records(search, phone.opened.settings.kafka)
    assert search.finds == set()
    assert search.places["record"] > 2 * phone.accepted


def test_no_metric_holds_a_canary(stack: Stack, search: Search) -> None:
    search_metrics(search, stack, [service.name for service in SERVICES])
    assert search.finds == set()
    assert search.places["metrics"] == len(SERVICES)


def test_no_document_holds_a_canary(stack: Stack, search: Search) -> None:
    search_documents(search, stack.mongo_uri)
    assert search.finds == set()
    assert search.places["document of live"] and search.places["document of ledger"] and search.places["index"]


def test_no_answer_and_no_status_holds_a_canary(stack: Stack, phone: Phone, search: Search) -> None:
    search_answers(search, phone)
    page = io.StringIO()
    show_status(Console(file=page, width=300), stack.folder)
    search.look("status", "", page.getvalue().encode())
    assert "validate" in page.getvalue()
    assert search.finds == set()


@pytest.mark.parametrize("shift", range(3))
def test_the_search_finds_every_writing(shift: int) -> None:
    canaries = Canaries()
    for value in (canaries.text("text"), canaries.phone("phone")):
        said = f"{'x' * shift}{value}xyz"
        for data in (
            said.encode(),
            json.dumps(said).encode(),
            quote(said).encode(),
            base64.b64encode(said.encode()),
            base64.urlsafe_b64encode(said.encode()),
            said.encode().hex().encode(),
            said.casefold().encode(),
            said.encode("utf-16-le"),
            repr(ValueError(said)).encode(),
        ):
            assert canaries.found(b"..." + data + b"...") & {"text", "phone"}, data
    assert canaries.found(hashlib.sha256(canaries.phone("id").encode()).hexdigest().encode()) == {"id, hashed"}
    assert canaries.found(b"nothing of the kind") == set()
