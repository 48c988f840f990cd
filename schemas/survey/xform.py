"""XForm XML to the parts of a survey definition: groups, fields, choice lists. Reads what pyxform writes, and XForms
written by hand within the ODK specification."""

from dataclasses import dataclass, field

from lxml import etree

from schemas.survey.definition import Choice, FieldDefinition, FieldType, GroupDefinition, Role
from schemas.survey.finding import Finding, SurveyError, error
from schemas.survey.privacy import DROP, read_privacy
from schemas.survey.xform_binds import Bind, Binds, read_binds
from schemas.survey.xform_body import CHOICE_TYPES, MAX_DEPTH, Body, read_body
from schemas.survey.xform_choices import ChoiceLists
from schemas.survey.xform_text import XF, read_texts
from schemas.survey.xlsform import DECLARE_NAMESPACE

XH = "{http://www.w3.org/1999/xhtml}"
META = "meta"

_BIND_TYPES = {kind.value: kind for kind in FieldType} | {
    "integer": FieldType.INT,
    "long": FieldType.INT,
    "double": FieldType.DECIMAL,
    "float": FieldType.DECIMAL,
    "datetime": FieldType.DATETIME,
}
_LISTED = {"", "string", "select", "select1", "rank", "odk:rank"}
"""Types of a bind with which JavaRosa compares a choice with its list; with any other it does not."""


@dataclass(frozen=True)
class Form:
    """A form as read from its XML. Paths are relative to the root element, whose name is `root`. `unclassified` are
    the fields whose bind says nothing about privacy."""

    survey: str
    version: str
    title: str
    root: str
    languages: list[str]
    groups: list[GroupDefinition] = field(default_factory=list)
    fields: dict[str, FieldDefinition] = field(default_factory=dict)
    unclassified: set[str] = field(default_factory=set)
    choice_lists: dict[str, list[Choice]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_xform(xml: str) -> Form:
    """Parses an XForm. Raises SurveyError if it is none; smaller things become findings."""
    html = _parse(xml)
    model = html.find(f"{XH}head/{XF}model")
    body_element = html.find(f"{XH}body")
    instance = model.find(f"{XF}instance") if model is not None else None
    if model is None or body_element is None or instance is None or not len(instance):
        raise SurveyError("SUR-010", "This is not an XForm: it needs h:head with a model and an instance, and h:body.")
    top = instance[0]
    root = etree.QName(top).localname
    texts = read_texts(model)
    choices = ChoiceLists(model, texts)
    binds = read_binds(model, root, html.nsmap.get("rihla"))
    body = read_body(body_element, root, binds, texts, choices)
    form = Form(
        survey=top.get("id") or etree.QName(top).namespace or "",
        version=top.get("version") or "",
        title=(html.findtext(f"{XH}head/{XH}title") or "").strip(),
        root=root,
        languages=texts.languages,
        choice_lists=choices.lists,
        findings=[*binds.findings, *body.findings],
    )
    _Walk(form, binds, body).node(top, "", 0)
    return form


def _parse(xml: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        html = etree.fromstring(xml.encode(), parser)
    except etree.XMLSyntaxError as fault:
        if "prefix rihla" in str(fault):
            raise SurveyError("SUR-006", DECLARE_NAMESPACE) from fault
        raise SurveyError("SUR-011", f"The XForm is not well-formed XML: {fault.msg}") from fault
    if html.getroottree().docinfo.internalDTD is not None:
        raise SurveyError("SUR-012", "An XForm has no document type declaration. Remove the <!DOCTYPE ...>.")
    if html.find(f"{XH}head/model") is not None:
        # JavaRosa reads forms that forgot xmlns="http://www.w3.org/2002/xforms" all the same.
        for element in html.iter("{}*"):
            element.tag = f"{XF}{element.tag}"
    return html


@dataclass(frozen=True)
class _Walk:
    """Goes through the primary instance: what it holds is the form, in its order."""

    form: Form
    binds: Binds
    body: Body
    seen: set[str] = field(default_factory=set)

    def node(self, element: etree._Element, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise SurveyError("SUR-021", f"The instance is nested more than {MAX_DEPTH} deep.")
        bind = self.binds.of(path)
        if len(element) or path in self.body.groups or not path:
            repeat = path in self.body.repeats
            # The root is a group only where the form makes all of it relevant or not.
            if path not in self.seen and (path or bind.relevant):
                self.form.groups.append(GroupDefinition(path=path, repeat=repeat, relevant=bind.relevant))
        elif path not in self.seen:
            self.form.fields[path] = self._field(path, bind)
        self.seen.add(path)
        for child in element:
            name = etree.QName(child).localname
            if path or name != META:
                # A repeat stands here twice: as jr:template and as its first instance. Both declare the same paths.
                self.node(child, f"{path}/{name}" if path else name, depth + 1)

    def _field(self, path: str, bind: Bind) -> FieldDefinition:
        control = self.body.controls.get(path)
        offered = control.offered if control is not None else None
        kind = _BIND_TYPES.get(bind.type, FieldType.STRING)
        if control is not None and offered is not None:
            kind = CHOICE_TYPES.get(control.tag, FieldType.SELECT_ONE)
        elif kind in CHOICE_TYPES.values():
            kind = FieldType.STRING  # a choice type without a list
        privacy = DROP
        if bind.privacy is None:
            self.form.unclassified.add(path)
        else:
            read = read_privacy(bind.privacy)
            if isinstance(read, str):
                self.form.findings.append(error("SUR-030", f"{path}: {read}"))
            else:
                privacy = read
        role = None
        if bind.role is not None:
            try:
                role = Role(bind.role)
            except ValueError:
                known = ", ".join(role.value for role in Role)
                self.form.findings.append(error("SUR-031", f"{path}: role {bind.role!r} is not one of {known}."))
        return FieldDefinition(
            path=path,
            type=kind,
            labels=control.labels if control is not None else {},
            asked=control is not None,
            choices=offered.list if offered is not None else None,
            choices_filtered=offered.filtered if offered is not None else False,
            external=offered is not None and (offered.external or bind.type not in _LISTED),
            required=bind.required,
            relevant=bind.relevant,
            constraint=bind.constraint,
            calculate=bind.calculate,
            message=bind.message,
            privacy=privacy,
            concept=bind.concept,
            role=role,
        )
