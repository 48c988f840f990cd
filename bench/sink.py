"""What aggregate costs for each submission, without Kafka: outcomes in memory -> batches -> a database of its own.

    python -m bench.sink [--submissions 10000] [--batch 500]

The worker's CPU is this process (reading, contributions, transaction); Faust adds about 0.1 s per 1,000 to it. The
last line is one JSON object: submissions_per_s, worker_cpu_s_per_1000, database_cpu_s_per_1000.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import psutil
from pydantic import SecretStr

from cli.field import REFERENCE
from deploy.local import ports
from deploy.local.database import Database, answers, command, write_configuration
from schemas.events import Response, Source
from schemas.survey.compile import compile_survey
from schemas.survey.definition import SurveyDefinition
from services.aggregate.batch import BatchWriter
from services.aggregate.contribution import Contributor
from services.aggregate.mongo_store import MongoStore
from services.aggregate.outcomes import arrival, read
from services.aggregate.provision import Topics, provision
from services.aggregate.watermark import plan
from services.runtime import garbage
from services.runtime.settings import MongoSettings

PARTITIONS = 4
START_DEADLINE_S = 30.0
DUPLICATES = 0.1


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--submissions", type=int, default=10_000)
    arguments.add_argument("--batch", type=int, default=500)
    given = arguments.parse_args()
    survey = compile_survey(REFERENCE).publishable
    assert survey is not None
    with tempfile.TemporaryDirectory() as folder:
        database = Database(ports.choose({"database": None}, {}, {})["database"], Path(folder))
        write_configuration(database)
        process = psutil.Popen(command(database), stdout=sys.stderr, stderr=sys.stderr)
        try:
            deadline = time.monotonic() + START_DEADLINE_S
            while not answers(database):
                assert time.monotonic() < deadline, "the database does not start"
                time.sleep(0.1)
            figures = run(database, process, survey, given.submissions, given.batch)
        finally:
            process.kill()
            process.wait()
    sys.stdout.write(json.dumps({"name": "bench-sink", **figures}) + "\n")


def run(
    database: Database, process: psutil.Process, survey: SurveyDefinition, submissions: int, batch: int
) -> dict[str, float]:
    settings = MongoSettings(uri=SecretStr(database.uri))
    zero = dict.fromkeys(range(PARTITIONS), 0)
    end = dict.fromkeys(range(PARTITIONS), submissions)
    provision(settings, Topics("responses-id", "submissions-id", zero, zero, end, end))
    records = responses(survey, submissions)
    store = MongoStore(settings)
    marks = store.acquire(range(PARTITIONS))
    writer, contributor = BatchWriter(store), Contributor(survey)
    store.declare(contributor.layouts)
    garbage.settle()
    began, worker, server = time.monotonic(), time.process_time(), _cpu(process)
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
        t2 = time.process_time()
        marks.update(writer.apply(marks, planned.after, arrivals).watermarks)
        for stage, seconds in enumerate((t1 - t0, t2 - t1, time.process_time() - t2)):
            stages[stage] += seconds
    seconds, worker = time.monotonic() - began, time.process_time() - worker
    thousands = submissions / 1000
    assert sum(mark.accounted for mark in store.watermarks()) == submissions
    store.close()
    return {
        "submissions_per_s": round(submissions / seconds),
        "worker_cpu_s_per_1000": round(worker / thousands, 4),
        "database_cpu_s_per_1000": round((_cpu(process) - server) / thousands, 4),
        "read_cpu_s_per_1000": round(stages[0] / thousands, 4),
        "contribution_cpu_s_per_1000": round(stages[1] / thousands, 4),
        "transaction_cpu_s_per_1000": round(stages[2] / thousands, 4),
    }


def responses(survey: SurveyDefinition, number: int) -> list[tuple[int, int, bytes]]:
    """Partition, offset and value of outcomes, as validate would write them: one in ten a duplicate."""
    random = Random(1)
    offsets = [0] * PARTITIONS
    found: list[tuple[int, int, bytes]] = []
    sent: list[tuple[int, str, dict[str, int | str | list[str]]]] = []
    for _ in range(number):
        if sent and random.random() < DUPLICATES:
            partition, instance, answers = random.choice(sent[-2000:])
        else:
            partition, instance = random.randrange(PARTITIONS), secrets.token_urlsafe(16)
            answers = _answers(survey, random)
            sent.append((partition, instance, answers))
        response = Response(
            kind="response",
            source=Source(topic_id="submissions-id", partition=partition, offset=offsets[partition], at_ms=0),
            survey=survey.survey,
            version=survey.version,
            instance=instance,
            fingerprint="f" * 22,
            record_key=random.randrange(256),
            answers=answers,
        )
        found.append((partition, offsets[partition], response.to_wire()))
        offsets[partition] += 1
    return found


def _answers(survey: SurveyDefinition, random: Random) -> dict[str, int | str | list[str]]:
    def code(path: str) -> str:
        field = survey.field(path)
        assert field is not None and field.choices is not None
        return random.choice(survey.choice_lists[field.choices]).name

    abroad = random.random() < 0.5
    country, area = code("interview/country"), code("interview/area")
    answers: dict[str, int | str | list[str]] = {
        "interview/country": country,
        "interview/area": area,
        "interview/psu": random.randint(1, 40),
        "interview/stratum": f"{country}-{area}",
        "interview/weight": str(round(random.uniform(0.3, 900.0), 3)),
        "interview/enumerator": "e" * 22,
        "interview/consent": "yes",
        "profile/sex": code("profile/sex"),
        "profile/age": random.choice(["Y15T24", "Y25T34", "Y35T44", "Y45T64", "Y_GE65"]),
        "profile/education": code("profile/education"),
        "profile/marital": code("profile/marital"),
        "migration/status": code("migration/status"),
    }
    if abroad:
        items = {
            f"cost/{item}": random.randrange(3000) for item in ("agency", "visa", "travel", "medical", "documents")
        }
        answers |= {
            "migration/destination": code("migration/destination"),
            "migration/departure_year": random.randint(1990, 2026),
            "migration/channel": code("migration/channel"),
            "migration/reason": [code("migration/reason")],
            "cost/paid": "yes",
            **items,
            "cost/total": sum(items.values()),
            "cost/earnings": random.randint(200, 5000),
            "cost/borrowed": random.choice(["yes", "no"]),
        }
    else:
        missing = ("migration/destination", "migration/channel", "migration/reason", "cost/paid", "cost/borrowed")
        answers |= dict.fromkeys(missing, "_N")
    return answers


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and its children."""
    return float(sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True))))


if __name__ == "__main__":
    main()
