"""What these tests send to the database as a service or as provisioning is within what the table of users allows.

The embedded server looks at databases alone, MongoDB at collections: this is where a missing privilege would be seen.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pymongo import MongoClient

import services.aggregate.mongo_store
import services.aggregate.provision
import services.release.mongo_store
import services.release.provision
from deploy.mongodb.roles import roles
from tests.contract.privileges_used import Recorder


@pytest.fixture(scope="package", autouse=True)
def nothing_is_sent_that_the_table_does_not_allow() -> Iterator[None]:
    recorders = {role.name: Recorder(role) for role in roles()}
    with pytest.MonkeyPatch.context() as patch:
        for module, user in (
            (services.aggregate.mongo_store, "aggregate"),
            (services.aggregate.provision, "provision"),
            (services.release.mongo_store, "release"),
            (services.release.provision, "provision"),
        ):
            patch.setattr(module, "MongoClient", _Listened(recorders[user]))
        yield
    lacking = {name: recorder.lacking for name, recorder in recorders.items() if recorder.lacking}
    assert not lacking, lacking


class _Listened:
    """`MongoClient(...)` or `MongoClient[Document](...)` with a listener."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __call__(self, *arguments: Any, **options: Any) -> MongoClient[Any]:
        return MongoClient(*arguments, **options, event_listeners=[self._recorder])

    def __getitem__(self, _document: type) -> "partial[MongoClient[Any]]":
        return partial(MongoClient, event_listeners=[self._recorder])
