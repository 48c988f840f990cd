"""Records on `submissions` that no ingest would write."""

import json
from pathlib import Path

import orjson
from kafka import KafkaProducer

from schemas.events import HEADER_KEY_ID
from schemas.topics import SUBMISSIONS
from services.runtime.keys import load_public
from services.runtime.sealing import Sealer
from services.runtime.settings import KafkaSettings
from tests.canaries.interviews import as_xml, household
from tests.canaries.phone import Phone

PLAIN = "record that was not sealed"
"""The kind of the canaries that somebody wrote to the broker in clear: they must not get any further."""


def write_poison(phone: Phone, kafka: KafkaSettings, keys: Path) -> None:
    """Records that no ingest would write: sealed nonsense, plain text, and what makes our own code fail."""
    c = phone.canaries
    public = load_public(keys)
    sealer = Sealer(public.sealing_id, public.sealing)
    good = {
        "kind": "submission", "survey": "household-migration", "version": "3", "format": "xml",
        "collector": c.word("collector"), "received_ms": 1,
    }  # fmt: skip

    def submission(**more: object) -> bytes:
        body = as_xml(household(c), c.phone("instance id")).decode()
        return orjson.dumps({**good, "instance": c.phone("instance id"), "body": body, **more})

    timeless = household(c)
    del timeless["start"], timeless["end"], timeless["today"]
    sealed = [
        c.text("sealed text").encode(),
        orjson.dumps({c.word("sealed key"): c.text("sealed value")}),
        submission(format=c.word("format")),
        submission(received_ms=c.word("time")),
        submission(instance=[c.phone("instance id")]),
        submission(body=c.text("body")),
        submission(format="json", body=c.text("body")),
        submission(format="json", body=json.dumps({"answers": {c.text("JSON key"): c.text("answer")}})),
        submission(version=c.word("version"))[:-9],
        # No such time: our own code fails.
        submission(received_ms=10**18, body=as_xml(timeless, c.phone("instance id")).decode()),
        orjson.dumps({"kind": "withdrawal", "survey": "household-migration", "instance": c.phone("withdrawn")}),
    ]
    values = [sealer.seal(plain) for plain in sealed]
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
    try:
        headers = [(HEADER_KEY_ID, public.sealing_id.encode())]
        for place, value in enumerate(values):
            producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=value, headers=headers, partition=place % 4)
        # Whoever writes this shows it to the broker; it must not get any further.
        plain = f"a record {c.word(PLAIN)}".encode()
        producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=plain, headers=headers, partition=0)
        producer.send(kafka.topic(SUBMISSIONS), key=b"poison", value=plain, partition=1)
        producer.flush()
    finally:
        producer.close()
    phone.accepted += len(values) + 2
