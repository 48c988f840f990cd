"""Records of `responses` as arrivals. Pure, but for the lookup of surveys that it is given."""

from collections.abc import Callable

from pydantic import ValidationError

from schemas.erasure import ErasureKind
from schemas.events import Erased, Held, Lost, Refusal, Rejection, Response, Withdrawn, read_outcome
from schemas.message import NewerMessage
from services.aggregate.contributor import Contributor
from services.aggregate.erasing import Erasure
from services.aggregate.response_reader import read_response
from services.aggregate.slots import Arrival, Kind
from services.aggregate.targets import Composite
from services.aggregate.watermark import Arrived
from services.runtime.faults import OperatorStop

Outcome = Response | Rejection | Refusal | Held | Withdrawn | Erased | Lost

ContributorOf = Callable[[str, str], Contributor | Composite]
"""Survey and version -> its contributor. Raises if it is not published."""


def read(partition: int, offset: int, value: bytes) -> tuple[Arrived, Outcome]:
    """Raises `OperatorStop`: nothing but validate writes here, and each outcome stands for a submission, so one that
    cannot be read is not to be skipped."""
    try:
        outcome = read_response(value) or read_outcome(value)
    except NewerMessage as error:
        raise OperatorStop(
            f"responses {partition}:{offset} was written by a newer release: {error}. Upgrade aggregate."
        ) from None
    except ValidationError as error:
        kinds = sorted({detail["type"] for detail in error.errors(include_input=False, include_url=False)})
        raise OperatorStop(
            f"responses {partition}:{offset} is no outcome ({', '.join(kinds)}): was it written by something else "
            f"than validate? Nothing was counted from it on."
        ) from None
    source = outcome.source
    return Arrived(partition, offset, source.partition, source.offset, source.topic_id), outcome


def arrival(outcome: Outcome, value: bytes, contributor_of: ContributorOf) -> Arrival:
    """`value` is the record that the outcome was read from: the ledger keeps it while it is counted."""
    source = outcome.source
    of = source.replay_of
    replay_of = None if of is None else (of.partition, of.offset)
    match outcome:
        case Response():
            contributor = contributor_of(outcome.survey, outcome.version)
            return Arrival(
                Kind.RESPONSE,
                source.partition,
                source.offset,
                source.at_ms,
                outcome.survey,
                outcome.version,
                outcome.instance,
                outcome.replaces,
                outcome.fingerprint,
                contributor(outcome),
                value,
                replay_of=replay_of,
                subjects=tuple(outcome.subjects) or contributor.subjects(outcome),
            )
        case Refusal():
            return Arrival(
                Kind.REFUSAL,
                source.partition,
                source.offset,
                source.at_ms,
                outcome.survey,
                outcome.version,
                outcome.instance,
                outcome.replaces,
                replay_of=replay_of,
            )
        case Withdrawn():
            return Arrival(
                Kind.WITHDRAWAL,
                source.partition,
                source.offset,
                source.at_ms,
                outcome.survey,
                instance=outcome.instance,
                replay_of=replay_of,
            )
        case Erased():
            return Arrival(
                Kind.ERASURE,
                source.partition,
                source.offset,
                source.at_ms,
                outcome.survey,
                replay_of=replay_of,
                erasure=Erasure(
                    (source.partition, source.offset),
                    outcome.survey,
                    ErasureKind.RESPONDENT,
                    source.at_ms,
                    frozenset(outcome.pseudonyms),
                    outcome.before,
                ),
            )
        case Lost():
            return Arrival(Kind.LOST, source.partition, source.offset, source.at_ms)
        case Rejection() | Held():
            held = isinstance(outcome, Held)
            return Arrival(
                Kind.HELD if held else Kind.REJECTION,
                source.partition,
                source.offset,
                source.at_ms,
                outcome.survey,
                outcome.version,
                outcome.instance,
                outcome.replaces,
                reasons=() if isinstance(outcome, Held) else tuple(outcome.reasons),
                sealed=outcome.sealed,
                key_id=outcome.key_id,
                replay_of=replay_of,
                subjects=() if isinstance(outcome, Held) else tuple(outcome.subjects),
            )
