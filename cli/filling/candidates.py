"""Answers that may fit a question, the likeliest first: by its type, its choices and the hints of its constraint."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from cli.filling.bounds import EPOCH, Bounds, as_codes, as_day, as_length
from cli.filling.hints import Measure, Run, Where
from cli.filling.pattern import pattern_of
from cli.filling.places import line, point
from cli.filling.question import Question
from cli.filling.words import digits, of_length, word
from schemas.expressions import EvaluationError, ExpressionError, as_text
from schemas.survey.definition import FieldType, Role
from services.validate.row import Row

USUAL_DAYS = 3 * 365
"""How far back a date is that nothing bounds."""
USUAL_SPREAD = 20.0
"""How far a number is above its lower bound where nothing bounds it from above."""
USUAL_HIGH = 100.0
MOST_ROWS = 4
"""Rows that a count asks for where its constraint allows fewer than it asks for."""
MOST_CODES = 4
CENTS = 0.01
NEAR = 5
"""Tries with each kind of answer."""

_WIDER = (10.0, 1_000.0, 1_000_000.0)


def candidates(
    question: Question, row: Row, random: Random, now: datetime, prefer: Sequence[str] = ()
) -> Iterator[str]:
    """Texts, more than anybody should try; `prefer` are the codes to be tried first."""
    field = question.field
    if field.is_choice and (offered := question.offered(row)):
        if field.type is FieldType.SELECT_ONE and not prefer:
            yield random.choice(offered)  # nearly always the last word: there is seldom a constraint
        codes = list(offered)
        random.shuffle(codes)
        if prefer:
            codes.sort(key=lambda code: code not in prefer)
        yield from codes if field.type is FieldType.SELECT_ONE else _several(question, row, random, codes)
    elif field.is_choice:
        if question.choices is None:
            yield from _text(question, row, random)
    elif field.control == "trigger":
        yield "OK"
    else:
        yield from _typed(question, row, random, now)


def _typed(question: Question, row: Row, random: Random, now: datetime) -> Iterator[str]:
    kind = question.field.type
    zone = f"{now:%z}"
    zone = f"{zone[:3]}:{zone[3:]}"
    match kind:
        case FieldType.INT:
            yield from (str(int(number)) for number in _numbers(question, row, random, 1.0) if abs(number) < 2**31)
        case FieldType.DECIMAL:
            yield from (f"{number:.4f}".rstrip("0").rstrip(".") for number in _numbers(question, row, random, CENTS))
        case FieldType.DATE:
            yield from (f"{day:%Y-%m-%d}".zfill(10) for day in _days(question, row, random, now))
        case FieldType.DATETIME:
            for day in _days(question, row, random, now):
                yield f"{day:%Y-%m-%d}".zfill(10) + f"T{_clock(random, now, day)}.000{zone}"
        case FieldType.TIME:
            for _ in range(10 * NEAR):
                yield f"{random.randrange(24):02}:{random.randrange(60):02}:00.000{zone}"
        case FieldType.GEOPOINT:
            yield from (point(random) for _ in range(2 * NEAR))
        case FieldType.GEOTRACE | FieldType.GEOSHAPE:
            yield from (line(random, closed=kind is FieldType.GEOSHAPE) for _ in range(2 * NEAR))
        case FieldType.BINARY:
            yield f"{int(now.timestamp() * 1000) + random.randrange(1000)}.jpg"
        case FieldType.BARCODE:
            yield digits(random, 13)
            yield from _text(question, row, random)
        case _:
            yield from _text(question, row, random)


def _numbers(question: Question, row: Row, random: Random, step: float) -> Iterator[float]:
    found = question.bounds(Measure.VALUE, float, row, step)
    if question.scale is not None:
        low, high, width = question.scale
        for _ in range(4 * NEAR):
            yield low + width * random.randint(0, max(0, int((high - low) / width + 1e-9)))
        return
    if question.counts:
        found = replace(found, high=min(found.high, max(found.low, MOST_ROWS)), low=max(found.low, 0.0))
    yield from found.exact
    if question.field.role is Role.WEIGHT:
        for _ in range(NEAR):
            yield min(found.high, max(found.low, round(random.lognormvariate(0, 0.4), 4)))
    low, high = _usual(found)
    for _ in range(2 * NEAR):
        yield (
            float(random.randint(math.ceil(low), math.floor(high)))
            if step == 1 <= high - low
            else _between(random, low, high)
        )
    for edge in (*found.edges, *question.hints.numbers):
        yield from (edge, edge + 1, edge - 1)
    for width in _WIDER:
        for _ in range(NEAR):
            yield float(round(random.uniform(-width / 10, width)))
    # What is left are conditions that no bound tells of: `. mod 7 = 3`.
    yield from (low + number for number in range(50))


def _between(random: Random, low: float, high: float) -> float:
    return round(random.uniform(low, high), 2) if low < high else low


def _usual(found: Bounds) -> tuple[float, float]:
    """Bounds with a plausible one where there is none."""
    low, high = found.low, found.high
    if math.isinf(low) and math.isinf(high):
        return 0.0, USUAL_HIGH
    if math.isinf(high):
        return low, low + max(USUAL_SPREAD, abs(low))
    if math.isinf(low):
        return (0.0 if high >= 0 else high - USUAL_SPREAD), high
    return low, high


def _days(question: Question, row: Row, random: Random, now: datetime) -> Iterator[datetime]:
    today = (now.replace(tzinfo=None) - EPOCH).days
    found = question.bounds(Measure.VALUE, as_day, row, 1.0)
    low, high = found.low, found.high
    if math.isinf(high):
        high = max(float(today), low)
    if math.isinf(low):
        low = high - USUAL_DAYS
    for number in found.exact:
        yield _day(number)
    for _ in range(2 * NEAR):
        yield _day(float(random.randint(math.ceil(low), math.floor(high))) if low <= high else high)
    for edge in (*found.edges, float(today)):
        for beside in (0, 1, -1):
            yield _day(edge + beside)
    for width in (30, 365, 40 * 365):
        for _ in range(NEAR):
            yield _day(today + random.randint(-width, width // 10))


def _day(number: float) -> datetime:
    return EPOCH + timedelta(days=max(-700_000, min(2_900_000, math.floor(number + 1e-9))))


def _clock(random: Random, now: datetime, day: datetime) -> str:
    """A time of day; today none that is still to come."""
    seconds = now.hour * 3600 + now.minute * 60 if day.date() == now.date() else 86_400
    at = random.randrange(max(1, seconds))
    return f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"


def _several(question: Question, row: Row, random: Random, codes: list[str]) -> Iterator[str]:
    codes = [code for code in codes if " " not in code]
    if question.field.type is FieldType.RANK:
        yield " ".join(codes)
        return
    if not codes:
        return
    found = question.bounds(Measure.COUNT, as_codes, row, 1.0)
    low = int(max(1, found.low)) if found.low < len(codes) else 1
    high = int(min(len(codes), found.high)) if found.high >= 1 else 1
    wanted = [text for run in question.hints.codes if (text := _value(run, row)) in codes]
    for number in range(4 * NEAR):
        most = max(low, min(high, MOST_CODES if number < 2 * NEAR else high))
        chosen = random.sample(codes, random.randint(low, most))
        if number % 2 and wanted:
            chosen = [*dict.fromkeys([random.choice(wanted), *chosen])][:most]
        # As the list has them: the form of an answer does not tell in which order it was given.
        yield " ".join(sorted(chosen))
    yield from codes
    yield " ".join(codes)


def _text(question: Question, row: Row, random: Random) -> Iterator[str]:
    hints = question.hints
    made = _plain(question, row, random)
    pieces = [(piece, _value(piece.text, row)) for piece in hints.pieces]
    for text in made:
        if pieces:
            yield _with(text, [(piece.where, piece.at, part) for piece, part in pieces])
        yield text
    for _, part in pieces:
        yield part
    yield from hints.texts
    for _ in range(2 * NEAR):
        yield digits(random, random.randint(1, 9))


def _plain(question: Question, row: Row, random: Random) -> Iterator[str]:
    hints = question.hints
    for comparison in hints.comparisons:
        if comparison.operator == "=" and comparison.other is not None:
            yield _value(comparison.other, row)
    if question.looked_up:
        yield from random.sample(question.looked_up, min(len(question.looked_up), 10 * NEAR))
    patterns = [found for run in hints.patterns if (found := pattern_of(_value(run, row))) is not None]
    for _ in range(2 * NEAR):
        yield from (text for pattern in patterns if (text := pattern.draw(random)) is not None)
    lengths = question.bounds(Measure.LENGTH, as_length, row, 1.0)
    if math.isfinite(lengths.low) or math.isfinite(lengths.high):
        for _ in range(NEAR):
            low = max(1, int(lengths.low)) if math.isfinite(lengths.low) else 1
            high = int(lengths.high) if math.isfinite(lengths.high) else low + 20
            length = random.randint(low, max(low, high))
            yield of_length(random, length)
            yield digits(random, length)
    yield from (word(random) for _ in range(NEAR))
    yield from (str(int(number)) for number in _numbers(question, row, random, 1.0) if hints.numbers)


def _with(text: str, pieces: list[tuple[Where, int, str]]) -> str:
    for where, at, part in pieces:
        match where:
            case Where.START:
                text = part + text[len(part) :]
            case Where.END:
                text = text[: max(0, len(text) - len(part))] + part
            case Where.INSIDE:
                text = text if part in text else f"{text}{part}"
            case Where.AT:
                text = text[:at].ljust(at, "x") + part + text[at + len(part) :]
    return text


def _value(run: Run, row: Row) -> str:
    try:
        return as_text(run(row))
    except (EvaluationError, ExpressionError):
        return ""
