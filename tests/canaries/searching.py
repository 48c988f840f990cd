"""Everything that a stack leaves behind, searched for canaries. A find names the kind and the place, never more."""

import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import bson
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from deploy.local.stack import Stack
from schemas.topics import SUBMISSIONS
from services.runtime.settings import KafkaSettings
from tests.canaries.phone import Phone
from tests.canaries.poison import PLAIN
from tests.canaries.sending import ECHOED_IN_PROBLEMS, ECHOED_IN_SUCCESS
from tests.canaries.words import Canaries

READ_MS = 10_000
OWN_DATABASES = {"admin", "config", "local"}
"""The server's: it does not let them be read as documents."""


@dataclass
class Search:
    """`places` counts what was searched, by kind of place: records, documents, files. `finds` are (place, kind of
    canary)."""

    canaries: Canaries
    places: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    finds: set[tuple[str, str]] = field(default_factory=set)

    def look(self, kind: str, place: str, data: bytes, but: Iterable[str] = ()) -> None:
        self.places[kind] += 1
        self.sizes[kind] += len(data)
        self.finds.update((f"{kind} {place}", found) for found in self.canaries.found(data, but))


def search_files(search: Search, stack: Stack) -> None:
    """Logs, state, keys, the broker's segments and the database's files, as they are on disk."""
    for path in sorted(path for path in stack.folder.rglob("*") if path.is_file()):
        try:
            data = path.read_bytes().rstrip(b"\0")
        except FileNotFoundError:
            continue  # the database removes files of its own while it runs
        place = path.relative_to(stack.folder)
        in_submissions = place.parts[:2] == ("kafka", "log") and place.parts[2].startswith("submissions-")
        search.look(f"file of {place.parts[0]}", str(place), data, [PLAIN] if in_submissions else [])


def search_records(search: Search, kafka: KafkaSettings) -> None:
    """Every record of every topic: key, headers, value, as whoever can read the broker sees them."""
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        for topic in sorted(consumer.topics()):
            for data in _records(consumer, topic):
                search.look("record", f"of {topic}", data, [PLAIN] if topic == kafka.topic(SUBMISSIONS) else [])
    finally:
        consumer.close()


def _records(consumer: KafkaConsumer, topic: str) -> Iterator[bytes]:
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for records in consumer.poll(timeout_ms=READ_MS).values():
            for record in records:
                headers = b" ".join(name.encode() + b"=" + (value or b"") for name, value in record.headers)
                yield b" ".join((record.key or b"", headers, record.value or b""))


def search_documents(search: Search, uri: str) -> None:
    """Every document and every index of every database; also names of collections."""
    with MongoClient[dict[str, object]](uri) as client:
        for name in client.list_database_names():
            if name in OWN_DATABASES:
                continue
            database = client[name]
            for about in database.list_collections():
                search.look("collection", f"of {name}", bson.encode(about))
                collection = database[str(about["name"])]
                if about.get("type") != "view":
                    search.look("index", f"of {name}.{collection.name}", repr(collection.index_information()).encode())
                for document in collection.find():
                    search.look(f"document of {name}", collection.name, bson.encode(document))


def search_metrics(search: Search, stack: Stack, services: Iterable[str]) -> None:
    for name in services:
        with urllib.request.urlopen(f"{stack.state.part(name).address}/metrics", timeout=5) as answer:
            search.look("metrics", f"of {name}", answer.read())


def search_answers(search: Search, phone: Phone) -> None:
    """What senders got back."""
    for about, status, data in phone.answers:
        search.look("answer", about, data, ECHOED_IN_SUCCESS if status in (200, 201) else ECHOED_IN_PROBLEMS)
