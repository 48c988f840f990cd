"""The body of an XForm: which nodes are asked, with which control, label and choices, and which groups repeat."""

import re
from dataclasses import dataclass, field

from lxml import etree

from schemas.survey.definition import FieldType
from schemas.survey.finding import Finding, error, warning
from schemas.survey.xform_binds import JR, Binds, below_root
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
_PATH = re.compile(r"(current\(\))?[./\w:-]+")
_CONTROLS = {*CHOICE_TYPES, *(XF + name for name in ("input", "upload", "range", "trigger", "secret"))}


@dataclass(frozen=True)
class Control:
    """The first control of a node: its kind as tag and as plain name, its label, its choices."""

    tag: str
    name: str
    labels: dict[str, str]
    offered: Offered | None


@dataclass(frozen=True)
class Body:
    """By path below the root. `groups` are all nodes that a group or repeat of the body refers to."""

    controls: dict[str, Control] = field(default_factory=dict)
    repeats: set[str] = field(default_factory=set)
    counts: dict[str, str] = field(default_factory=dict)
    """jr:count of repeats: an absolute path where it is a path, else the expression as it stands."""
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
            deep = f"groups are nested more than {MAX_DEPTH} deep. Put less of them into each other."
            body.findings.append(error("SUR-021", deep, place="h:body"))
            return
        for node in parent:
            if node.tag not in _CONTROLS and node.tag not in (f"{XF}group", f"{XF}repeat"):
                continue
            path = place(node, context)
            if path is None:
                reference = node.get("ref") or node.get("bind")
                body.findings.append(
                    warning(
                        "SUR-022",
                        f"a control is for {reference!r}, which is not in the form. Mend its ref or remove it.",
                        place="h:body",
                    )
                )
            elif node.tag in _CONTROLS:
                offers = node.tag in CHOICE_TYPES or node.get("query") is not None
                offered = choices.offered(node, path) if offers else None
                name = etree.QName(node).localname
                body.controls.setdefault(path, Control(str(node.tag), name, label_of(node, texts), offered))
            else:
                if path and path != context:
                    body.groups.add(path)
                if node.tag == f"{XF}repeat":
                    body.groups.add(path)
                    body.repeats.add(path)
                    count = node.get(f"{JR}count", "").strip()
                    if count:
                        body.counts.setdefault(path, _count(count, root, context))
                walk(node, path, depth + 1)

    walk(element, "", 0)
    return body


def _count(text: str, root: str, context: str) -> str:
    """jr:count is a path, relative to the group around the repeat. Whatever else it is stays as it is."""
    if not _PATH.fullmatch(text):
        return text
    path = below_root(text, root, context)
    return text if path is None else f"/{root}/{path}"
