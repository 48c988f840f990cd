"""The exact inputs of a release as text, so that it can be made again and compared. As secret as `live`. Pure."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from schemas.survey.definition import IndicatorKind
from services.release.distribution import Distribution
from services.release.epoch import Moment
from services.release.live_table import Amount, Indicator, LiveCell, LiveTable
from services.release.policy import Policy

Document = dict[str, Any]


@dataclass(frozen=True)
class StoredInputs:
    """What `protect` was given, but for the memory of the release before and the key."""

    tables: tuple[LiveTable, ...]
    policy: Policy
    moment: Moment

    def encode(self) -> str:
        tables = [_table_document(table) for table in self.tables]
        return json.dumps([tables, asdict(self.policy), asdict(self.moment)], separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> Self:
        tables, policy, moment = json.loads(text)
        return cls(tuple(_table(table) for table in tables), Policy(**policy), Moment(**moment))


def _table_document(table: LiveTable) -> Document:
    return {
        "name": table.name,
        "unit": table.unit,
        "dimensions": table.dimensions,
        "codes": table.codes,
        "cells": [[codes, _cell_document(cell)] for codes, cell in table.cells.items()],
        "indicators": [asdict(indicator) for indicator in table.indicators],
        "several": sorted(table.several),
        "unlisted": sorted(table.unlisted),
        "answers": {name: list(told) for name, told in table.answers.items()},
        "mode": table.mode,
        "threshold": table.threshold,
        "rounding": table.rounding,
        "signed_off": table.signed_off,
        "weight_factor": table.weight_factor,
    }


def _table(document: Document) -> LiveTable:
    return LiveTable(
        **{
            **document,
            "dimensions": tuple(document["dimensions"]),
            "codes": tuple(tuple(codes) for codes in document["codes"]),
            "cells": {tuple(codes): _cell(cell) for codes, cell in document["cells"]},
            "indicators": tuple(_indicator(indicator) for indicator in document["indicators"]),
            "several": frozenset(document["several"]),
            "unlisted": frozenset(document["unlisted"]),
            "answers": {name: tuple(told) for name, told in document["answers"].items()},
        }
    )


def _cell_document(cell: LiveCell) -> list[Any]:
    amounts = {name: [a.n, a.above, a.below, a.largest, a.error] for name, a in cell.amounts.items()}
    distributions = {name: one.parts for name, one in cell.distributions.items()}
    return [cell.units, cell.submissions, cell.moves, cell.weight, amounts, distributions]


def _cell(document: list[Any]) -> LiveCell:
    units, submissions, moves, weight, amounts, *more = document
    found = {
        name: Amount(n, above, below, (largest[0], largest[1]), error)
        for name, (n, above, below, largest, error) in amounts.items()
    }
    # Inputs that were stored before there were quantiles have none.
    distributions = {
        name: Distribution(tuple((bucket, n, w, s) for bucket, n, w, s in parts))
        for name, parts in (more[0] if more else {}).items()
    }
    return LiveCell(units, submissions, moves, weight, found, distributions)


def _indicator(document: Document) -> Indicator:
    return Indicator(**{**document, "kind": IndicatorKind(document["kind"])})
