"""The curve from which the policy takes its numbers: advantage by exposure, step and respondents who moved.

One interval between two releases, thousands of random populations at once, rounded as services.release.grid rounds;
tests.attack.run attacks services.release.protect itself, with what this curve says of steps and moves. Uniform shares:
there every answer is news. The target is each of the people who moved in turn, and the adversary knows all other
answers of theirs. All margins are published.

The closing release is exact, or nearly so, and waits for nobody: the second curve is of one coarse release and the
exact one after it, with as few as one who moved in between. There the exact table is a good guess for everybody.

    python -m tests.attack.curve [populations [exposure ...]]
"""

import json
import sys
from itertools import product

import numpy as np

from services.release.moves_needed import CURVE_BOUND
from tests.attack.evidence import Floats, Ints, evidence, evidence_of_closing

SHAPES: dict[int, list[tuple[int, ...]]] = {
    1: [(2,), (4,), (8,), (16,), (40,)],
    2: [(2, 4), (5, 4), (10, 2), (20, 3), (50, 4), (100, 2)],
    4: [(2, 2, 4), (5, 2, 4), (4, 4, 2), (20, 10, 4)],
    8: [(2, 2, 2, 3), (3, 3, 3, 2), (6, 5, 5, 4)],
    16: [(2, 2, 2, 2, 2), (2, 2, 2, 2, 3), (5, 4, 4, 3, 2)],
}
"""By exposure. The last dimension is the answer that is looked for. Sixteen is what an indicator has in a table of
four dimensions. Large tables are among them, for there only few move in a line of cells however many move in all."""
STEPS = (1, 5, 10, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 400)
COARSE = 75
"""Finer steps are tried at exposures 1 and 2 alone: beyond, they are far from safe."""
CLOSING_STEPS = {1: (20, 30, 50, 75), 2: (50, 75, 100), 4: (100, 150, 200)}
CLOSING_MOVES = (1, 10, 100)
CELLS = 4_000_000
"""In memory at once."""
MOVES = (10, 30, 50, 100, 200, 300, 500, 1000)
PER_CELL = 60
"""Units in a cell before: well above the threshold, so that nothing is suppressed and everything is seen."""
PER_CELL_CLOSING = 3000
"""Before a closing release: the larger the cells, the less is their size itself a good guess, and the more is left."""
LARGEST_CLOSING = 100
"""Cells of a shape for which the closing curve is drawn: beyond it takes hours, and has smaller advantages."""
LEAST_CHANGED = 3


def interval(
    shape: tuple[int, ...], step: int, moves: int, populations: int, rng: np.random.Generator, closing: bool = False
) -> tuple[float, float]:
    """Mean advantage and half of its 95 % interval. The success of a guess is its share among those it is made of."""
    cells = int(np.prod(shape))
    per_cell = PER_CELL_CLOSING if closing else PER_CELL
    before = rng.multinomial(per_cell * cells, [1 / cells] * cells, populations).reshape(populations, *shape)
    moved = rng.multinomial(moves, [1 / cells] * cells, populations).reshape(populations, *shape)
    score: Floats = np.zeros(moved.shape)
    for kept in product((False, True), repeat=len(shape) - 1):
        axes = tuple(axis + 1 for axis, keep in enumerate(kept) if not keep)
        old, new = before.sum(axes, keepdims=True), moved.sum(axes, keepdims=True)
        offsets = rng.integers(0, step, old.shape)
        expected = moves * float(np.prod([shape[axis - 1] for axis in axes])) / cells
        coarse = step * ((old + offsets) // step)
        if closing:
            score = score + evidence_of_closing(old + new - coarse, expected, step)
            continue
        change = (old + new + offsets) // step - coarse // step
        change = np.where(new < LEAST_CHANGED, 0, change)
        score = score + evidence(change, expected, step, LEAST_CHANGED)
    score = score + rng.random(score.shape) * 1e-6
    guess = np.zeros(moved.shape)
    if closing:
        # All respondents are alike to who does not know when they came: so much is a share of the last table.
        guess = np.log(before + moved)
    advantage = _right(guess + score, moved) - (_right(guess, moved) if closing else 1 / shape[-1])
    return float(advantage.mean()), float(1.96 * advantage.std(ddof=1) / np.sqrt(populations))


def _right(score: Floats, moved: Ints) -> Floats:
    chosen = score.argmax(-1)[..., None]
    right = np.take_along_axis(moved, chosen, -1)[..., 0].reshape(len(moved), -1).sum(1)
    return np.asarray(right / moved.reshape(len(moved), -1).sum(1), dtype=np.float64)


Row = dict[int, tuple[float, float]]
"""By moves: mean and half interval of the worst shape, worst by the upper end."""


def curve(populations: int, exposure: int, closing: bool, rng: np.random.Generator) -> dict[int, Row]:
    """By step."""
    found: dict[int, Row] = {}
    for step in _steps(exposure, closing):
        for moves in CLOSING_MOVES if closing else MOVES:
            # One who moved is a noisy measure: as many targets at fewer moves as at many.
            number = populations * max(1, 100 // moves)
            measured = (
                interval(shape, step, moves, min(number, CELLS // int(np.prod(shape))), rng, closing)
                for shape in SHAPES[exposure]
                if not closing or np.prod(shape) <= LARGEST_CLOSING
            )
            found.setdefault(step, {})[moves] = max(measured, key=sum)
    return found


def _steps(exposure: int, closing: bool) -> tuple[int, ...]:
    if closing:
        return CLOSING_STEPS.get(exposure, ())
    return tuple(step for step in STEPS if exposure <= 2 or step >= COARSE)


def needed(row: Row, bound: float = CURVE_BOUND) -> int | None:
    """The smallest m from which on all that were tried stay under the bound."""
    safe = None
    for moves in sorted(row, reverse=True):
        if sum(row[moves]) > bound:
            break
        safe = moves
    return safe


def main() -> None:
    populations = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    exposures = [int(argument) for argument in sys.argv[2:]] or list(SHAPES)
    rng = np.random.default_rng(5)
    constants: dict[str, dict[int, dict[int, int]]] = {"progress": {}, "closing": {}}
    for exposure, kind in product(exposures, constants):
        print(f"\nexposure {exposure}, {kind}: upper end in percentage points, by step and moves\n")
        for line, (step, row) in enumerate(curve(populations, exposure, kind == "closing", rng).items()):
            if not line:
                print("| step | " + " | ".join(map(str, row)) + " | needed |")
                print("|---" * (len(row) + 2) + "|")
            found = needed(row)
            cells = [f"{100 * sum(of):.1f}" for of in row.values()]
            print(f"| {step} | " + " | ".join(cells) + f" | {found or '-'} |", flush=True)
            if found is not None:
                constants[kind].setdefault(exposure, {})[step] = found
    print(json.dumps({"populations": populations, "needed": constants}))


if __name__ == "__main__":
    main()
