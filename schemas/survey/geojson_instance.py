"""An attached GeoJSON file as a secondary instance: root/item with geometry, the properties and id, as JavaRosa reads
it. A geometry is text as in a geopoint, geotrace or geoshape: `latitude longitude 0 0`."""

import json
from collections.abc import Iterator

from schemas.expressions.elements import Element
from schemas.survey.instance_budget import Budget, UnreadableInstance

GEOMETRY = "geometry"


def read_geojson(data: bytes) -> Element:
    """The root element. Raises UnreadableInstance."""
    try:
        # Numbers stay as they are written: they are text in an instance.
        document = json.loads(data.decode("utf-8-sig"), parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError) as fault:
        raise UnreadableInstance("it is not JSON") from fault
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise UnreadableInstance('its type is not "FeatureCollection"')
    features = document.get("features")
    if not isinstance(features, list):
        raise UnreadableInstance('it has no list of "features"')
    budget = Budget()
    items = tuple(_item(feature, number, budget) for number, feature in enumerate(features, 1))
    return budget.node("root", "", items)


class _Number(str):
    """A JSON number, as written."""


def _item(feature: object, number: int, budget: Budget) -> Element:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise UnreadableInstance(f'item {number} of its features has not the type "Feature"')
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise UnreadableInstance(f"the properties of feature {number} are no object")
    texts = {name: _text(value, number) for name, value in properties.items()}
    if feature.get("id") is not None:
        texts["id"] = _text(feature["id"], number)
    geometry = budget.node(GEOMETRY, _geometry(feature.get(GEOMETRY), number))
    return budget.node("item", "", (geometry, *(budget.node(name, text) for name, text in texts.items())))


def _text(value: object, number: int) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
        case _:
            raise UnreadableInstance(f"feature {number} has a property that is a list or an object")


def _geometry(geometry: object, number: int) -> str:
    match geometry:
        case {"type": "Point", "coordinates": [*point]}:
            return _point(point, number)
        case {"type": "LineString", "coordinates": [*points]}:
            return "; ".join(_points(points, number))
        case {"type": "Polygon", "coordinates": []}:
            return ""
        case {"type": "Polygon", "coordinates": [[*points], *_]}:
            return "; ".join(_points(points, number))
        case _:
            raise UnreadableInstance(f"the geometry of feature {number} is no Point, LineString or Polygon")


def _points(points: list[object], number: int) -> Iterator[str]:
    for point in points:
        if not isinstance(point, list):
            raise UnreadableInstance(f"feature {number} has a coordinate that is no list")
        yield _point(point, number)


def _point(point: list[object], number: int) -> str:
    match point:
        case [_Number() as longitude, _Number() as latitude, *_]:
            return f"{_coordinate(latitude)} {_coordinate(longitude)} 0 0"
        case _:
            raise UnreadableInstance(f"feature {number} has a coordinate without longitude and latitude")


def _coordinate(number: str) -> str:
    """A whole number stays one; any other is written as a double is."""
    return str(number) if number.lstrip("-").isdigit() else repr(float(number))
