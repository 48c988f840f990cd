"""What aggregate costs for each submission, without Kafka: outcomes in memory -> batches -> a database of its own.

    python -m bench.sink [--submissions 10000] [--batch 500]

The worker's CPU is this process (reading, contributions, transaction); Faust adds about 0.1 s per 1,000 to it. The
last line is one JSON object: submissions_per_s, worker_cpu_s_per_1000, database_cpu_s_per_1000.
"""

import argparse
import json
import sys
import time

import psutil
from pydantic import SecretStr

from bench.interruptible import interruptible
from bench.naive import cpu_s
from bench.outcomes import Outcome, OutcomeSource
from bench.own_database import own_database
from cli.field import REFERENCE
from deploy.local.database import Database
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.aggregate.batch import BatchWriter
from services.aggregate.contributor import Contributor
from services.aggregate.mongo_store import MongoStore
from services.aggregate.outcomes import arrival, read
from services.aggregate.provision import Topics, provision
from services.aggregate.watermark import plan
from services.runtime import garbage
from services.runtime.settings import MongoSettings

PARTITIONS = 4


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--submissions", type=int, default=10_000)
    arguments.add_argument("--batch", type=int, default=500)
    given = arguments.parse_args()
    survey = compile_survey(REFERENCE).publishable
    assert survey is not None
    with own_database() as (database, process):
        figures = run(database, process, survey, given.submissions, given.batch)
    sys.stdout.write(json.dumps({"name": "bench-sink", **figures}) + "\n")


def run(
    database: Database, process: psutil.Process, survey: SurveyDefinition, submissions: int, batch: int
) -> dict[str, float]:
    settings = MongoSettings(uri=SecretStr(database.whole_uri()))
    zero = dict.fromkeys(range(PARTITIONS), 0)
    end = dict.fromkeys(range(PARTITIONS), submissions)
    provision(settings, Topics("responses-id", "submissions-id", zero, zero, end, end))
    records = responses(survey, submissions)
    store = MongoStore(settings)
    marks = store.acquire(range(PARTITIONS))
    writer, contributor = BatchWriter(store), Contributor(survey)
    store.declare(contributor.layouts)
    garbage.settle(garbage.OBJECTS_OF_BATCHES)
    pauses = garbage.Pauses()
    began, worker, server = time.monotonic(), time.process_time(), cpu_s(process)
    stages = [0.0, 0.0, 0.0]
    for first in range(0, submissions, batch):
        t0 = time.process_time()
        part = records[first : first + batch]
        outcomes = [read(partition, offset, value) for partition, offset, value in part]
        t1 = time.process_time()
        planned = plan(marks, (arrived for arrived, _ in outcomes))
        arrivals = [
            arrival(outcomes[place][1], part[place][2], lambda survey, version: contributor) for place in planned.apply
        ]
        del outcomes  # as the agent lets them go
        t2 = time.process_time()
        marks.update(writer.apply(marks, planned.after, arrivals).watermarks)
        for stage, seconds in enumerate((t1 - t0, t2 - t1, time.process_time() - t2)):
            stages[stage] += seconds
        del arrivals
        pauses.collect()
    seconds, worker = time.monotonic() - began, time.process_time() - worker
    thousands = submissions / 1000
    assert sum(mark.accounted for mark in store.watermarks()) == submissions
    store.close()
    return {
        "submissions_per_s": round(submissions / seconds),
        "worker_cpu_s_per_1000": round(worker / thousands, 4),
        "database_cpu_s_per_1000": round((cpu_s(process) - server) / thousands, 4),
        "read_cpu_s_per_1000": round(stages[0] / thousands, 4),
        "contribution_cpu_s_per_1000": round(stages[1] / thousands, 4),
        "transaction_cpu_s_per_1000": round(stages[2] / thousands, 4),
    }


def responses(survey: SurveyDefinition, number: int) -> list[Outcome]:
    return list(OutcomeSource(survey, "submissions-id", PARTITIONS).take(number))


if __name__ == "__main__":
    interruptible(main)
