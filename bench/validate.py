"""CPU time of validating one submission: reading its XML, judging and anonymising it: `make bench-validate`.

Two forms: household-migration with the simulator's respondents, and a form of 250 questions. Each time is the median
over rounds of the mean over a batch. `ratio_to_lxml_parse` sets it against a bare lxml parse of the same bytes, each
body in turns through the one and the other, as a worker does it: one record after another, and never the same work
again at once. It is the median of the ratios of each round, since both slow down alike on a busy machine.
`ratio_to_lxml_parse_alone` sets the same against a loop of parses and nothing else, in which the parser finds all of
itself in the caches. The parse is hardened as that of validate. Hostile bodies are timed one by one.
"""

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lxml import etree

from bench import form250
from bench import hostile as hostile_bodies
from bench.interruptible import interruptible
from cli.fieldwork.plan import Scenario, make
from cli.fieldwork.submission import as_xml
from schemas.survey.compile import compile_survey
from services.validate.compiled import CompiledSurvey
from services.validate.instance import Instance, Unreadable
from services.validate.judge import Accepted
from services.validate.pseudonym import SurveySecrets

FORM = Path(__file__).parent.parent / "surveys" / "household-migration" / "form.xlsx"
SUBMISSIONS = 300
ROUNDS = 15
"""The median of fifteen: other processes on the machine disturb some of them."""
TURNS = 31
RECEIVED_MS = 1_760_000_000_000
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False)
"""As in services/validate/xml_instance.py."""
Parts = dict[str, float]


def _household() -> tuple[CompiledSurvey, list[bytes]]:
    definition = compile_survey(FORM).publishable
    if definition is None:
        raise RuntimeError("the household survey has errors")
    plan = make(Scenario(seed=3, phones=20, submissions=SUBMISSIONS, duplicates=0, invalid=0, edits=0))
    bodies = [as_xml(delivery.instance) for phone in plan.phones for delivery in phone.deliveries]
    return CompiledSurvey(definition), bodies


def _form250() -> tuple[CompiledSurvey, list[bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        return CompiledSurvey(form250.definition(Path(folder))), [form250.submission()] * 50


def _timed(work: Callable[[Sequence[str]], object], batch: Sequence[str]) -> float:
    began = time.process_time()
    work(batch)
    return (time.process_time() - began) / len(batch) * 1000


def measure(survey: CompiledSurvey, bodies: list[bytes]) -> Parts:
    """Milliseconds of each part, and of all that a verdict needs of them in one go."""
    texts = [body.decode() for body in bodies]
    secrets = SurveySecrets(b"\x07" * 32)
    left = 0

    def whole(batch: Sequence[str]) -> None:
        nonlocal left
        for text in batch:
            instance = survey.read_xml(text)
            if isinstance(survey.judge(instance, RECEIVED_MS), Accepted):
                left += len(survey.anonymiser(instance.root, secrets).answers)
            instance.release()

    def parse(batch: Sequence[bytes]) -> None:
        for body in batch:
            etree.fromstring(body, _PARSER)

    def read(batch: Sequence[str]) -> list[Instance]:
        return [survey.read_xml(text) for text in batch]

    def anonymise(batch: Sequence[Instance]) -> None:
        for instance in batch:
            survey.anonymiser(instance.root, secrets)

    def in_turns() -> float:
        spent = [0, 0]
        for text, body in zip(texts, bodies, strict=True):
            began = time.process_time_ns()
            whole([text])
            between = time.process_time_ns()
            parse([body])
            spent[0] += between - began
            spent[1] += time.process_time_ns() - between
        return spent[0] / spent[1]

    rounds: dict[str, list[float]] = {"whole": [], "lxml_parse": [], "read": [], "judge": [], "anonymise": []}
    refused = 0
    for _ in range(ROUNDS):
        rounds["whole"].append(_timed(whole, texts))
        rounds["lxml_parse"].append(_timed(parse, bodies))  # type: ignore[arg-type]
        rounds["read"].append(_timed(read, texts))
        instances = read(texts)
        began = time.process_time()
        judged = [survey.judge(instance, RECEIVED_MS) for instance in instances]
        rounds["judge"].append((time.process_time() - began) / len(judged) * 1000)
        refused = sum(not isinstance(each, Accepted) for each in judged)
        rounds["anonymise"].append(_timed(anonymise, instances))  # type: ignore[arg-type]
        for instance in instances:
            instance.release()
    if refused:
        raise RuntimeError(f"{refused} of the {len(texts)} submissions of the benchmark were refused")
    ratios = [whole_ / bare for whole_, bare in zip(rounds["whole"], rounds["lxml_parse"], strict=True)]
    return {name: statistics.median(times) for name, times in rounds.items()} | {
        "alone": statistics.median(ratios),
        "in_turns": statistics.median([in_turns() for _ in range(TURNS)]),
    }


def hostile(survey: CompiledSurvey) -> dict[str, float]:
    """Milliseconds of the best of three, by body."""
    bodies = [
        (name, body, survey.read_xml) for name, body in hostile_bodies.xml_bodies("data", "note", "member").items()
    ]
    bodies += [(name, body, survey.read_json) for name, body in hostile_bodies.json_bodies("note", "member").items()]
    found = {}
    for name, body, read in bodies:
        times = []
        for _ in range(3):
            began = time.process_time()
            try:
                instance = read(body)
                survey.judge(instance, RECEIVED_MS)
                instance.release()
            except Unreadable:
                pass
            times.append((time.process_time() - began) * 1000)
        found[name] = round(min(times), 2)
    return found


def main() -> None:
    result: dict[str, object] = {"name": "bench-validate"}
    alone, in_turns = [], []
    for name, made in (("household", _household()), ("form250", _form250())):
        survey, bodies = made
        gc.collect()
        gc.freeze()
        parts = measure(survey, bodies)
        alone.append(parts.pop("alone"))
        in_turns.append(parts.pop("in_turns"))
        result[f"{name}_ms_median"] = round(parts["whole"], 4)
        result[f"{name}_parts_ms"] = {part: round(value, 4) for part, value in parts.items() if part != "whole"}
        result[f"{name}_ratio_to_lxml_parse"] = round(in_turns[-1], 2)
        result[f"{name}_ratio_to_lxml_parse_alone"] = round(alone[-1], 2)
        result[f"{name}_bytes"] = round(statistics.mean(len(body) for body in bodies))
    result["ratio_to_lxml_parse"] = round(max(in_turns), 2)
    result["ratio_to_lxml_parse_alone"] = round(max(alone), 2)
    times = hostile(CompiledSurvey(hostile_bodies.survey()))
    result["hostile_ms"] = times
    result["hostile_ms_max"] = max(times.values())
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    interruptible(main)
