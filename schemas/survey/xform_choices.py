"""Choices of an XForm: items written in the control, and itemsets over secondary instances."""

import re
from dataclasses import dataclass

from lxml import etree

from schemas.survey.definition import Choice, Itemset
from schemas.survey.finding import Finding, Subject, error
from schemas.survey.xform_text import XF, Texts, itext_id, label_of

_INSTANCE = re.compile(r"instance\(\s*(['\"])(?P<id>.*?)\1\s*\)(?P<steps>(?:/[\w.:-]+)*)(?P<rest>.*)", re.DOTALL)
_RANDOMIZE = re.compile(r"randomize\s*\((?P<nodeset>.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Offered:
    """What a choice control offers. `list` names a choice list of the form; `itemset` says where else the choices are
    looked up; `external` says that the app finds them by itself, so that nobody can say whether a code is one."""

    list: str | None
    filtered: bool = False
    external: bool = False
    itemset: Itemset | None = None


class ChoiceLists:
    """Collects the choice lists of a form while its controls are read."""

    def __init__(self, model: etree._Element, texts: Texts) -> None:
        self._texts = texts
        self._instances = {
            instance.get("id", ""): instance for instance in model.iterfind(f"{XF}instance") if instance.get("id")
        }
        self.lists: dict[str, list[Choice]] = {}
        self.findings: list[Finding] = []

    def offered(self, control: etree._Element, path: str) -> Offered:
        """The choices of a select, select1, rank, or of an input with a query. `path` names a list written inline."""
        if control.get("query") is not None or "search(" in control.get("appearance", ""):
            return Offered(None, external=True)
        itemset = control.find(f"{XF}itemset")
        if itemset is not None:
            return self._itemset(itemset, path)
        items = [self._inline(item) for item in control.iterfind(f".//{XF}item")]
        self.lists[path] = items
        return Offered(path)

    def _itemset(self, itemset: etree._Element, path: str) -> Offered:
        nodeset = itemset.get("nodeset", "").strip()
        shuffled = _RANDOMIZE.match(nodeset)
        if shuffled:
            nodeset = shuffled.group("nodeset").strip()
        value = _attribute(itemset, "value", "name")
        label = _attribute(itemset, "label", "label")
        # The order says nothing about what is a choice, so randomize() is left out.
        looked_up = Itemset(nodeset=_without_seed(nodeset) if shuffled else nodeset, value=value, label=label)
        found = _INSTANCE.match(nodeset)
        if found is None:
            return Offered(None, filtered="[" in nodeset, itemset=looked_up)  # choices from a repeat
        instance = self._instances.get(found.group("id"))
        if instance is None:
            self.findings.append(
                error(
                    "SUR-029",
                    f"its choices come from the list {found['id']!r}, which the form does not have. Add the list.",
                    Subject("survey", path, "type"),
                )
            )
            return Offered(None, external=True)
        if instance.get("src"):
            # A file that comes with the form.
            return Offered(None, filtered="[" in found.group("rest"), itemset=looked_up)
        key = found.group("id") if value == "name" else f"{found.group('id')}.{value}"
        steps = [step for step in found.group("steps").split("/") if step]
        if key not in self.lists:
            self.lists[key] = self._items(instance, steps, value, label)
        # With randomize() a seed follows the nodeset after a comma; a filter stands in brackets.
        return Offered(key, filtered="[" in found.group("rest"), itemset=looked_up)

    def _items(self, instance: etree._Element, steps: list[str], value: str, label: str) -> list[Choice]:
        nodes = [instance]
        for step in steps:
            nodes = [child for node in nodes for child in node if _local(child) == step]
        choices: dict[str, Choice] = {}
        for node in nodes:
            texts = {_local(child): (child.text or "").strip() for child in node}
            name = texts.get(value, "")
            if name and name not in choices:
                choices[name] = Choice(name=name, labels=self._labels(texts, label))
        return list(choices.values())

    def _labels(self, texts: dict[str, str], label: str) -> dict[str, str]:
        translated = itext_id(label)
        if translated is not None:
            # jr:itext(itextId): the child holds the id
            return dict(self._texts.by_id.get(texts.get(translated, ""), {}))
        text = texts.get(label, "")
        return {"": text} if text else {}

    def _inline(self, item: etree._Element) -> Choice:
        value = item.find(f"{XF}value")
        name = (value.text or "").strip() if value is not None else ""
        return Choice(name=name, labels=label_of(item, self._texts))


def _without_seed(nodeset: str) -> str:
    """The first argument of randomize(): up to the comma that stands outside of brackets and quotes."""
    depth, quote = 0, ""
    for place, char in enumerate(nodeset):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            return nodeset[:place].strip()
    return nodeset


def _attribute(itemset: etree._Element, child: str, otherwise: str) -> str:
    element = itemset.find(f"{XF}{child}")
    return element.get("ref", otherwise).strip() if element is not None else otherwise


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
