"""The instances of repeats that a blank form holds."""

from lxml import etree

from schemas.survey import safe_xml
from schemas.survey.definition import SurveyDefinition
from schemas.survey.safe_xml import local_name

_TEMPLATE = "{http://openrosa.org/javarosa}template"


def first_instances(definition: SurveyDefinition) -> dict[str, int]:
    """By repeat, how many instances a new row around it, or the blank form, starts with. Empty where a form starts with
    none, as is one that cannot be parsed."""
    if not definition.xform:
        return {}
    try:
        html = safe_xml.parse(definition.xform.encode())
    except safe_xml.BadXml:
        return {}
    instance = next(html.iter("{*}instance"), None)
    if instance is None or not len(instance):
        return {}
    found: dict[str, int] = {}
    _count(instance[0], "", {group.path for group in definition.groups if group.repeat}, found)
    return found


def _count(element: etree._Element, path: str, repeats: set[str], found: dict[str, int]) -> None:
    """A repeat stands there as a template, as an instance, or as both; what is in it is read of the first."""
    seen: set[str] = set()
    for child in element:
        name = local_name(child)
        below = f"{path}/{name}" if path else name
        if below in repeats and child.get(_TEMPLATE) is None:
            found[below] = found.get(below, 0) + 1
        if below not in seen:
            seen.add(below)
            _count(child, below, repeats, found)
