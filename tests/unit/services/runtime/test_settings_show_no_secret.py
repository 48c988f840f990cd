"""Settings end up in error messages, in debuggers and in core dumps of other tools: their text holds no secret."""

import importlib

import pytest
from pydantic import ValidationError

from services.runtime.settings import ServiceSettings

CANARY = "canary-4711"
SECRETS = {
    "RIHLA_MONGODB__URI": f"mongodb://user:{CANARY}@127.0.0.1:27017/?replicaSet=rs0",
    "RIHLA_VALIDATE__FORM_KEY_PASSPHRASE": CANARY,
}


def classes() -> list[type[ServiceSettings]]:
    modules = ["services.runtime.settings"]
    modules += [f"services.{name}.settings" for name in ("ingest", "validate", "aggregate", "release")]
    found = []
    for name in modules:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        kinds = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, ServiceSettings)]
        found += [each for each in kinds if each.__module__ == name]
    return found


def test_every_service_is_looked_at() -> None:
    assert len(classes()) >= 4


@pytest.mark.parametrize("settings", classes())
def test_no_text_of_settings_shows_a_secret(settings: type[ServiceSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    read = settings()
    assert CANARY in read.mongodb.uri.get_secret_value()
    for shown in (repr(read), str(read), f"{read!r:}", read.model_dump_json(), repr(read.model_dump())):
        assert CANARY not in shown


@pytest.mark.parametrize("settings", classes())
def test_no_error_about_settings_shows_a_value(
    settings: type[ServiceSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIHLA_WATCH__PORT", CANARY)
    with pytest.raises(ValidationError) as wrong:
        settings()
    assert CANARY not in str(wrong.value)
