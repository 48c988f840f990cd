"""What the phones need to know of what they send, whoever filled it: the simulated households, or any other form."""

from typing import Protocol, TypeVar


class Answered(Protocol):
    """Who was asked. `when_s` is the phone's clock at the start, seconds since the epoch."""

    @property
    def when_s(self) -> int: ...

    @property
    def consent(self) -> bool: ...


Who_co = TypeVar("Who_co", bound=Answered, covariant=True)


class Sendable(Protocol[Who_co]):
    """An instance as a phone holds it. `fault` is None unless it will be rejected."""

    @property
    def id(self) -> str: ...

    @property
    def replaces(self) -> str | None: ...

    @property
    def fault(self) -> object | None: ...

    @property
    def respondent(self) -> Who_co: ...

    def as_xml(self) -> bytes:
        """As Collect uploads it."""
        ...

    def as_json(self) -> bytes:
        """The body of POST /v1/surveys/{survey}/submissions."""
        ...
