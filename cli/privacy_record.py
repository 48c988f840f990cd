"""The record of processing as Markdown: what an officer asks for (GDPR, article 30; IOM's principles). Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cli.privacy_facts import Events, Facts, SurveyFacts, TopicFacts
from schemas.survey.processing import COLUMNS
from schemas.topics import DAY_MS, SUBMISSIONS
from services.aggregate.slots import State

NOT_STATED = "not stated"
_ITEMS = {
    "purpose": "Purpose (30.1 b; principle 2)",
    "legal_basis": "Legal basis (principle 1)",
    "controller": "Controller (30.1 a; principle 11)",
    "contact": "Contact for respondents and officers (30.1 a; principle 7)",
    "subjects": "Categories of respondents (30.1 c)",
    "recipients": "Recipients (30.1 d; principle 5)",
    "transfers": "Transfers to other countries and organisations (30.1 e; principle 5)",
}


def record(facts: Facts) -> str:
    """The whole document. It holds no answer and no id of a person, only names of fields, numbers and times."""
    return "\n".join(_lines(facts)).rstrip() + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    yield "# Record of processing"
    yield ""
    yield f"Written by `rihla privacy report` on {moment(facts.at_ms)}, from what is published, stored and configured."
    yield "Numbers in brackets: the items of article 30 of the GDPR, the principles of IOM's data protection manual."
    if not facts.surveys:
        yield ""
        yield "No survey is published: nothing is processed."
    for survey in facts.surveys:
        yield from _survey(survey, facts)
    yield from _topics(facts)
    yield from _keys(facts)
    yield from _recipients(facts)
    yield from _gaps(facts)


def _survey(one: SurveyFacts, facts: Facts) -> Iterator[str]:
    definition = one.definition
    yield ""
    yield f"## {_plain(definition.title)} (`{definition.survey}`, version {definition.version or 'without a name'})"
    yield ""
    said = definition.processing.model_dump()
    yield from _table(
        ["what", "as the workbook says"],
        ([_ITEMS[name], said[name] or f"{NOT_STATED} (settings, column `{COLUMNS[name]}`)"] for name in _ITEMS),
    )
    yield "### Categories of data (30.1 c)"
    yield ""
    if one.fields:
        yield from _table(
            ["field", "class", "what leaves the validator", "to an intruder"],
            ([f.name, f"`{f.privacy}`", f.leaves, f.part + (", special" if f.special else "")] for f in one.fields),
        )
    yield (
        f"Of {one.dropped} more fields nothing leaves the validator; what was answered there is in the sealed records "
        "alone. What is a key, sensitive or special is guessed: `rihla risk` says by what."
    )
    yield ""
    yield "### What is held where, and until when (30.1 f; principle 9)"
    yield ""
    yield from _table(["zone", "where", "what", "how much", "oldest", "newest", "until"], _zones(one, facts))
    yield f"- Erasures (principle 7): {_events(one.erasures, 'asked for')}."
    yield f"- Releases: {_events(one.releases, 'made')}."


def _zones(one: SurveyFacts, facts: Facts) -> Iterator[list[str]]:
    held, until = one.held, _until(one)
    slots = held.slots
    answers = slots[State.COUNTED]
    yield [
        "raw",
        "topic `submissions`, for all surveys together",
        "sealed submissions; only validate has the keys",
        *_topic_cells(facts, SUBMISSIONS),
    ]
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(held.quarantine.items())) or "0"
    yield ["raw", "`ledger.quarantine`", "sealed submissions that were not accepted", kinds, "-", "-", until]
    span = [moment(one.oldest_ms), moment(one.newest_ms)]
    yield ["private", "`ledger.slots`", "pseudonymised, generalised answers", f"{answers:,} interviews", *span, until]
    others = slots.total() - answers - slots[State.WITHDRAWN]
    yield ["private", "`ledger.slots`", "keyed hashes of others, no answers", f"{others:,}", "-", "-", until]
    marks = f"{slots[State.WITHDRAWN]:,}"
    yield ["private", "`ledger.slots`", "keyed markers of what was withdrawn", marks, "-", "-", "no end"]
    log = "when and how many; of a respondent also keyed pseudonyms, until the survey ends"
    yield ["private", "`ledger.erasures`", log, f"{one.erasures.number:,}", "-", moment(one.erasures.last_ms), "no end"]
    cells = f"{held.cells + held.psu:,} documents"
    yield ["confidential", "`live`", "exact sums, by cell and sampling unit", cells, "-", "-", _frozen(one)]
    yield ["confidential", "`live.rejections`", "codes and places, no answers", f"{held.rejections:,}", "-", "-", until]
    exact = "what the next release is compared with; exact inputs of releases"
    yield ["confidential", "`audit`", exact, "-", "-", "-", until]
    last = moment(one.releases.last_ms)
    yield ["public", "`released`", "protected tables", f"{one.releases.number:,} releases", "-", last, "no end"]


def _until(one: SurveyFacts) -> str:
    days = one.definition.retention_days
    if one.ended is not None and one.ended.done_ms is not None:
        return f"deleted on {moment(one.ended.done_ms)}"
    if one.ended is not None:
        return "being deleted"
    if one.closing is None:
        return f"{days} days after the survey is closed; it is open"
    return moment(one.closing.due_ms)


def _frozen(one: SurveyFacts) -> str:
    return "as long as the survey; frozen now" if one.ended is not None else "as long as the survey"


def _topics(facts: Facts) -> Iterator[str]:
    yield ""
    yield "## Topics"
    yield ""
    rows = (
        [
            f"`{one.name}`",
            f"{one.records:,}",
            moment(one.oldest_ms),
            moment(one.newest_ms),
            _kept(one),
            _gone(one),
        ]
        for one in facts.topics
    )
    yield from _table(["topic", "records", "oldest", "newest", "kept", "today's are gone by"], rows)
    yield "`submissions` is sealed; `responses` holds pseudonymised answers and, sealed, what was not accepted;"
    yield "`erasures` holds keyed hashes; the others hold no data of respondents."


def _kept(one: TopicFacts) -> str:
    if one.retention_ms is None:
        return "the newest of each key"
    return f"{one.retention_ms / DAY_MS:g} days, and up to {one.segment_ms / 3_600_000:g} h more"


def _gone(one: TopicFacts) -> str:
    if one.retention_ms is None or one.newest_ms is None:
        return "-"
    return moment(one.newest_ms + one.retention_ms + one.segment_ms)


def _topic_cells(facts: Facts, name: str) -> list[str]:
    one = next((one for one in facts.topics if one.name == name), None)
    if one is None:
        return ["-", "-", "-", "-"]
    return [f"{one.records:,}", moment(one.oldest_ms), moment(one.newest_ms), _gone(one)]


def _keys(facts: Facts) -> Iterator[str]:
    yield ""
    yield "## Keys (30.1 g; principle 8)"
    yield ""
    if facts.keys:
        rows = ([f"`{key.file}`", _plain(key.what), key.made, key.needed_by, _plain(key.state)] for key in facts.keys)
        yield from _table(["key", "what for", "made", "needed by", "state"], rows)
    else:
        yield "The folder of keys is not on this machine: `rihla keys list`, where it is."


def _recipients(facts: Facts) -> Iterator[str]:
    yield ""
    yield "## Who can read the releases (30.1 d)"
    yield ""
    if facts.analysts is None:
        yield "The users of the database cannot be listed by whoever asked: `rihla analyst list`, as the operator."
    else:
        yield f"{len(facts.analysts)} analysts: {', '.join(facts.analysts) or 'none'}. They see `released` alone."


def _gaps(facts: Facts) -> Iterator[str]:
    yield ""
    yield "## Known gaps"
    yield ""
    for one in facts.surveys:
        name = f"`{one.definition.survey}`"
        empty = [COLUMNS[each] for each, text in one.definition.processing.model_dump().items() if not text]
        if empty:
            yield f"- {name}: {', '.join(empty)} {'is' if len(empty) == 1 else 'are'} {NOT_STATED}."
        if one.closing is None and one.ended is None:
            yield f"- {name} is open: no date is set for its deletion before it is closed."
        overdue = one.closing is not None and one.closing.due_ms <= facts.at_ms
        if overdue and (one.ended is None or one.ended.done_ms is None):
            yield f"- {name} is past its retention and not deleted yet: `rihla retention apply`."
        if one.ended is not None:
            yield f"- {name} has ended: its sums are frozen, and nobody can be taken out of them any more."
    if facts.nameless:
        yield (
            f"- {facts.nameless:,} quarantined records could not be opened, so nobody knows of which survey they are, "
            "and no retention reaches them."
        )
    yield "- Backups of the database and of the keys, and copies that analysts made, are not in this record."
    yield "- Releases are never made anew: who is erased stays in the sums of those that are out."


def _events(events: Events, word: str) -> str:
    return "none" if not events.number else f"{events.number:,}, the last {word} on {moment(events.last_ms)}"


def moment(ms: int | None) -> str:
    """To the minute, in UTC."""
    return "-" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"
    yield ""


def _plain(text: str) -> str:
    """On one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")
