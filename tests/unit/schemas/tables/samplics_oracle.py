"""Writes samplics.json: a sample and what samplics (0.6.1) estimates from it. Not a dependency: it is archived, and
brings a hundred megabytes. In a virtual environment of its own that has it:

    python tests/unit/schemas/tables/samplics_oracle.py > tests/unit/schemas/tables/samplics.json
"""

import json
import warnings
from random import Random
from typing import Any


def sample() -> list[dict[str, Any]]:
    random = Random(9)
    psus = [(stratum, psu) for stratum, number in (("N", 9), ("S", 6), ("E.1", 4)) for psu in range(1, number + 1)]
    rows: list[dict[str, Any]] = []
    for stratum, psu in psus:
        near = random.uniform(0.6, 1.6)
        for _ in range(random.randint(6, 18)):
            rows.append(
                {
                    "stratum": stratum,
                    "psu": psu,
                    "weight": round(random.uniform(0.2, 9), 3),
                    "sex": random.choice("FM"),
                    "cost": round(random.uniform(1, 500) * near, 2),
                    "pay": random.randint(100, 900),
                    "borrowed": random.choice(["yes", "no", "no"]),
                }
            )
    return rows


def main() -> None:
    warnings.simplefilter("ignore")
    import numpy as np
    from samplics import TaylorEstimator
    from samplics.utils.types import PopParam

    rows = sample()
    column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    psu = np.array([f"{row['stratum']}-{row['psu']}" for row in rows])
    wanted = {
        "mean": (PopParam.mean, column["cost"], None),
        "total": (PopParam.total, column["cost"], None),
        "share": (PopParam.mean, (column["borrowed"] == "yes").astype(float), None),
        "months": (PopParam.ratio, column["cost"], column["pay"]),
    }
    found: dict[str, dict[str, list[float]]] = {}
    for name, (parameter, y, x) in wanted.items():
        estimator = TaylorEstimator(parameter)
        estimator.estimate(
            y=y, x=x, samp_weight=column["weight"], stratum=column["stratum"], psu=psu, domain=column["sex"]
        )
        found[name] = {sex: [float(estimator.point_est[sex]), float(estimator.stderror[sex])] for sex in ("F", "M")}
    lines = ",\n".join(json.dumps(row) for row in rows)
    print(f'{{"estimates": {json.dumps(found)},\n"rows": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
