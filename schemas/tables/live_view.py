"""What people see of the cells: a description of each table, and a view with one document for each cell. Pure.

`live.cells_flat` shows natural units as doubles, for reading; exact integers are in `live.cells`, and estimates with
their errors come from schemas.tables.estimates.

    {survey, table, cell: {"profile/sex": "F", ...}, n, weight, moves, indicators: {cost_mean: {n, estimate}, ...}}
"""

from typing import Any

from schemas.survey.definition import IndicatorKind
from schemas.tables.layout import REGISTRY, Design, Layout, Segment

Document = dict[str, Any]


def table_document(layout: Layout) -> Document:
    """How to read the vectors of a table (live.tables)."""
    return {
        "_id": f"{layout.survey}/{layout.id}",
        "survey": layout.survey,
        "table": layout.id,
        "name": layout.name,
        "label": layout.label,
        "unit": layout.unit,
        "dimensions": list(layout.dimensions),
        "sums": list(layout.base) + [f"{s.name}.{name}" for s in layout.segments for name in s.sums],
        "weight_place": layout.place("w") if layout.weighted else 0,
        "weight_factor": 10**layout.weight_scale if layout.weighted else 1,
        "submissions_place": layout.place("s") or 0,
        "design": layout.design is not Design.SIMPLE,
        "indicators": [_indicator(layout, segment) for segment in layout.segments],
        "unsupported": list(layout.unsupported),
        "histogram_of": layout.indicator,
        "internal": layout.name == REGISTRY or bool(layout.indicator),
    }


def _indicator(layout: Layout, segment: Segment) -> Document:
    """The estimate of an indicator is above / below / factor; without `below` it is a sum. A quantile has neither."""
    weights = 10**layout.weight_scale if layout.weighted else 1
    measure = 10**segment.scale
    match segment.kind:
        case IndicatorKind.QUANTILE:
            above, below, factor = None, None, 1
        case IndicatorKind.COUNT:
            above, below, factor = segment.place("w") if layout.weighted else segment.place("n"), None, weights
        case IndicatorKind.TOTAL:
            above, below, factor = segment.place("wx"), None, weights * measure
        case IndicatorKind.RATIO:
            above, below, factor = segment.place("wy"), segment.place("wx"), 1
        case IndicatorKind.SHARE:
            above, below, factor = segment.place("wx"), segment.place("w" if layout.weighted else "n"), 1
        case _:
            above, below, factor = segment.place("wx"), segment.place("w" if layout.weighted else "n"), measure
    return {
        "name": segment.name,
        "label": segment.label,
        "kind": segment.kind.value,
        "unit": segment.unit,
        "scale": segment.scale,
        "n": segment.place("n"),
        "above": above,
        "below": below,
        "factor": factor,
        "histogram": segment.histogram,
        "probability": segment.probability,
    }


VIEW = "cells_flat"


