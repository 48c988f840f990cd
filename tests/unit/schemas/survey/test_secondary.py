"""Secondary instances: lists in the form, and CSV, XML and GeoJSON files that come with it."""

import json
import time

import pytest

from schemas.expressions.elements import Element
from schemas.survey.instance_budget import MAX_NODES, UnreadableInstance
from schemas.survey.secondary import read_data_file, read_instances, secondary_instances


def form(instances: str, uses: str = "") -> str:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
        f'<instance><data id="t"><a/></data></instance>{instances}<bind nodeset="/data/a" calculate="{uses}"/>'
        "</model></h:head><h:body/></h:html>"
    )


def plain(element: Element) -> object:
    """As nested lists, which read well in a failed test."""
    below = [plain(child) for child in element.children]
    return [element.name, *([element.text] if element.text else []), *below]


def rows(text: str | bytes, source: str = "jr://file-csv/x.csv") -> list[dict[str, str]]:
    root = read_data_file(source, text if isinstance(text, bytes) else text.encode())
    assert root.name == "root" and {item.name for item in root.children} <= {"item"}
    return [{cell.name: cell.text for cell in item.children} for item in root.children]


def test_a_list_in_the_form() -> None:
    instance = '<instance id="l"><root><item a="1"><name> x <!-- y --></name><v>1</v></item></root></instance>'
    found = secondary_instances(form(instance, "count(instance('l')/root/item)"), {})
    assert list(found) == ["l"]
    assert plain(found["l"]) == ["instance", ["root", ["item", ["name", "x"], ["v", "1"]]]]
    assert found["l"].children[0].children[0].attributes == {"a": "1"}


def test_what_no_expression_calls_is_not_read() -> None:
    both = '<instance id="l"><root/></instance><instance id="m"><root/></instance>'
    assert list(secondary_instances(form(both, "instance(&quot;m&quot;)/root"), {})) == ["m"]


def test_files_by_their_kind() -> None:
    instances = (
        '<instance id="c" src="jr://file-csv/c.csv"/><instance id="x" src="jr://file/x.xml"/>'
        '<instance id="g" src="jr://file/g.geojson"/>'
    )
    uses = "concat(instance('c')/root, instance('x')/root, instance('g')/root)"
    geo = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}],
    }
    files = {
        "c.csv": b"name\na\n",
        "x.xml": b"<root><item><name>a</name></item></root>",
        "g.geojson": json.dumps(geo).encode(),
    }
    read = read_instances(form(instances, uses), files)
    assert read.absent == {}
    assert {name: plain(element.children[0]) for name, element in read.found.items()} == {
        "c": ["root", ["item", ["name", "a"]]],
        "x": ["root", ["item", ["name", "a"]]],
        "g": ["root", ["item", ["geometry", "2 1 0 0"]]],
    }


def test_a_file_that_is_not_here_is_told() -> None:
    instances = (
        '<instance id="c" src="jr://file-csv/c.csv"/><instance id="d" src="jr://file/d.xml"/>'
        '<instance id="s" src="jr://instance/last-saved"/>'
    )
    read = read_instances(
        form(instances, "instance('c')/root = instance('d')/root or instance('s')/data/a"), {"d.xml": b"<a>"}
    )
    assert read.found == {}
    assert read.absent["c"] == "the file c.csv does not come with the form"
    assert read.absent["d"].startswith("the file d.xml cannot be read: it is not XML")
    assert "on the phone only" in read.absent["s"]


def test_pulldata_makes_an_instance_of_its_file() -> None:
    found = secondary_instances(form("", "pulldata('prices', 'p', 'k', /data/a)"), {"prices.csv": b"k,p\n1,2\n"})
    assert plain(found["prices"]) == ["instance", ["root", ["item", ["k", "1"], ["p", "2"]]]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("\ufeffa,b\r\n1,2", [{"a": "1", "b": "2"}]),
        ("a;b\n1,5;2\n", [{"a": "1,5", "b": "2"}]),
        ("a,b\n1\n\n1,2,3\n", [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]),
        ('a,b\n"x, y","he said ""no""\nand left"\n', [{"a": "x, y", "b": 'he said "no"\nand left'}]),
        ("a,b\n 1 ,\n", [{"a": "1", "b": ""}]),
        ("a,b,\n1,2,3\n", [{"a": "1", "b": "2"}]),
        ("a\n", []),
    ],
)
def test_csv(text: str, expected: list[dict[str, str]]) -> None:
    assert rows(text) == expected


FEATURE = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [102.0, 0.5]}}


def features(*made: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(made)}).encode()


def test_geojson_has_geometry_properties_and_id() -> None:
    properties = {"name": "A", "people": 12, "rate": 1.50, "open": True, "note": None, "id": "old"}
    made = rows(features({**FEATURE, "id": 7, "properties": properties}), "jr://file/x.geojson")
    assert made == [
        {"geometry": "0.5 102.0 0 0", "name": "A", "people": "12", "rate": "1.5", "open": "true", "note": "", "id": "7"}
    ]


@pytest.mark.parametrize(
    ("geometry", "text"),
    [
        ({"type": "Point", "coordinates": [-1, 2, 99]}, "2 -1 0 0"),
        ({"type": "LineString", "coordinates": [[1, 2], [3.5, 4]]}, "2 1 0 0; 4 3.5 0 0"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]], [[9, 9]]]}, "2 1 0 0; 4 3 0 0; 2 1 0 0"),
        ({"type": "Polygon", "coordinates": []}, ""),
    ],
)
def test_geometries(geometry: object, text: str) -> None:
    assert rows(features({"type": "Feature", "geometry": geometry}), "jr://file/x.geojson") == [{"geometry": text}]


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("jr://file-csv/x.csv", b"\xff\xfe\x00"),
        ("jr://file-csv/x.csv", b""),
        ("jr://file-csv/x.csv", b",,\n1,2,3\n"),
        ("jr://file-csv/x.csv", b"a,b,a\n1,2,3\n"),
        ("jr://file-csv/x.csv", b'a\n"' + b"x" * 200_000),
        ("jr://file/x.geojson", b"[" * 100_000),
        ("jr://file/x.geojson", b"{}"),
        ("jr://file/x.geojson", b'{"type": "FeatureCollection"}'),
        ("jr://file/x.geojson", features({"type": "Point"})),
        ("jr://file/x.geojson", features({"type": "Feature", "geometry": None})),
        ("jr://file/x.geojson", features({"type": "Feature", "geometry": {"type": "MultiPoint", "coordinates": []}})),
        ("jr://file/x.geojson", features({**FEATURE, "properties": {"a": [1]}})),
        ("jr://file/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("jr://file/x.xml", b"<a>" * 10_000),
    ],
)
def test_files_that_are_not_what_they_say(source: str, data: bytes) -> None:
    with pytest.raises(UnreadableInstance):
        read_data_file(source, data)


def test_a_file_of_nothing_but_separators_is_bounded() -> None:
    began = time.process_time()
    with pytest.raises(UnreadableInstance, match=str(MAX_NODES)):
        read_data_file(
            "jr://file-csv/x.csv", ",".join(map(str, range(1000))).encode() + b"\n" + (b"," * 999 + b"\n") * 8_000
        )
    assert time.process_time() - began < 5


def test_of_several_texts_of_a_node_the_last_counts() -> None:
    root = read_data_file("jr://file/x.xml", b"<root>one<item/> two <item>a<!-- b --></item> </root>")
    assert (root.text, [child.text for child in root.children]) == ("two", ["", "a"])
