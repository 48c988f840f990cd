"""Every rule broken, one at a time: which scenario shows it, and in which words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.aggregate import lineage, overlay, replacing, withdrawing
from services.aggregate.overlay import Overlay
from services.aggregate.slots import State
from services.aggregate.watermark import Arrived, NotNext, Plan, Watermark, plan
from tests.model.rules import DONE, LOST, Rules
from tests.model.scenario import Scenario
from tests.model.scenarios import SCENARIOS


@dataclass(frozen=True)
class Mutation:
    """`shows` is a part of what is found, empty if another rule makes up for this one. In the scenario only that may
    happen which it takes, so that the trace is about the rule."""

    name: str
    scenario: Scenario
    rules: Rules
    shows: str


def _broken(**rules: Any) -> Rules:
    return Rules(serial=False, **rules)


def _as_if(records: Iterable[Arrived], watermarks: Mapping[int, Watermark], when: str) -> Plan:
    """The plan as if records that repeat or leave a gap came next."""
    records = list(records)
    expected = {partition: mark.submissions_next for partition, mark in watermarks.items()}
    fitting = []
    for record in records:
        source = expected[record.partition]
        early, late = record.source_offset < source, record.source_offset > source
        fits = (early and when == "repetition") or (late and when == "gap")
        fitting.append(replace(record, source_offset=source) if fits else record)
        if fits or not (early or late):
            expected[record.partition] += 1
    return plan(watermarks, fitting)


def _gap_applied(watermarks: Mapping[int, Watermark], records: Iterable[Arrived]) -> Plan:
    return _as_if(records, watermarks, "gap")


def _repetition_counted(watermarks: Mapping[int, Watermark], records: Iterable[Arrived]) -> Plan:
    return _as_if(records, watermarks, "repetition")


def _stops_at_a_gap(watermarks: Mapping[int, Watermark], records: Iterable[Arrived]) -> Plan:
    planned = plan(watermarks, records)
    if planned.gaps:
        raise NotNext("a gap")
    return planned


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _always(*_: Any, **__: Any) -> bool:
    return True


def _no_edits(*_: Any) -> set[str]:
    return set()


def _calm(name: str, crashes: int = 0, rebalances: int = 0, losses: int = 0, **more: Any) -> Scenario:
    return replace(SCENARIOS[name], crashes=crashes, rebalances=rebalances, losses=losses, **more)


EDIT = "an edit and its original through two partitions"
CHAIN = "a chain of edits"
RETRIES = "retries"
GAP = "a gap that is closed later"
OLDER = "repetitions, two by an older release"
LINK = "a rejected link"
CLASSES = "of records"
CELLS = "the cells are"
WATERMARK = "outcomes were read, which account for"
NEVER = "never all read"

MUTATIONS = (
    # rule 3: the watermark
    Mutation(
        "no compare-and-set",
        _calm(EDIT, rebalances=1),
        _broken(compare_values=False, compare_owner=False, only_owners_write=False),
        CLASSES,
    ),
    Mutation("compare-and-set without the values", _calm(EDIT, losses=1), _broken(compare_values=False), CLASSES),
    Mutation("compare-and-set without the owner", _calm(EDIT, rebalances=1), _broken(compare_owner=False), "owns"),
    Mutation(
        "no compare-and-set where nothing is new",
        _calm(OLDER, rebalances=1),
        _broken(compare_when_nothing_is_new=False, only_owners_write=False),
        CLASSES,
    ),
    Mutation("the watermark afterwards", _calm(EDIT, crashes=1), _broken(apart=frozenset({"watermarks"})), CLASSES),
    Mutation(
        "the watermark beforehand",
        _calm(EDIT, crashes=1),
        _broken(apart=frozenset({"watermarks"}), apart_first=True),
        CLASSES,
    ),
    Mutation("the cells afterwards", _calm(EDIT, crashes=1), _broken(apart=frozenset({"cells"})), CELLS),
    Mutation("the ledger afterwards", _calm(EDIT, crashes=1), _broken(apart=frozenset({"slots"})), CLASSES),
    Mutation("a gap is applied", _calm(GAP), _broken(planner=_gap_applied), WATERMARK),
    Mutation("a repetition is counted", _calm(OLDER), _broken(planner=_repetition_counted), WATERMARK),
    Mutation("a gap ends the worker", _calm(GAP), _broken(planner=_stops_at_a_gap), NEVER),
    Mutation("Kafka's commit says where to start", _calm(EDIT, crashes=1), _broken(resume_at_watermark=False), NEVER),
    Mutation("the session of the dead is not ended", _calm(EDIT, crashes=1), _broken(end_sessions=False), NEVER),
    Mutation(
        "a commit without an answer is taken for done", _calm(EDIT, losses=1), _broken(unknown_commit=DONE), NEVER
    ),
    # rule 4: the classes
    Mutation(
        "the class of what is replaced stays", _calm(CHAIN), _broken(patches=((Overlay, "move", _nothing),)), CLASSES
    ),
    Mutation(
        "what is replaced stays in the cells", _calm(CHAIN), _broken(patches=((Overlay, "take_back", _nothing),)), CELLS
    ),
    # identity
    Mutation(
        "an edit does not write the slot of its target",
        _calm(EDIT, guess=False),
        _broken(notes=frozenset({State.AWAITED})),
        "one interview",
    ),
    Mutation(
        "a withdrawal does not write the slot of its target",
        _calm("a withdrawal beside an edit", batch=1, guess=False),
        _broken(notes=frozenset({State.WITHDRAWN})),
        "was withdrawn",
    ),
    Mutation(
        "a rejected edit does not write the slots that it names",
        _calm("a held edit of a rejected one beside a withdrawal"),
        _broken(patches=((Overlay, "touch", _nothing),)),
        "a payload of it is kept",
    ),
    Mutation("a retry is counted", _calm(RETRIES), _broken(patches=((lineage, "HOLDING", frozenset()),)), CLASSES),
    Mutation("a slot that is there is made again", _calm(RETRIES, guess=True), _broken(refuse_existing=False), CLASSES),
    Mutation(
        "an edit of a rejected edit stops there",
        _calm(LINK),
        _broken(patches=((overlay, "PASSED_OVER", frozenset()),)),
        "one interview",
    ),
    Mutation(
        "what an earlier edit reaches is not looked at again",
        _calm(LINK),
        _broken(patches=((lineage, "carry_over", _nothing),)),
        "one interview",
    ),
    Mutation(
        "two edits of one may stand",
        _calm("two edits of one"),
        _broken(patches=((lineage, "may_replace", _always), (replacing, "may_replace", _always))),
        "one interview",
    ),
    Mutation(
        "circles may stand", _calm("a circle"), _broken(patches=((Overlay, "edits_after", _no_edits),)), "at the end"
    ),
    Mutation(
        "a withdrawal leaves what is quarantined",
        _calm("a held edit of a rejected one beside a withdrawal"),
        _broken(patches=((withdrawing, "_purge", lambda *_: ([], 0)),)),
        "a payload of it is kept",
    ),
    # the cells
    Mutation(
        "a page is replaced without a look at its revision",
        _calm("cells of another worker"),
        _broken(compare_revisions=False),
        CELLS,
    ),
)

MADE_UP_FOR = (
    # The watermark is compared with what the worker remembers, which then is not what is stored.
    Mutation("a commit without an answer is taken for lost", _calm(EDIT, losses=1), _broken(unknown_commit=LOST), ""),
)
BY_NAME = {mutation.name: mutation for mutation in (*MUTATIONS, *MADE_UP_FOR)}
