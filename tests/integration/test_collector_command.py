"""`rihla collector` against a real broker: a token works once it is made, is nowhere to be read, and can be revoked."""

import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.collector import app
from cli.where import settings_from
from deploy.local.stack import Stack
from services.runtime.collectors import CollectorRegistry, token_hash
from services.runtime.provision import provision

READ_S = 20.0


def test_add_list_revoke(
    kafka_and_database: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment = kafka_and_database.env | {
        "RIHLA_KAFKA__PREFIX": "collectors-test.",
        "RIHLA_KEYS__FOLDER": str(tmp_path / "keys"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = settings_from(environment)
    provision(settings)
    caplog.set_level(logging.DEBUG)
    run = CliRunner().invoke

    added = run(app, ["add", "North", "--survey", "s1", "--url", "http://collect.example/", "--data", str(tmp_path)])
    assert added.exit_code == 0, added.output
    token = next(line.split()[-1] for line in added.output.splitlines() if line.startswith("Token for scripts"))
    assert f"http://collect.example/key/{token}\n" in added.output
    assert token not in caplog.text

    registry = CollectorRegistry(settings.kafka)
    registry.start()
    try:
        registry.follower.read_to_end(READ_S)
        found = registry.find(token)
        assert found is not None and found.name == "North"
        assert found.may_submit("s1") and not found.may_submit("s2")

        listed = run(app, ["list", "--data", str(tmp_path)])
        assert "North" in listed.output and token_hash(token)[:12] in listed.output
        assert token not in listed.output

        assert run(app, ["revoke", "North", "--data", str(tmp_path)]).exit_code == 0
        registry.follower.read_to_end(READ_S)
        assert registry.find(token) is None
    finally:
        registry.stop()
    again = run(app, ["revoke", "North", "--data", str(tmp_path)])
    assert "There is no collector North" in str(again.exception)
