"""Fieldwork of thousands of people, of whom some ask to be erased: what is sent, sealed and judged as in production,
and put into partitions. Kafka alone is left out; the database is whatever store is given.

Each person has a phone number, by which an erasure finds them, and each interview an income that no other has, by which
a search finds whatever is left of it.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from schemas.events import BodyFormat, Erasure, Submission, Withdrawal
from schemas.survey.definition import (
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
from services.aggregate.batch import BatchWriter
from services.aggregate.contributors import Contributors
from services.aggregate.finder import Finder
from services.aggregate.outcomes import arrival, read
from services.aggregate.slots import Arrival
from services.aggregate.store import Store, Unavailable
from services.aggregate.watermark import Watermark
from services.runtime import keys
from services.runtime.sealing import Opener, Sealer
from services.validate.outcome import Letter
from services.validate.pseudonym import SurveySecrets
from services.validate.verdict import Verdicts

SURVEY = "people"
BATCH = 500
KEEP = Privacy(kind=PrivacyKind.KEEP)
SECRET_BODY = '<data xmlns="http://opendatakit.org/submissions" id="people" version="1" encrypted="yes"/>'
FIRST_INCOME = 700_000_000
NOW_MS = 1_772_000_000_000

PEOPLE = SurveyDefinition(
    survey=SURVEY,
    version="1",
    title="People",
    root="data",
    xform="",
    fields=[
        FieldDefinition(
            path="phone", type=FieldType.STRING, privacy=Privacy(kind=PrivacyKind.PSEUDONYM, argument="phone")
        ),
        FieldDefinition(path="age", type=FieldType.INT, constraint=". < 120", privacy=KEEP),
        FieldDefinition(path="income", type=FieldType.INT, privacy=KEEP),
        FieldDefinition(path="village", type=FieldType.INT, role=Role.PSU, privacy=KEEP),
        FieldDefinition(path="consent", type=FieldType.STRING, role=Role.CONSENT),
    ],
    indicators=[
        IndicatorDefinition(name="income", kind=IndicatorKind.MEAN, numerator="/data/income", scale=0),
        IndicatorDefinition(name="middle", kind=IndicatorKind.QUANTILE, numerator="/data/income", scale=0),
    ],
    tables=[
        TableDefinition(name="by_village", dimensions=["village"], indicators=["income", "middle"]),
        TableDefinition(name="all", dimensions=[], indicators=["income"]),
    ],
)


@dataclass(frozen=True)
class Sent:
    """A submission. `interview` is its lineage."""

    instance: str
    interview: int
    person: int
    replaces: str | None = None
    age: int = 30
    consent: str = "yes"
    encrypted: bool = False
    again: bool = False

    @property
    def income(self) -> int:
        return FIRST_INCOME + self.interview


@dataclass(frozen=True)
class Asked:
    """To erase an instance, or a person."""

    instance: str = ""
    person: int = -1


Event = Sent | Asked


def phone(person: int) -> str:
    return f"+22177{person:07d}"


def fieldwork(random: Random, interviews: int, erasures: int) -> list[Event]:
    """Every sixth person is interviewed twice. Edits, repetitions, rejections, refusals and what waits for its key come
    among them, and erasures anywhere in the second half."""
    events: list[Event] = []
    for interview in range(interviews):
        person = random.randrange(interview) if interview and random.random() < 0.16 else interview
        name = f"uuid:{interview}"
        first = Sent(name, interview, person)
        chance = random.random()
        if chance < 0.06:
            edited = Sent(f"{name}-b", interview, person, replaces=name, age=random.choice((31, 31, 999)))
            events += [first, edited, Sent(f"{name}-c", interview, person, replaces=edited.instance, age=32)]
        elif chance < 0.10:
            events += [first, first]
        elif chance < 0.14:
            events += [replace(first, age=999), *random.choice(([], [first]))]
        elif chance < 0.17:
            events.append(replace(first, encrypted=True))
        elif chance < 0.19:
            events += [first, Sent(f"{name}-b", interview, person, replaces=name, consent="no")]
        else:
            events.append(first)
    # Versions of one interview come some way from each other, before and after others of theirs.
    order = sorted(range(len(events)), key=lambda place: place + random.choice((0, 0, 0, 2_000)) * random.random())
    events = [events[place] for place in order]
    sent = random.sample([event for event in events if isinstance(event, Sent)], erasures)
    for number, each in enumerate(sent):
        place = random.randrange(len(events) // 2, len(events)) if number % 3 else len(events)
        events.insert(place, Asked(instance=each.instance) if number % 2 else Asked(person=each.person))
    held = [event for event in events if isinstance(event, Sent) and event.encrypted]
    return events + [replace(event, again=True) for event in held]


def erased(events: Sequence[Event]) -> set[int]:
    """The interviews that go."""
    of = {event.instance: event.interview for event in events if isinstance(event, Sent)}
    gone = {of[event.instance] for event in events if isinstance(event, Asked) and event.instance}
    last: dict[int, int] = {}
    for place, event in enumerate(events):
        if isinstance(event, Asked) and not event.instance:
            last[event.person] = place
    for place, event in enumerate(events):
        # A refusal says nothing of who it was. What is replayed was accepted when it began to wait.
        if isinstance(event, Sent) and event.consent == "yes" and place < last.get(event.person, -1):
            gone.add(event.interview)
    return gone


class Office:
    """Ingest and validate: events become records, records outcomes, and these arrivals. One for each event."""

    def __init__(self, folder: Path, partitions: int) -> None:
        keys.create(folder)
        keys.create_survey_secret(folder, SURVEY)
        public, private = keys.load_public(folder), keys.load_private(folder)
        self.hash = private.instance_hash
        found = private.of_survey(SURVEY)
        assert found is not None
        self.secrets = SurveySecrets(found.secret, found.pseudonyms)
        self._sealer = Sealer(public.sealing_id, public.sealing)
        self._opener = Opener(private.sealing)
        self._faults: list[BaseException] = []
        self._verdicts = Verdicts(
            self._opener, private, self, "s", lambda fault, _: self._faults.append(fault), clear=self._clear
        )
        self._contributors = Contributors(self.find, lambda layouts: None)
        self._partitions = partitions
        self._key_is_here = False
        self._by_body: dict[str, Submission] = {}

    def find(self, survey: str, version: str) -> SurveyDefinition | None:
        return PEOPLE if (survey, version) == (SURVEY, "1") else None

    def latest(self, survey: str) -> SurveyDefinition | None:
        return PEOPLE if survey == SURVEY else None

    def _clear(self, message: Submission, definition: SurveyDefinition) -> Submission | None:
        """As services.validate.opening: nothing, until the key of the form is here."""
        return self._by_body[message.instance] if self._key_is_here else None

    def arrivals(self, events: Iterable[Event]) -> Iterator[tuple[Event, Arrival]]:
        ends = dict.fromkeys(range(self._partitions), 0)
        waiting: dict[str, tuple[int, int]] = {}
        for event in events:
            partition = self.partition_of(event)
            source = partition, ends[partition]
            replay_of = None
            if isinstance(event, Sent) and event.encrypted:
                self._key_is_here = event.again
                replay_of = waiting.get(event.instance)
                waiting.setdefault(event.instance, source)
            message = self._message(event, dict(ends))
            letter = Letter(*source, NOW_MS, self._sealer.key_id, self._sealer.seal(message.to_wire()))
            wire = self._verdicts(letter).wire
            assert not self._faults, type(self._faults[0])
            _, outcome = read(*source, wire)
            yield event, replace(arrival(outcome, wire, self._contributors), replay_of=replay_of)
            ends[partition] += 1

    def partition_of(self, event: Event) -> int:
        if isinstance(event, Asked) and not event.instance:
            return event.person % self._partitions
        concerned = (event.replaces or event.instance) if isinstance(event, Sent) else event.instance
        return sum(self.hash(SURVEY, concerned).encode()) % self._partitions

    def _message(self, event: Event, ends: dict[int, int]) -> Submission | Withdrawal | Erasure:
        if isinstance(event, Asked):
            if event.instance:
                return Withdrawal(kind="withdrawal", survey=SURVEY, instance=event.instance)
            value = phone(event.person)
            return Erasure(kind="erasure", survey=SURVEY, subjects=["phone"], value=value, before=ends)
        answers = {
            "phone": phone(event.person),
            "age": event.age,
            "income": event.income,
            "village": event.interview % 97,
            "consent": event.consent,
        }
        clear = Submission(
            kind="submission",
            survey=SURVEY,
            version="1",
            instance=event.instance,
            replaces=event.replaces,
            format=BodyFormat.JSON,
            body=json.dumps({"answers": answers}),
            collector="c",
            received_ms=NOW_MS,
        )
        if not event.encrypted:
            return clear
        self._by_body[event.instance] = clear
        return clear.model_copy(update={"format": BodyFormat.XML, "body": SECRET_BODY})


class Worker:
    """One worker with all partitions. What it reads of each is up to the caller, who lets them lag."""

    def __init__(self, store: Store, partitions: int) -> None:
        self.store = store
        self.marks: dict[int, Watermark] = store.acquire(range(partitions))
        self.finder = Finder(store, self, clock=lambda: NOW_MS / 1000)
        self._writer = BatchWriter(store)
        self._queues: dict[int, list[Arrival]] = {partition: [] for partition in range(partitions)}

    async def between_batches(self, work: Callable[[Mapping[int, Watermark]], Mapping[int, Watermark]]) -> None:
        self.marks.update(work(self.marks))

    def take(self, arrivals: Iterable[Arrival]) -> None:
        for each in arrivals:
            self._queues[each.partition].append(each)

    def work(self, random: Random, looks: bool = True) -> None:
        """Until everything is applied and nothing waits."""
        while any(self._queues.values()):
            partition = random.choice([partition for partition, queue in self._queues.items() if queue])
            queue = self._queues[partition]
            some, self._queues[partition] = queue[:BATCH], queue[BATCH:]
            mark = self.marks[partition]
            after = replace(
                mark,
                responses_next=mark.responses_next + len(some),
                submissions_next=mark.submissions_next + len(some),
            )
            self.marks.update(self._apply({partition: after}, some))
            if looks and random.random() < 0.3:
                self.look()
        self.look()

    def _apply(self, after: Mapping[int, Watermark], arrivals: Sequence[Arrival]) -> Mapping[int, Watermark]:
        while True:
            try:
                return self._writer.apply(self.marks, after, arrivals).watermarks
            except Unavailable:
                continue

    def look(self) -> None:
        while True:
            try:
                return asyncio.run(self.finder.look())
            except Unavailable:
                continue  # as `Finder.run` does: a busy machine's database may be silent for a while

    def figures(self) -> tuple[dict[str, dict[str, list[int]]], object]:
        """Every cell with its sums, and every PSU sum. Those that are zero are none."""
        pages = self.store.live_pages(SURVEY)
        cells = {
            layout.id: {cell: sums for cell, sums in summed(pages, layout.id).items() if any(sums)}
            for layout in layouts(PEOPLE)
        }
        return cells, merge(self.store.live_runs(SURVEY))
