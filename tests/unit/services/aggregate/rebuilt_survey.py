"""A survey in three versions for the tests of generations, and a worker over a store that speaks in responses."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.events import Response, Source
from schemas.survey.definition import (
    Choice,
    FieldDefinition,
    FieldType,
    IndicatorDefinition,
    IndicatorKind,
    Privacy,
    PrivacyKind,
    Role,
    SurveyDefinition,
    TableDefinition,
)
from schemas.tables.cells import summed
from schemas.tables.layout import layouts
from schemas.tables.psu_runs import merge
from services.aggregate.batch import BatchWriter, Written
from services.aggregate.contributors import Contributors
from services.aggregate.filler import Filler
from services.aggregate.generation_port import StaleTables
from services.aggregate.outcomes import arrival
from services.aggregate.registering import Registrar
from services.aggregate.slots import Arrival, Kind
from services.aggregate.store import Store
from services.aggregate.watermark import Watermark

KEEP = Privacy(kind=PrivacyKind.KEEP)
SEX = FieldDefinition(path="sex", type=FieldType.SELECT_ONE, privacy=KEEP, choices="sex")
AGE = FieldDefinition(path="age", type=FieldType.INT, privacy=KEEP)
AREA = FieldDefinition(path="area", type=FieldType.INT, role=Role.PSU, privacy=KEEP)
LISTS = {"sex": [Choice(name="F", labels={"": "Woman"}), Choice(name="M", labels={"": "Man"})]}
MEAN = IndicatorDefinition(name="age", kind=IndicatorKind.MEAN, numerator="/data/age", scale=0)
OLDER = IndicatorDefinition(name="older", kind=IndicatorKind.COUNT, universe="/data/age > 40")
ALL = TableDefinition(name="all", dimensions=[], indicators=["age"])
BY_SEX = TableDefinition(name="by_sex", dimensions=["sex"], indicators=["age", "older"])


def version(number: int, *tables: TableDefinition, fields: Iterable[FieldDefinition] = (SEX, AGE, AREA)) -> Any:
    return SurveyDefinition(
        survey="visit",
        version=str(number),
        edition=number,
        title="Visit",
        root="data",
        xform="",
        fields=list(fields),
        choice_lists=LISTS,
        indicators=[MEAN, OLDER],
        tables=list(tables),
    )


FIRST = version(1, ALL)
SECOND = version(2, ALL, BY_SEX)
THIRD = version(3, BY_SEX)


class Site:
    """One survey as it is published so far, and the truth: who is counted, with what."""

    def __init__(self) -> None:
        self.versions: list[SurveyDefinition] = [FIRST]
        self.rebuilds: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.truth: dict[str, Response] = {}

    def find(self, survey: str, name: str) -> SurveyDefinition | None:
        return next((one for one in self.versions if one.version == name), None)

    def expected(self, table: TableDefinition) -> dict[str, list[int]]:
        """n, record keys, and of the indicators, by sex or of all."""
        found: dict[str, list[int]] = {}
        for one in self.truth.values():
            key = str(one.answers["sex"]) if table.dimensions else "_T"
            age = int(str(one.answers["age"]))
            sums = [1, one.record_key, 1, age, *([int(age > 40)] if "older" in table.indicators else [])]
            known = found.setdefault(key, [0] * len(sums))
            found[key] = [a + b for a, b in zip(known, sums, strict=True)]
        return found


class Worker:
    """Owns some partitions. `writer` and `marks` as an agent has them."""

    def __init__(self, store: Store, site: Site, *partitions: int, step: int = 3) -> None:
        self.store, self.site = store, site
        self.marks: Mapping[int, Watermark] = store.acquire(partitions)
        self.writer = BatchWriter(store)
        registrar = Registrar(store, lambda survey: list(site.versions))
        self.contributors = Contributors(site.find, store.declare, registrar)
        self.filler = Filler(store, self, registrar, lambda: ["visit"], lambda: site.rebuilds, step)

    async def between_batches(self, work: Any) -> None:
        self.marks = {**self.marks, **work(self.marks)}

    def apply(self, *arrivals: Arrival) -> Written:
        by_partition = Counter(one.partition for one in arrivals)
        after = {
            partition: Watermark(
                mark.partition,
                mark.responses_topic,
                mark.submissions_topic,
                mark.responses_next + number,
                mark.submissions_next + number,
                mark.submissions_first,
                mark.classes,
            )
            for partition, number in by_partition.items()
            for mark in [self.marks[partition]]
        }
        written = self.writer.apply(self.marks, after, arrivals)
        self.marks = {**self.marks, **written.watermarks}
        return written

    def arrivals(self, *responses: Response) -> list[Arrival]:
        return [arrival(one, one.to_wire(), self.contributors) for one in responses]

    def count(self, *responses: Response) -> None:
        while True:
            try:
                self.apply(*self.arrivals(*responses))
            except StaleTables:
                self.contributors.forget()
                continue
            break
        for one in responses:
            if one.replaces is not None:
                self.site.truth.pop(one.replaces, None)
            self.site.truth[one.instance] = one

    def withdraw(self, instance: str, partition: int = 0, offset: int = 999) -> None:
        self.apply(Arrival(Kind.WITHDRAWAL, partition, offset, 5, "visit", instance=instance))
        self.site.truth.pop(instance, None)

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            asyncio.run(self.filler.look())

    def shown(self, table: TableDefinition, of: SurveyDefinition) -> dict[str, list[int]]:
        id_ = next(layout.id for layout in layouts(of) if layout.name == table.name)
        return summed(self.store.live_pages("visit"), id_)

    def areas(self, table: TableDefinition, of: SurveyDefinition) -> dict[str, dict[str, int]]:
        """Units by PSU in each cell."""
        id_ = next(layout.id for layout in layouts(of) if layout.name == table.name)
        runs = merge(self.store.live_runs("visit")).get(id_, {})
        return {cell: {area: sums[0] for area, sums in areas.items()} for cell, areas in runs.items()}


def expected_areas(site: Site, table: TableDefinition) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for one in site.truth.values():
        key = str(one.answers["sex"]) if table.dimensions else "_T"
        found.setdefault(key, Counter())[f"%|{one.answers['area']}"] += 1
    return {key: dict(areas) for key, areas in found.items()}


def given(
    number: int, name: str = "1", partition: int = 0, replaces: str | None = None, age: int | None = None
) -> Response:
    return Response(
        kind="response",
        source=Source(topic_id="s", partition=partition, offset=number, at_ms=0),
        survey="visit",
        version=name,
        instance=f"instance{number:014d}",
        replaces=replaces,
        fingerprint=str(number),
        record_key=number % 256,
        answers={"sex": "FM"[number % 2], "age": 20 + number % 50 if age is None else age, "area": number % 3},
    )
