"""What all messages share: version and the rule of compatibility (docs/adr/0003-message-versions.md).

- A message names the version of its schema. Adding an optional field keeps the version; everything else raises it.
- A writer validates strictly: it can only build a message whose every field is declared (`extra="forbid"`).
- A reader may be older than the writer, so what comes off a topic is read with `from_wire`, which ignores fields it
  does not know, at every depth, and refuses a version above its own with `NewerMessage`, which is fatal: the process
  stops before the offset is committed and is upgraded. Deploy readers before writers: aggregate, validate, ingest.
"""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict


class NewerMessage(Exception):
    """A record was written by a newer release than this process understands. Fatal: upgrade this service first."""


class Part(BaseModel):
    """A piece of a message."""

    # An error must not quote what it read: it can be an answer.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Message(Part):
    """A record value on a topic."""

    VERSION: ClassVar[int] = 1
    schema_version: int = 1

    def to_wire(self) -> bytes:
        """UTF-8 JSON without the fields that are at their default."""
        return self.model_dump_json(exclude_defaults=True).encode()

    @classmethod
    def from_wire(cls, data: bytes | str) -> Self:
        """Reads what `to_wire` of this or another release wrote.

        Raises `NewerMessage` for a version above this release's, pydantic's `ValidationError` (a ValueError) for
        anything that is not such a message.
        """
        message = cls.model_validate_json(data, extra="ignore")
        if message.schema_version > cls.VERSION:
            raise NewerMessage(f"{cls.__name__} of version {message.schema_version}; this release reads {cls.VERSION}")
        return message
