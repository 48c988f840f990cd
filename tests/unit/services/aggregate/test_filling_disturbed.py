"""A fill that is disturbed, and batches beside it: what begins again, conflicts, comes late or is revised."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from schemas.tables.generations import Generations
from services.aggregate.filler import AGAIN_S
from services.aggregate.filling import computed, write
from services.aggregate.leaves import BLOCK
from services.aggregate.memory_store import MemoryStore
from services.aggregate.watermark import Watermark
from tests.unit.services.aggregate.rebuilt_survey import FIRST, SECOND, Site, Worker, given
from tests.unit.services.aggregate.test_filling import begun, check, ids_stored, site, worker

__all__ = ["site", "worker"]  # fixtures


def test_fi2_a_worker_that_has_not_read_the_new_version_waits_for_it(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    site.versions.append(SECOND)
    begun(worker)
    site.versions.remove(SECOND)
    worker.look()
    assert worker.store.generations("visit")[0].fill is not None
    site.versions.append(SECOND)
    worker.look()
    check(worker)


def test_fi2_versions_are_compiled_beside_the_loop(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    site.versions.append(SECOND)
    compiled, threads = worker.filler._contributions, list[str]()

    def watched(now: Generations) -> Any:
        threads.append(threading.current_thread().name)
        return compiled(now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.filler, "_contributions", watched)
        worker.look()
    assert threads and all(name.startswith("filler") for name in threads)


def test_fi2_steps_of_the_same_name_do_not_stand_in_each_others_way(worker: Worker, site: Site) -> None:
    """A fill that begins again counts its steps from 0, and they are cut otherwise where something was taken back."""
    worker.count(*(given(number) for number in range(5)))
    site.versions.append(SECOND)
    step, number = begun(worker)
    of = worker.filler._contributions(next(iter(worker.store.generations("visit"))))
    [slots] = worker.store.counted("visit", [0], 1000)
    for some in (slots[:3], slots[3:]):
        write(worker.writer, worker.marks, computed("visit", number, some, of), "fill0")
    assert write(worker.writer, worker.marks, step, "fill0") == 0
    worker.look()
    check(worker)


def test_fi2_a_step_that_conflicts_while_it_merges_runs_adds_its_sums_once(worker: Worker, site: Site) -> None:
    worker.count(*(given(number * BLOCK) for number in range(16)))
    site.versions.append(SECOND)
    _, number = begun(worker)
    of = worker.filler._contributions(next(iter(worker.store.generations("visit"))))
    [slots] = worker.store.counted("visit", [0], 1000)
    transact = worker.store.transact

    def twice(work: Any) -> Any:
        """The first attempt conflicts."""
        work(worker.store.begin())  # type: ignore[attr-defined]
        return transact(work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.store, "transact", twice)
        for slot in slots:
            write(worker.writer, worker.marks, computed("visit", number, [slot], of), "fill")
    worker.look()
    check(worker)


def test_batches_that_end_at_an_offset_of_a_topic_that_was_made_anew(worker: Worker, site: Site) -> None:
    worker.count(given(0), given(1))
    [before, _] = worker.store.watermarks()
    anew = replace(before, responses_topic="anew", responses_next=0)
    worker.store.database.documents["watermarks", 0] = anew  # type: ignore[attr-defined]
    worker.marks = {**worker.marks, 0: anew}
    worker.count(given(2), given(3))
    assert worker.marks[0].responses_next == before.responses_next
    check(worker)


def test_fi3_what_was_counted_in_a_partition_that_came_during_the_fill_is_dropped_too(
    worker: Worker, site: Site
) -> None:
    worker.count(given(0), given(1, partition=1))
    site.rebuilds["visit"] = (5, ())
    begun(worker)
    worker.store.database.documents["watermarks", 2] = Watermark(2, "r", "s", 0, 0)  # type: ignore[attr-defined]
    other = Worker(MemoryStore(worker.store.database), site, 2)  # type: ignore[attr-defined]
    other.count(given(2, partition=2))
    for _ in range(3):
        worker.look()
        other.look()
    other.filler.close()
    check(worker)
    [now] = worker.store.generations("visit")
    assert not now.is_busy and ids_stored(worker) == set(now.shown.values())


def test_fi1_a_partition_that_came_while_the_fill_began_is_filled(worker: Worker, site: Site) -> None:
    """Its watermark was made when those had been read for the fill, and something was counted before it was known."""
    worker.count(given(0))
    site.versions.append(SECOND)
    shared = worker.store.database  # type: ignore[attr-defined]
    known = worker.store.watermarks()
    worker.filler.steps.heard({one.survey: one for one in worker.store.generations()})
    shared.documents["watermarks", 2] = Watermark(2, "r", "s", 0, 0)
    other = Worker(MemoryStore(shared), site, 2)
    other.count(given(2, partition=2))
    with pytest.MonkeyPatch.context() as patch:
        answers = [known]
        real = worker.store.watermarks
        patch.setattr(worker.store, "watermarks", lambda: answers.pop() if answers else real())
        worker.look()
    other.look()
    other.filler.close()
    worker.look()
    check(worker)


def test_a_version_that_is_revised_goes_on_counting_in_the_tables_of_a_newer_one(worker: Worker, site: Site) -> None:
    worker.count(given(0))
    site.versions.append(SECOND)
    worker.look()
    mended = [one.model_copy(update={"calculate": "1 + 1"}) if one.path == "age" else one for one in FIRST.fields]
    site.versions[0] = FIRST.model_copy(update={"fields": mended, "revision": 1})
    worker.contributors.forget()
    worker.count(given(1))
    check(worker)


def test_versions_of_one_edition_count_as_they_were_registered(worker: Worker, site: Site) -> None:
    """As those have that an older release published."""
    site.versions[:] = [FIRST.model_copy(update={"edition": 0})]
    worker.count(given(0))
    site.versions.append(SECOND.model_copy(update={"edition": 0}))
    worker.look()
    worker.count(given(1), given(2, "2"))
    check(worker)


def test_a_fill_that_lacks_responses_waits_and_holds_up_nobody_else(worker: Worker, site: Site) -> None:
    worker.count(given(0), given(1))
    documents = worker.store.database.documents  # type: ignore[attr-defined]
    key = ("slots", given(1).instance)
    whole = documents[key]
    documents[key] = replace(whole, response=None)
    site.versions.append(SECOND)
    now = [1_000.0]
    looked: list[str] = []
    counted = worker.store.counted

    def watched(survey: str, *more: Any) -> Any:
        looked.append(survey)
        return counted(survey, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker.filler, "_clock", lambda: now[0])
        patch.setattr(worker.store, "counted", watched)
        worker.look(3)
        assert looked == ["visit"], "it came back at once, and did not try again"
        assert worker.store.generations("visit")[0].is_busy
        documents[key] = whole
        now[0] += AGAIN_S
        worker.look()
    check(worker)
