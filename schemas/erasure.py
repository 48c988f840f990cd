"""Erasures on the compacted topic `erasures`: what a database that was restored from an older backup must do again.

Key: `ErasureNotice.key`. Written by aggregate before the transaction that applies the erasure, so that no applied one
is missing here. Keyed hashes and pseudonyms alone: without validate's keys they say nothing of who it was.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.message import Message


class ErasureKind(StrEnum):
    INSTANCE = "instance"
    RESPONDENT = "respondent"


class ErasureNotice(Message):
    """One erasure. `topic_id`, `partition` and `offset` are of its record in `submissions`, `at_ms` is when the broker
    acknowledged that. `instance` is the keyed hash of an erased instance; `pseudonyms` and `before` are those of
    `schemas.events.Erased`."""

    topic_id: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    at_ms: int
    survey: str
    kind: ErasureKind
    instance: str | None = None
    pseudonyms: list[str] = []
    before: dict[int, int] = {}

    @property
    def id(self) -> str:
        """As `_id` in `ledger.erasures`."""
        return f"{self.partition}:{self.offset}"

    @property
    def key(self) -> str:
        """Topics that are made anew count from 0 again."""
        return f"{self.topic_id}:{self.id}"


def unapplied(notices: Iterable[ErasureNotice], topics: Collection[str], known: Collection[str]) -> list[ErasureNotice]:
    """Those that a database lacks. `topics` are the ids of `submissions` that it was counted from, `known` the ids of
    the erasures in its log."""
    return [notice for notice in notices if notice.topic_id in topics and notice.id not in known]
