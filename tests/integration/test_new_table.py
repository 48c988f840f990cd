"""A table that is new on a survey in the field, filled by real workers on a real broker and database.

FL1 submissions of both versions stream in, a worker is killed in the middle of the filling: what is shown is never a
part, and at the end the truth. FL2 a comparison in the middle of it finds nothing. FL3 a rebuild that is asked for by
command, and a comparison that finds what somebody changed.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from cli.table_recount import recount
from cli.tables import app
from deploy.local.stack import Stack
from schemas.events import Response
from schemas.survey.definition import TableDefinition
from schemas.tables.cells import summed
from schemas.tables.layout import layouts
from schemas.tables.psu_runs import merge
from schemas.topics import SURVEYS
from services.runtime.publish import publish
from tests.integration.aggregate_bench import SURVEY, Bench

WHOLE = TableDefinition(name="whole", dimensions=[], indicators=["age"])
SECOND = SURVEY.model_copy(update={"version": "2", "edition": 1, "tables": [*SURVEY.tables, WHOLE]})
WHOLE_ID = next(layout.id for layout in layouts(SECOND) if layout.name == "whole")
BEFORE, DURING = 3_000, 1_500
SETTINGS = {"RIHLA_AGGREGATE__BATCH_RECORDS": "50", "RIHLA_AGGREGATE__BATCH_WITHIN_S": "0.05"}


@pytest.fixture
def bench(kafka_and_database: Stack, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(kafka_and_database, tmp_path)
    yield bench
    bench.close()


def whole(bench: Bench) -> tuple[int, int] | None:
    """Units and the sum of their ages, as readers are shown them."""
    found = summed(bench.store.live_pages("visit"), WHOLE_ID).get("_T")
    return None if found is None else (found[0], found[-1])


def of_second(response: Response) -> Response:
    return response.model_copy(update={"version": "2"})


def test_fl1_a_new_table_is_filled_while_submissions_stream_in(bench: Bench) -> None:
    ages: dict[int, int] = {}
    workers = [bench.start(**SETTINGS), bench.start(**SETTINGS)]
    for first in range(0, BEFORE, 500):
        bench.send(*(bench.response(number, number % 2, age=20 + number % 7) for number in range(first, first + 500)))
    bench.wait_for(BEFORE)
    ages.update({number: 20 + number % 7 for number in range(BEFORE)})
    publish(bench.settings.kafka, SURVEYS, SECOND.key, SECOND.to_wire())
    sent, seen = BEFORE, set()
    for round_ in range(DURING // 50):
        outcomes = []
        for number in range(sent, sent + 48):
            response = bench.response(number, number % 2, age=30)
            outcomes.append(of_second(response) if number % 3 == 0 else response)
            ages[number] = 30
        # Two edits of what was there before, on another partition than theirs.
        for number in (sent + 48, sent + 49):
            edited = number - BEFORE
            outcomes.append(bench.response(number, 1 - edited % 2, replaces=edited, age=50))
            del ages[edited]
            ages[number] = 50
        sent += 50
        bench.send(*outcomes)
        if round_ == 8:
            workers[0].kill()
            workers[0].wait()
            bench.start(**SETTINGS)
        if round_ % 6 == 0:
            assert recount(bench.settings.mongodb, "visit").differences == []
        seen.add(whole(bench))
        time.sleep(0.1)
    bench.wait_for(sent)
    bench.until(lambda: not any(one.is_busy for one in bench.store.generations("visit")))
    bench.check(ages)
    assert whole(bench) == (len(ages), sum(ages.values()))
    assert all(one is None or one[0] >= BEFORE for one in seen)
    areas = merge(bench.store.live_runs("visit"))[WHOLE_ID]["_T"]
    assert {area: sums[0] for area, sums in areas.items()} == {
        f"%|{area}": sum(number % 7 == area for number in ages) for area in range(7)
    }
    for versions in (None, [SURVEY, SECOND]):
        found = recount(bench.settings.mongodb, "visit", versions)
        assert (found.counted, found.differences) == (len(ages), [])


def test_fl3_a_rebuild_by_command_and_what_a_comparison_finds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in bench.env.items():
        if name.startswith("RIHLA_"):
            monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    publish(bench.settings.kafka, SURVEYS, SECOND.key, SECOND.to_wire())
    assert "Nothing was counted" in run(app, ["list", "visit"]).output
    assert run(app, ["verify", "visit"]).exit_code == 0
    bench.start(**SETTINGS)
    bench.send(*(bench.response(number, number % 2) for number in range(60)))
    bench.wait_for(60)
    assert run(app, ["verify", "visit", "--recompute"]).exit_code == 0
    with MongoClient[dict[str, object]](bench.settings.mongodb.uri.get_secret_value()) as client:
        cells = client[bench.settings.mongodb.live].cells
        damaged = {"$set": {f"tables.{WHOLE_ID}._T": "31 900 30 900"}, "$inc": {"revision": 1}}
        cells.update_one({"shard": 1, f"tables.{WHOLE_ID}._T": "30 900 30 900"}, damaged)
    found = run(app, ["verify", "visit", "--cells"])
    assert found.exit_code == 1
    assert "whole" in found.output and "_T" in found.output
    bench.workers[-1].kill()
    bench.start(**SETTINGS)
    rebuilt = run(app, ["rebuild", "visit", "whole"])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert run(app, ["verify", "visit"]).exit_code == 0
    assert whole(bench) == (60, 60 * 30)
    shown = run(app, ["list", "visit"]).output
    assert "whole" in shown and "complete" in shown
    unknown = run(app, ["rebuild", "visit", "nothing"])
    assert unknown.exit_code == 1 and "There is no table nothing" in str(unknown.exception)
    assert "There is no survey" in str(run(app, ["verify", "other"]).exception)
