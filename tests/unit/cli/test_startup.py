import io

from rich.console import Console

from cli.progress import Startup
from deploy.local.state import Condition, PartState, Phase, StackState


def shown(*states: StackState) -> list[str]:
    out = io.StringIO()
    startup = Startup(Console(file=out, width=200))
    for state in states:
        startup.show(state)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def stack(*parts: PartState, **more: object) -> StackState:
    return StackState(phase=Phase.STARTING, parts=parts).model_copy(update=more)


WAITING = PartState(name="kafka", address="127.0.0.1:9092")
READY = WAITING.model_copy(update={"condition": Condition.READY, "ready_after_s": 3.25})
DEAD = WAITING.model_copy(update={"condition": Condition.RESTARTING, "message": "ended with exit code 1: no luck"})


def test_a_part_is_shown_once_when_it_is_ready() -> None:
    lines = shown(stack(WAITING), stack(READY), stack(READY))
    assert len(lines) == 1
    assert lines[0].split() == ["ready", "kafka", "127.0.0.1:9092", "3.2", "s"]


def test_each_death_is_shown_with_its_reason() -> None:
    lines = shown(stack(DEAD), stack(DEAD), stack(DEAD.model_copy(update={"restarts": 1})))
    assert lines == ["restarting  kafka: ended with exit code 1: no luck"] * 2


def test_what_was_cleaned_up_is_said_once() -> None:
    cleaned = stack(WAITING, cleaned_up=("kafka (17)",))
    assert shown(cleaned, cleaned) == ["Ended what a killed stack had left running: kafka (17)."]


def test_an_ending_stack_shows_nothing() -> None:
    assert shown(stack(READY, phase=Phase.STOPPING)) == []
