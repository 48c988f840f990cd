"""What a starting stack shows: one line for each part as it becomes ready, the same on a terminal and in a log."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from deploy.local import jars
from deploy.local.state import Condition, PartState, Phase, StackState

MB = 1_000_000


class Startup:
    """Prints what is new in each state that it is shown."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ready: set[str] = set()
        self._deaths: dict[str, int] = {}
        self._told_cleaning = False

    def show(self, state: StackState) -> None:
        if state.phase not in (Phase.STARTING, Phase.READY):
            return
        if state.cleaned_up and not self._told_cleaning:
            self._told_cleaning = True
            left = ", ".join(state.cleaned_up)
            self._console.print(f"[yellow]Ended what a killed stack had left running: {left}.[/]")
        for part in state.parts:
            self._show_part(part)

    def _show_part(self, part: PartState) -> None:
        match part.condition:
            case Condition.READY if part.name not in self._ready:
                self._ready.add(part.name)
                took = f"[dim]{part.ready_after_s:5.1f} s[/]" if part.ready_after_s is not None else ""
                self._console.print(f"[green]ready[/]  {part.name:<12} {part.address:<28} {took}", highlight=False)
            case Condition.RESTARTING | Condition.OPERATOR if self._deaths.get(part.name) != part.restarts:
                self._deaths[part.name] = part.restarts
                self._ready.discard(part.name)
                self._console.print(f"[red]{part.condition}[/]  {part.name}: {part.message}", highlight=False)


def provide_kafka(console: Console) -> None:
    """Downloads Kafka if it is not there, and shows it. Raises `Failure`."""
    cache = jars.cache_folder()
    with _showing(console) as progress:
        jars.provide(cache, progress)


@contextmanager
def _showing(console: Console) -> Iterator[jars.Progress]:
    if not console.is_terminal:
        shown = -1

        def tell(done: int, total: int) -> None:
            nonlocal shown
            if (quarter := 4 * done // total) != shown:
                shown = quarter
                console.print(f"Downloading Apache Kafka: {done / MB:.0f} of {total / MB:.0f} MB", highlight=False)

        yield tell
        return
    columns = (TextColumn("Downloading Apache Kafka"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
