"""The body of an XForm: which nodes are asked, with which control, label and choices, and which groups repeat."""

from dataclasses import dataclass, field

from lxml import etree

from schemas.survey.definition import FieldType
from schemas.survey.finding import Finding, error, warning
from schemas.survey.xform_binds import Binds, below_root
from schemas.survey.xform_choices import ChoiceLists, Offered
from schemas.survey.xform_text import XF, Texts, label_of

ODK = "{http://www.opendatakit.org/xforms}"

MAX_DEPTH = 64
"""Of groups in groups. Real forms stay below 10."""

CHOICE_TYPES = {
    f"{XF}select1": FieldType.SELECT_ONE,
    f"{XF}select": FieldType.SELECT_MULTIPLE,
    f"{ODK}rank": FieldType.RANK,
}
_CONTROLS = {*CHOICE_TYPES, *(XF + name for name in ("input", "upload", "range", "trigger", "secret"))}


@dataclass(frozen=True)
class Control:
    """The first control of a node: its kind as tag, its label, its choices."""

    tag: str
    labels: dict[str, str]
    offered: Offered | None


@dataclass(frozen=True)
class Body:
    """By path below the root. `groups` are all nodes that a group or repeat of the body refers to."""

    controls: dict[str, Control] = field(default_factory=dict)
    repeats: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def read_body(element: etree._Element, root: str, binds: Binds, texts: Texts, choices: ChoiceLists) -> Body:
    body = Body()

    def place(node: etree._Element, context: str) -> str | None:
        """Path that a control or group refers to; its context's where it refers to nothing."""
        bind = node.get("bind")
        if bind is not None:
            return binds.paths_by_id.get(bind)
        return below_root(node.get("ref") or node.get("nodeset") or ".", root, context)

    def walk(parent: etree._Element, context: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            body.findings.append(error("SUR-021", f"Groups are nested more than {MAX_DEPTH} deep."))
            return
        for node in parent:
            if node.tag not in _CONTROLS and node.tag not in (f"{XF}group", f"{XF}repeat"):
                continue
            path = place(node, context)
            if path is None:
                reference = node.get("ref") or node.get("bind")
                body.findings.append(warning("SUR-022", f"A control is for {reference!r}, which is not in the form."))
            elif node.tag in _CONTROLS:
                offers = node.tag in CHOICE_TYPES or node.get("query") is not None
                offered = choices.offered(node, path) if offers else None
                body.controls.setdefault(path, Control(str(node.tag), label_of(node, texts), offered))
            else:
                if path and path != context:
                    body.groups.add(path)
                if node.tag == f"{XF}repeat":
                    body.groups.add(path)
                    body.repeats.add(path)
                walk(node, path, depth + 1)

    walk(element, "", 0)
    return body
