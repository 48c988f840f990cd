"""A round of fieldwork on the screen: a bar on a terminal, lines elsewhere, and a clean end on Ctrl-C."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.background_round import BackgroundRound
from cli.fieldwork.history import History
from cli.fieldwork.phones import Pace
from cli.fieldwork.plan import Plan
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.wire import Target

GRACE_S = 5.0
"""After Ctrl-C, how long what is on its way may take to be acknowledged."""

SHOW_EVERY_S = 0.1

Tell = Callable[[History], None]


def run_round(plan: Plan[Sendable[Answered]], target: Target, pace: Pace, console: Console) -> History:
    """Plays a round with a bar on a terminal, and lines elsewhere. Raises `Failure` if the server will not have it."""
    with _progress(plan, console) as tell, BackgroundRound(plan, target, pace) as playing:
        while not playing.over(SHOW_EVERY_S):
            tell(playing.history)
        tell(playing.history)
    return playing.history


def run_until_interrupted(plan: Plan[Sendable[Answered]], target: Target, pace: Pace, console: Console) -> History:
    """As `run_round`, but Ctrl-C ends it cleanly with what was sent so far; a second one cuts off what is on its
    way."""
    with _progress(plan, console) as tell, BackgroundRound(plan, target, pace) as playing:
        try:
            while not playing.over(SHOW_EVERY_S):
                tell(playing.history)
        except KeyboardInterrupt:
            playing.stop()
            with contextlib.suppress(KeyboardInterrupt):
                playing.over(GRACE_S)
        tell(playing.history)
    return playing.history


@contextlib.contextmanager
def _progress(plan: Plan[Sendable[Answered]], console: Console) -> Iterator[Tell]:
    if not console.is_terminal:
        tenths = 0

        def tell_line(history: History) -> None:
            nonlocal tenths
            done = history.acknowledged
            if (reached := 10 * done // max(1, plan.deliveries)) > tenths:
                tenths = reached
                console.print(f"{done} of {plan.deliveries} acknowledged, {history.attempts} attempts")

        yield tell_line
        return
    columns = (TextColumn("[bold]phones[/]"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=plan.deliveries, more="")

        def tell_bar(history: History) -> None:
            done, attempts = history.acknowledged, history.attempts
            progress.update(task, completed=done, more=f"{attempts - done} tries without an answer")

        yield tell_bar
