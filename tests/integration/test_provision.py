"""Provisioning on a real broker: keys are made on the first start alone."""

import uuid
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from schemas.topics import SUBMISSIONS
from services.runtime.faults import OperatorStop
from services.runtime.provision import provision
from services.runtime.publish import publish
from services.runtime.settings import KafkaSettings, KeySettings, ServiceSettings


def test_lost_keys_are_not_made_anew_once_something_was_submitted(kafka_and_database: Stack, tmp_path: Path) -> None:
    settings = ServiceSettings(
        kafka=KafkaSettings(
            bootstrap_servers=kafka_and_database.kafka, prefix=f"provision-{uuid.uuid4().hex[:8]}.", partitions=2
        ),
        keys=KeySettings(folder=tmp_path / "keys"),
    )
    assert len(provision(settings)) == 5
    assert provision(settings) == []
    publish(settings.kafka, SUBMISSIONS, "key", b"sealed")
    assert provision(settings) == [], "with its keys a second start is as the first"
    (tmp_path / "keys" / "instance.key").unlink()
    with pytest.raises(OperatorStop, match="hashes instance ids is missing"):
        provision(settings)
    assert not (tmp_path / "keys" / "instance.key").exists()
