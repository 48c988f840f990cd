"""`rihla survey form-key new`, and that a replayed record goes where ingest put it (the rest: integration tests)."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner as OfIngest
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaProducer

from cli import app
from services.validate.form_keys import form_key_of, read_private


def rihla(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["rihla", "survey", "form-key", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_a_new_pair_is_a_file_for_its_owner_and_a_line_for_the_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "key.pem"
    assert rihla(monkeypatch, "new", str(file)) == 0
    said = capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    public = form_key_of(read_private(file.read_bytes()).public_key())
    assert re.search(f"^{re.escape(public)}$", said, re.MULTILINE)
    assert not any(line and line in said for line in file.read_text().splitlines()[1:-1])

    before = file.read_bytes()
    assert rihla(monkeypatch, "new", str(file)) == 1
    assert "may be the only copy" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert rihla(monkeypatch, "new", str(tmp_path / "nowhere" / "key.pem")) == 1


@dataclass(frozen=True)
class Cluster:
    """What the client knows of the cluster."""

    partitions: list[int]

    def topics(self) -> set[str]:
        return {"submissions"}

    def partitions_for_topic(self, topic: str) -> list[int]:
        return self.partitions

    available_partitions_for_topic = partitions_for_topic


@given(st.binary(min_size=22, max_size=22), st.integers(1, 64))
def test_a_replayed_record_goes_to_the_partition_that_ingest_chose(key: bytes, number: int) -> None:
    partitions = list(range(number))
    of_replay = KafkaProducer.DEFAULT_CONFIG["partitioner"]
    chosen = of_replay.partition("submissions", key, key, b"", b"", Cluster(partitions))
    assert OfIngest()(key, partitions, partitions) == chosen
