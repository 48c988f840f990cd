"""Real parts for integration tests: one broker and one database for the whole session."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack


@pytest.fixture(scope="session")
def kafka_and_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Apache Kafka and the embedded database, without services and with no topic.

    Shared by all tests of a session, so each test takes its own `RIHLA_KAFKA__PREFIX` and names of databases, and none
    kills anything. `stack.kafka` are bootstrap servers, `stack.mongo_uri` is the database, `stack.env` holds both as
    variables for services.
    """
    with Stack(tmp_path_factory.mktemp("stack"), services=(), prepare=None) as stack:
        yield stack