def view_pipeline() -> list[Document]:
    """Over `live.cells`: one document for each cell, summed over the shards, with the names from `live.tables`."""
    sums = {
        "$reduce": {
            "input": "$parts",
            "initialValue": {"$map": {"input": {"$arrayElemAt": ["$parts", 0]}, "as": "sum", "in": 0}},
            "in": {
                "$map": {
                    "input": {"$range": [0, {"$size": "$$value"}]},
                    "as": "place",
                    "in": {
                        "$add": [
                            {"$arrayElemAt": ["$$value", "$$place"]},
                            {"$arrayElemAt": ["$$this", "$$place"]},
                        ]
                    },
                }
            },
        }
    }
    return [
        {"$project": {"survey": 1, "table": {"$objectToArray": "$tables"}}},
        {"$unwind": "$table"},
        {"$project": {"survey": 1, "table": "$table.k", "cell": {"$objectToArray": "$table.v"}}},
        {"$unwind": "$cell"},
        {"$set": {"sums": _numbers("$cell.v")}},
        {
            "$group": {
                "_id": {"survey": "$survey", "table": "$table", "cell": "$cell.k"},
                "parts": {"$push": "$sums"},
            }
        },
        {"$set": {"id": {"$arrayElemAt": [{"$split": ["$_id.table", "@"]}, 0]}, "sums": sums}},
        {"$set": {"described": {"$concat": ["$_id.survey", "/", "$id"]}}},
        {"$lookup": {"from": "tables", "localField": "described", "foreignField": "_id", "as": "about"}},
        {"$set": {"about": {"$arrayElemAt": ["$about", 0]}}},
        {"$match": {"about.internal": False}},
        # Of its generations the one that is complete; an older release does not say which.
        {"$set": {"figures": {"$cond": [{"$eq": [{"$type": "$about.cells"}, "missing"]}, "$id", "$about.cells"]}}},
        {"$match": {"$expr": {"$eq": ["$figures", "$_id.table"]}}},
        {
            "$project": {
                "_id": {"$concat": ["$described", "/", "$_id.cell"]},
                "survey": "$_id.survey",
                "table": "$about.name",
                "dimensions": "$about.dimensions",
                "codes": {
                    "$cond": [
                        {"$eq": [{"$size": "$about.dimensions"}, 0]},
                        [],
                        {"$map": {"input": {"$split": ["$_id.cell", "|"]}, "as": "code", "in": _unescaped("$$code")}},
                    ]
                },
                "n": {"$toLong": {"$arrayElemAt": ["$sums", 0]}},
                "submissions": {"$toLong": {"$arrayElemAt": ["$sums", "$about.submissions_place"]}},
                "weight": {
                    "$divide": [
                        {"$toDouble": {"$arrayElemAt": ["$sums", "$about.weight_place"]}},
                        "$about.weight_factor",
                    ]
                },
                "indicators": {
                    "$map": {
                        "input": "$about.indicators",
                        "as": "of",
                        "in": {
                            "name": "$$of.name",
                            "kind": "$$of.kind",
                            "unit": "$$of.unit",
                            "n": _unless_quantile({"$toLong": _at("$$of.n", {"$arrayElemAt": ["$sums", 0]})}),
                            "estimate": _unless_quantile(_estimate()),
                        },
                    }
                },
            }
        },
    ]


def _numbers(text: str) -> Document:
    """schemas.tables.cells.read_sums. A Decimal128 has 34 digits, which no sum exceeds (schemas.survey.bounds)."""
    numbers = {"$map": {"input": {"$split": [text, " "]}, "as": "sum", "in": {"$toDecimal": "$$sum"}}}
    return {"$cond": [{"$isArray": text}, text, numbers]}


def _estimate() -> Document:
    """Above / below / factor; none without a unit. A count without a universe is the weight of the cell."""
    above = {"$toDouble": _at("$$of.above", {"$arrayElemAt": ["$sums", "$about.weight_place"]})}
    below = {"$toDouble": _at("$$of.below", 1)}
    return {
        "$cond": [
            {"$eq": [below, 0]},
            None,
            {"$divide": [{"$divide": [above, below]}, {"$toDouble": "$$of.factor"}]},
        ]
    }


def _unless_quantile(figure: Document) -> Document:
    """A quantile is not in the vector of the cell: null here. It is worked out from the histogram beside the table."""
    return {"$cond": [{"$eq": ["$$of.kind", IndicatorKind.QUANTILE.value]}, None, figure]}


def _at(place: str, otherwise: object) -> Document:
    """The sum at a place that may be null."""
    return {"$cond": [{"$eq": [place, None]}, otherwise, {"$arrayElemAt": ["$sums", {"$ifNull": [place, 0]}]}]}


def _unescaped(code: str) -> object:
    """schemas.tables.codes.unescape; the percent sign last, or "%2525" would be taken twice."""
    found: object = code
    for escaped, character in (("%7C", "|"), ("%2E", "."), ("%24", {"$literal": "$"}), ("%25", "%")):
        found = {"$replaceAll": {"input": found, "find": escaped, "replacement": character}}
    return {"$cond": [{"$eq": [code, "%"]}, "", found]}
