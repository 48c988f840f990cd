"""The secondary instances of a form: lists that are written in it, and data files that come with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from schemas.expressions.elements import Element
from schemas.survey import safe_xml
from schemas.survey.csv_instance import read_csv
from schemas.survey.geojson_instance import read_geojson
from schemas.survey.instance_budget import NO_ATTRIBUTES, Budget, UnreadableInstance
from schemas.survey.safe_xml import local_name

_SOURCE = re.compile(r"jr://(?P<kind>file-csv|file)/(?P<name>.+)", re.IGNORECASE)
_PULLDATA = re.compile(r"pulldata\s*\(\s*(['\"])(?P<name>[^'\"]+)\1")
_CALLED = re.compile(r"instance\s*\(\s*(['\"])(?P<name>[^'\"]+)\1")


@dataclass(frozen=True)
class Instances:
    """By id. An element holds the root of its instance as only child. `absent` says of each instance that the form
    declares and that is not here why: its file is missing or cannot be read."""

    found: dict[str, Element] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def secondary_instances(xform: str, files: Mapping[str, bytes]) -> dict[str, Element]:
    """Those that are here; `read_instances` also says which are not."""
    return read_instances(xform, files).found


def read_instances(xform: str, files: Mapping[str, bytes]) -> Instances:
    """`files` by name, as the form names them. An instance that no expression calls is not read, as in JavaRosa.

    A CSV file that only pulldata() names counts as an instance of its name without ending.
    """
    instances = Instances()
    text = xform.replace("&quot;", '"').replace("&apos;", "'")
    called = {found["name"] for found in _CALLED.finditer(text)}
    pulled = {found["name"].removesuffix(".csv") for found in _PULLDATA.finditer(text)}
    html = safe_xml.parse(xform.encode())
    model = next(html.iter("{*}model"), None)
    declared = [] if model is None else model.findall("{*}instance")[1:]
    for element in declared:
        name, source = element.get("id", ""), element.get("src")
        if name not in called | pulled:
            continue
        if source is not None:
            _attach(instances, name, source, files)
        elif len(element):
            instances.found[name] = _holder(_written(element[0]))
        else:
            instances.found[name] = _holder(Element("instance"))
    for name in pulled - instances.found.keys() - instances.absent.keys():
        _attach(instances, name, f"jr://file-csv/{name}.csv", files)
    return instances


def file_of(source: str) -> str | None:
    """The name of the data file that `jr://file/x.xml` or `jr://file-csv/x.csv` means; None for anything else."""
    match = _SOURCE.fullmatch(source.strip())
    return match["name"] if match else None


def read_data_file(source: str, data: bytes) -> Element:
    """The root of an attached file, read by what `source` says it is. Raises UnreadableInstance."""
    if "file-csv" in source.lower():
        return read_csv(data)
    if source.lower().endswith("geojson"):
        return read_geojson(data)
    try:
        root = safe_xml.parse(data)
    except safe_xml.BadXml as fault:
        raise UnreadableInstance(f"it is not XML: {fault}") from fault
    budget = Budget()
    return _attached(root, budget)


def _attach(instances: Instances, name: str, source: str, files: Mapping[str, bytes]) -> None:
    file = file_of(source)
    if file is None:
        # The last saved answers of a phone, or an address that Collect does not know either.
        instances.absent[name] = f"{source} is known on the phone only"
    elif file not in files:
        instances.absent[name] = f"the file {file} does not come with the form"
    else:
        try:
            instances.found[name] = _holder(read_data_file(source, files[file]))
        except UnreadableInstance as fault:
            instances.absent[name] = f"the file {file} cannot be read: {fault}"


def _holder(root: Element) -> Element:
    return Element("instance", "", (root,))


def _written(element: etree._Element) -> Element:
    """An instance in the form itself: a node has children or a text."""
    children = tuple(_written(child) for child in element)
    text = "" if children else (element.text or "").strip()
    return Element(local_name(element), text, children, _attributes(element))


def _attached(element: etree._Element, budget: Budget) -> Element:
    """An instance in a file: of several texts between its children, a node has the last."""
    children = tuple(_attached(child, budget) for child in element)
    text = next(iter(_texts(element)), "")
    made = budget.node(local_name(element), text, children)
    attributes = _attributes(element)
    return made if not attributes else Element(made.name, made.text, made.children, attributes)


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts of a node that are not blank, from the last."""
    for text in (*(child.tail for child in reversed(element)), element.text):
        if text and text.strip():
            yield text.strip()


def _attributes(element: etree._Element) -> dict[str, str]:
    return {etree.QName(name).localname: str(value) for name, value in element.attrib.items()} or NO_ATTRIBUTES
