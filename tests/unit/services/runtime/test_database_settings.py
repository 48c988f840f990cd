"""The password of the database comes from a file, and is shown nowhere."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cli.where import settings_from, settings_of
from deploy.local import state
from services.runtime.settings import MongoSettings, ServiceSettings, with_password

PASSWORD = "p@ss/word:1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    return path


def given(uri: str, file: Path) -> dict[str, str]:
    return {"RIHLA_MONGODB__URI": uri, "RIHLA_MONGODB__PASSWORD_FILE": str(file)}


def test_the_password_is_put_into_the_address(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = "mongodb://aggregate:p%40ss%2Fword%3A1@a:27017,b:27017/?replicaSet=rs0"
    variables = given("mongodb://aggregate@a:27017,b:27017/?replicaSet=rs0", file)
    assert settings_from(variables).mongodb.uri.get_secret_value() == whole
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for settings in (ServiceSettings(), settings_from(variables)):
        assert settings.mongodb.uri.get_secret_value() == whole
        assert (
            "ss" not in str(settings.mongodb.uri) and "p%40" not in f"{settings!r} {settings} {settings.model_dump()}"
        )


def test_without_a_file_the_address_is_as_it_was() -> None:
    assert settings_from({}).mongodb == MongoSettings()
    uri = "mongodb://a:b@host/"
    assert settings_from({"RIHLA_MONGODB__URI": uri}).mongodb.uri.get_secret_value() == uri


@pytest.mark.parametrize("uri", ["mongodb://host/", "mongodb://user:other@host/"])
def test_an_address_that_does_not_want_the_password_is_refused(uri: str, file: Path) -> None:
    with pytest.raises(ValidationError, match="names a user and no password") as refusal:
        settings_from(given(uri, file))
    assert "other" not in str(refusal.value) and "p@ss" not in str(refusal.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"nowhere cannot be read \(No such file"):
        settings_from(given("mongodb://user@host/", tmp_path / "nowhere"))
    (tmp_path / "empty").touch()
    with pytest.raises(ValueError, match="empty is empty"):
        with_password("mongodb://user@host/", tmp_path / "empty")


def test_an_address_of_the_environment_does_not_take_the_password_of_the_stack(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = given("mongodb://operator@127.0.0.1:1/", file) | {"RIHLA_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9"}
    state.write(tmp_path, state.StackState(environment=environment))
    assert "operator:p%40" in settings_of(tmp_path).mongodb.uri.get_secret_value()
    monkeypatch.setenv("RIHLA_MONGODB__URI", "mongodb://elsewhere/")
    assert settings_of(tmp_path).mongodb.uri.get_secret_value() == "mongodb://elsewhere/"
