"""Writes tests/unit/services/release/risk/pycanon_answers.json: what pycanon says of 300 random data sets.

Run it in an environment of its own, since pycanon pins numpy and typer to single versions:

    python3.11 -m venv /tmp/pycanon && /tmp/pycanon/bin/pip install pycanon==1.3.6
    /tmp/pycanon/bin/python tests/oracles/ask_pycanon.py
"""

import json
import random
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "unit" / "services" / "release" / "risk" / "pycanon_answers.json"
SETS = 300
SEED = 20_261_122


def random_set(draw: random.Random) -> dict[str, Any]:
    keys = draw.randint(1, 3)
    codes = draw.randint(2, 3)
    answers = draw.randint(2, 5)
    rows = [
        "".join(draw.choice("abc"[:codes]) for _ in range(keys)) + draw.choice("vwxyz"[:answers])
        for _ in range(draw.choice((3, 8, 20, 60)))
    ]
    return {"keys": keys, "rows": rows}


def main() -> None:
    # Not imported by name: neither is in the environment in which this file is checked.
    frames, anonymity = import_module("pandas"), import_module("pycanon.anonymity")
    draw = random.Random(SEED)
    sets = []
    for _ in range(SETS):
        each = random_set(draw)
        names = [f"key{number}" for number in range(each["keys"])]
        frame = frames.DataFrame(map(list, each["rows"]), columns=[*names, "answer"])
        sets.append(
            each
            | {
                "k": int(anonymity.k_anonymity(frame, names)),
                "l": int(anonymity.l_diversity(frame, names, ["answer"])),
                "entropy_l": int(anonymity.entropy_l_diversity(frame, names, ["answer"])),
            }
        )
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in sets)
    TARGET.write_text(f'{{"pycanon": "{version("pycanon")}", "seed": {SEED}, "sets": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
