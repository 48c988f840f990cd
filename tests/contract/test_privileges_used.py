"""The recorder sees what is sent, and would see what is not allowed."""

from pymongo import monitoring

from deploy.mongodb.roles import roles
from tests.contract.privileges_used import UNKNOWN, Recorder

AGGREGATE = next(role for role in roles() if role.name == "aggregate")


def sent(name: str, database: str, **body: object) -> monitoring.CommandStartedEvent:
    return monitoring.CommandStartedEvent({name: body.pop("on", 1), **body}, database, 1, ("127.0.0.1", 1), 1)


def test_a_command_that_a_role_lacks_is_seen() -> None:
    recorder = Recorder(AGGREGATE)
    recorder.started(sent("find", "x-ledger", on="slots"))
    recorder.started(sent("update", "x-live", on="tables", updates=[{"q": {}, "u": {}, "upsert": True}]))
    recorder.started(sent("killSessions", "admin", on=[]))
    assert recorder.used and not recorder.lacking
    recorder.started(sent("delete", "x-ledger", on="watermarks"))
    recorder.started(sent("update", "x-ledger", on="watermarks", updates=[{"q": {}, "u": {}, "upsert": True}]))
    recorder.started(sent("find", "x-released", on="cells"))
    assert recorder.lacking == {
        ("remove", "ledger", "watermarks"),
        ("insert", "ledger", "watermarks"),
        ("find", "released", "cells"),
    }


def test_a_command_that_nobody_thought_of_is_seen() -> None:
    recorder = Recorder(AGGREGATE)
    recorder.started(sent("dropDatabase", "x-live"))
    assert recorder.lacking == {(f"{UNKNOWN}: dropDatabase", "live", "")}
