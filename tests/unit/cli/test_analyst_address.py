"""What an analyst is given: an address for the database of releases, with nobody else's password."""

import pytest
from pydantic import SecretStr

from cli.analyst import NAME, connection_string
from services.runtime.settings import MongoSettings


def address(uri: str, given: str | None = None) -> str:
    return connection_string(MongoSettings(uri=SecretStr(uri)), "mei", "secret", given)


def test_it_is_the_address_of_the_operator_for_another_user() -> None:
    ours = "mongodb://operator:hidden@127.0.0.1:27017/?directConnection=true&authSource=admin"
    assert address(ours) == "mongodb://mei:secret@127.0.0.1:27017/released?directConnection=true&authSource=released"


def test_a_replica_set_is_named_with_all_its_members() -> None:
    ours = "mongodb://operator:hidden@a:27017,b:27018/?replicaSet=rs0&tls=true"
    assert address(ours) == "mongodb://mei:secret@a:27017,b:27018/released?replicaSet=rs0&tls=true&authSource=released"


def test_another_address_goes_before_ours() -> None:
    ours = "mongodb://operator:hidden@a:27017,b:27018/?replicaSet=rs0"
    found = address(ours, "stats.example:27017")
    assert found == "mongodb://mei:secret@stats.example:27017/released?directConnection=true&authSource=released"


@pytest.mark.parametrize("name", ["", "-x", "a b", "a@b", "a/b", "a" * 65, "ünï"])
def test_a_name_that_would_need_escaping_is_no_name(name: str) -> None:
    assert not NAME.fullmatch(name)
    assert NAME.fullmatch("mei-2.x_Y")
