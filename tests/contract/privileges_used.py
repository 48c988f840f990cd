"""Which privileges the commands that are sent to the database ask for, and which of them a role lacks."""

from collections.abc import Mapping
from typing import Any

from pymongo import monitoring

from deploy.mongodb.roles import Databases, Role

FREE = {
    *("hello", "ping", "saslStart", "saslContinue", "endSessions", "killSessions"),
    *("commitTransaction", "abortTransaction", "getMore"),
}
"""Need no privilege: MongoDB lets everybody do them with sessions and cursors of their own."""
NAMES = tuple(vars(Databases()).values())
UNKNOWN = "a command that is not known here"
NEEDS = {
    "find": "find",
    "aggregate": "find",
    "count": "find",
    "distinct": "find",
    "insert": "insert",
    "delete": "remove",
    "update": "update",
    "create": "createCollection",
    "createIndexes": "createIndex",
    "collMod": "collMod",
    "listCollections": "listCollections",
    "listIndexes": "listIndexes",
}


def needed(command: str, body: Mapping[str, Any]) -> set[str]:
    """Actions that a command asks for, by MongoDB's manual."""
    if command in FREE:
        return set()
    upserts = command == "update" and any(update.get("upsert") for update in body["updates"])
    return {NEEDS.get(command, f"{UNKNOWN}: {command}"), *(["insert"] if upserts else [])}


class Recorder(monitoring.CommandListener):
    """Collects what a role lacks. Databases have a name of the test's own before theirs."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self.used: set[tuple[str, str, str]] = set()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        # What is raised here, pymongo prints and passes over. Of what holds passwords it hides the body.
        collection = event.command.get(event.command_name)
        database = next((name for name in NAMES if event.database_name.endswith(name)), event.database_name)
        for action in needed(event.command_name, event.command):
            self.used.add((action, database, collection if isinstance(collection, str) else ""))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    @property
    def lacking(self) -> set[tuple[str, str, str]]:
        return {use for use in self.used if not self._role.may(*use)}
