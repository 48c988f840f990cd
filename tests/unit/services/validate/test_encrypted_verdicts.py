"""Verdicts on encrypted submissions. EV1 the same verdict and fingerprint as in clear. EV2 without the key it waits,
whole, and is judged once the key is there. EV3 the largest that ingest takes fits into an outcome."""

import base64
from pathlib import Path
from typing import Any

import pytest

from schemas.events import Held, Rejection, Replayed, Response, Submission, read_outcome, read_sealed
from schemas.topics import MAX_MESSAGE_BYTES
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer
from services.validate.encrypted_forms import EncryptedForms
from services.validate.form_keys import FormKeys, put
from services.validate.outcome import Letter
from services.validate.reasons import BROKEN_ENCRYPTION
from services.validate.verdict import Verdicts
from tests.encrypting_phone import form
from tests.unit.services.validate.test_deciphering import posted, submission


class Catalogue:
    def __init__(self, definition: Any) -> None:
        self._definition = definition

    def find(self, survey: str, version: str) -> Any:
        return self._definition

    def latest(self, survey: str) -> Any:
        return self._definition


class Bench:
    """A validator whose keys of forms are in `folder`."""

    def __init__(self, definition: Any, key_folder: Path, folder: Path) -> None:
        private, public = keys.load_private(key_folder), keys.load_public(key_folder)
        self.sealer = Sealer(public.sealing_id, public.sealing)
        self.opener = Opener(private.sealing)
        self.folder = folder
        self.unusable: list[str] = []
        self.faults: list[BaseException] = []
        self.form_keys = FormKeys(folder, "", lambda name, why: self.unusable.append(why))
        self.verdicts = Verdicts(
            self.opener, private, Catalogue(definition), "t", lambda fault, _: self.faults.append(fault),
            clear=EncryptedForms(self.form_keys),
        )  # fmt: skip

    def outcome(self, sealed: Submission, replay_of: Replayed | None = None) -> Any:
        letter = Letter(0, 1, 5, self.sealer.key_id, self.sealer.seal(sealed.to_wire()), replay_of)
        return read_outcome(self.verdicts(letter).wire)

    def add(self, name: str) -> None:
        put(self.folder, form(name).private, form(name).pem)


@pytest.fixture
def bench(form_definition: Any, key_folder: Path, tmp_path: Path) -> Bench:
    return Bench(form_definition, key_folder, tmp_path)


@pytest.fixture
def form_definition(request: pytest.FixtureRequest) -> Any:
    household: Any = request.getfixturevalue("form")
    return household.definition.model_copy(update={"form_key": form().public})


def clear_xml(request: pytest.FixtureRequest, path: str = "", value: Any = None) -> str:
    household: Any = request.getfixturevalue("form")
    xml: str = household.to_xml(household.changed(path, value) if path else household.good())
    return xml


def test_ev1_the_same_verdict_and_fingerprint_as_in_clear(bench: Bench, request: pytest.FixtureRequest) -> None:
    bench.add("first")
    for path, value in (("", None), ("profile/sex", "X"), ("interview/consent", "no")):
        xml = clear_xml(request, path, value)
        in_clear = bench.outcome(submission(posted(), body=xml, encrypted=""))
        encrypted = bench.outcome(submission(posted(xml, media=[("a.jpg", b"x" * 99)])))
        skipped = {"sealed": "", "schema_version": 1}
        assert in_clear.model_copy(update=skipped) == encrypted.model_copy(update=skipped)
    assert not bench.faults


def test_ev1_an_encrypted_edit_replaces_what_a_clear_one_would(bench: Bench, request: pytest.FixtureRequest) -> None:
    bench.add("first")
    xml = clear_xml(request).replace("</instanceID>", "</instanceID><deprecatedID>uuid:0</deprecatedID>")
    found = bench.outcome(submission(posted(xml)))
    assert isinstance(found, Response)
    assert found.replaces == bench.outcome(submission(posted(), body=xml, encrypted="", replaces="uuid:0")).replaces


def test_ev1_what_is_encrypted_twice_is_refused(bench: Bench) -> None:
    bench.add("first")
    found = bench.outcome(submission(posted(posted().manifest)))
    assert isinstance(found, Rejection)
    assert [reason.code for reason in found.reasons] == [BROKEN_ENCRYPTION.code]


def test_ev2_without_the_key_it_waits_and_is_judged_once_it_is_there(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    sealed = submission(posted(clear_xml(request)))
    bench.add("second")
    waiting = bench.outcome(sealed)
    assert isinstance(waiting, Held)
    assert read_sealed(bench.opener.open(waiting.key_id, base64.b64decode(waiting.sealed))) == sealed
    bench.add("first")
    again = bench.outcome(sealed, Replayed(partition=0, offset=1))
    assert isinstance(again, Response)
    assert again.source.replay_of == Replayed(partition=0, offset=1)


def test_ev2_a_version_without_a_key_is_opened_by_any_that_fits(
    bench: Bench, form_definition: Any, key_folder: Path, request: pytest.FixtureRequest
) -> None:
    keyless = Bench(form_definition.model_copy(update={"form_key": None}), key_folder, bench.folder)
    sealed = submission(posted(clear_xml(request)))
    keyless.add("second")
    assert isinstance(keyless.outcome(sealed), Held)
    keyless.add("first")
    assert isinstance(keyless.outcome(sealed), Response)
    # It fits, and the content is broken: then waiting would not help.
    assert isinstance(keyless.outcome(sealed.model_copy(update={"encrypted": "AAAA"})), Rejection)


def test_ev2_a_key_that_cannot_be_used_is_said_once_and_nothing_is_rejected(bench: Bench) -> None:
    bench.add("first")
    [path] = bench.folder.glob("form-*.pem")
    path.write_bytes(form("second").pem)
    for _ in range(3):
        assert isinstance(bench.outcome(submission(posted())), Held)
    assert bench.unusable == ["not the key that its name says"]


def test_ev2_a_form_whose_key_is_no_key_waits(form_definition: Any, key_folder: Path, tmp_path: Path) -> None:
    bench = Bench(form_definition.model_copy(update={"form_key": "no key"}), key_folder, tmp_path)
    assert isinstance(bench.outcome(submission(posted())), Held)


@pytest.mark.parametrize("known", [True, False])
def test_ev3_the_largest_that_ingest_takes_fits_into_an_outcome(bench: Bench, known: bool) -> None:
    if known:
        bench.add("first")
    largest = submission(posted(), encrypted=base64.b64encode(bytes(MAX_MESSAGE_BYTES // 2)).decode())
    found = bench.outcome(largest)
    assert isinstance(found, Rejection if known else Held)
    assert read_sealed(bench.opener.open(found.key_id, base64.b64decode(found.sealed))) == largest
