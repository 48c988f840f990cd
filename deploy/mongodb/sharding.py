"""How each collection is spread where one replica set is not enough: one table, from which the commands come. Pure.

    python -m deploy.mongodb.sharding | mongosh "mongodb://root@ROUTER:27017/?authSource=admin"

What decides is how aggregate asks. Everything about an instance is found by its id, a keyed hash, so `ledger.slots` is
spread by it and nothing else could be: an edit reaches its target from any partition. So a batch touches every shard,
and its transaction is committed in two phases. Transactions across shards are what MongoDB gives them for; the batch
makes it one more round trip for a thousand submissions. Cells and PSU sums are read by survey and source partition,
which their ids begin with, so they are spread by ranges of the id, and a batch writes those of its partition in one
place. What is small, or read whole, stays in one place. `_id` is the key everywhere, because with another one MongoDB
would not keep it unique, and a slot that is there twice is a person who counts twice.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.mongodb.roles import Databases

HASHED = "hashed"
RANGED = "ranged"
WHOLE = ""


@dataclass(frozen=True)
class Spread:
    """Of one collection. `by` is how its `_id` is the shard key, or `WHOLE` for one that is not spread."""

    database: str
    collection: str
    by: str
    why: str


def spreads(names: Databases | None = None) -> tuple[Spread, ...]:
    """Every collection that provisioning makes."""
    names = names or Databases()
    ledger, live, released, audit = names.ledger, names.live, names.released, names.audit
    return (
        Spread(ledger, "slots", HASHED, "one for each instance, found by its id alone; nearly all of the data"),
        Spread(ledger, "quarantine", HASHED, "sealed payloads, written and deleted by their source"),
        Spread(ledger, "watermarks", WHOLE, "one for each partition; the first write of each transaction"),
        Spread(ledger, "ended", WHOLE, "one for each survey that ended"),
        Spread(ledger, "erasures", WHOLE, "one for each erasure, and looked through whole"),
        Spread(ledger, "generations", WHOLE, "one for each survey; its epoch is read in each batch"),
        Spread(ledger, "filled", HASHED, "what fills added, found by partition and offset"),
        Spread(ledger, "filling", WHOLE, "one for each partition of a survey that is being filled"),
        Spread(ledger, "repairs", WHOLE, "a few for ever"),
        Spread(live, "cells", RANGED, "read and written by survey and partition, with which the id begins"),
        Spread(live, "psu", RANGED, "as cells"),
        Spread(live, "rejections", HASHED, "one for each rejected record, by its source"),
        Spread(live, "tables", WHOLE, "one for each table"),
        Spread(released, "cells", WHOLE, "read by analysts by edition; some thousands for each release"),
        Spread(released, "releases", WHOLE, "one for each release"),
        Spread(audit, "releases", WHOLE, "one for each release"),
        Spread(audit, "memory", WHOLE, "written once for each release, and read whole"),
        Spread(audit, "inputs", WHOLE, "as memory"),
        Spread(audit, "surveys", WHOLE, "one for each survey"),
    )


def commands(table: Iterable[Spread]) -> list[str]:
    """For mongosh, connected to a router as an administrator: after provisioning and before the first submission, while
    MongoDB still spreads a hashed collection over all shards at once. Safe to run again."""
    lines = []
    for each in table:
        if each.by == WHOLE:
            continue
        place = f'"{each.database}.{each.collection}"'
        key = '{_id: "hashed"}' if each.by == HASHED else "{_id: 1}"
        lines.append(f"// {each.why}")
        lines.append(f"sh.shardCollection({place}, {key});")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(commands(spreads())) + "\n")
