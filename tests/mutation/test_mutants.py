"""That what is judged is the mutant: functions, methods of dataclasses, properties, defaults."""

from collections.abc import Iterator

import pytest

from schemas.tables.cells import Page, page_id
from services.aggregate.watermark import Watermark
from tests.mutation.mutants import Mutant, loaded, mutants, put_in, watched


def named(module: str, part: str) -> Mutant:
    return next(mutant for mutant in mutants(module) if part in mutant.name)


@pytest.fixture(autouse=True)
def as_they_were() -> Iterator[None]:
    names = [
        ("services.aggregate.watermark", "Watermark.accounted"),
        ("schemas.tables.cells", "page_id"),
        ("schemas.tables.cells", "Page.empty"),
    ]
    functions = [loaded(*name) for name in names]
    before = [(function.__code__, function.__defaults__) for function in functions]
    yield
    for function, (code, defaults) in zip(functions, before, strict=True):
        function.__code__, function.__defaults__ = code, defaults


def test_a_property_of_a_dataclass() -> None:
    put_in(named("services.aggregate.watermark", "-> self.submissions_next + self.submissions_first"))
    assert Watermark(0, "r", "s", 0, 5, submissions_first=3).accounted == 8


def test_a_default() -> None:
    put_in(named("schemas.tables.cells", "cells.Page.empty:"))
    assert Page.empty("s", 0).prefix == "XXXX"


def test_who_enters_a_function_is_seen_and_nothing_is_left_of_it() -> None:
    entered: set[str] = set()
    before = loaded("schemas.tables.cells", "page_id").__code__
    with watched("schemas.tables.cells", {"page_id"}, entered):
        page_id("s", 1, "")
    assert entered == {"schemas.tables.cells.page_id"}
    assert loaded("schemas.tables.cells", "page_id").__code__ is before
