"""XForm XML to the parts of a survey definition: groups, fields, choice lists. Reads what pyxform writes, and XForms
written by hand within the ODK specification."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from schemas.survey import safe_xml
from schemas.survey.definition import Choice, FieldDefinition, FieldType, GroupDefinition, Role, SetValue
from schemas.survey.finding import Finding, Subject, SurveyError, error, warning
from schemas.survey.privacy import DROP, read_privacy
from schemas.survey.xform_actions import read_actions
from schemas.survey.xform_binds import Bind, Binds, read_binds
from schemas.survey.xform_body import CHOICE_TYPES, MAX_DEPTH, Body, read_body
from schemas.survey.xform_choices import ChoiceLists
from schemas.survey.xform_text import XF, read_texts
from schemas.survey.xlsform import DECLARE_NAMESPACE

XH = "{http://www.w3.org/1999/xhtml}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities"
META = "meta"

_BIND_TYPES = {kind.value: kind for kind in FieldType} | {
    "integer": FieldType.INT,
    "long": FieldType.DECIMAL,  # 64 bits: wider than an int
    "double": FieldType.DECIMAL,
    "float": FieldType.DECIMAL,
}
_LISTED = {"", "string", "select", "select1", "rank", "listItem", "listItems"}
"""Types of a bind with which JavaRosa compares a choice with its list; with any other it does not (41)."""
_NO_CHOICES = frozenset(FieldType) - {FieldType.STRING, FieldType.BARCODE, FieldType.BINARY, *CHOICE_TYPES.values()}
"""Types of a bind that decide how a choice question is read."""
_TEXT_TYPES = {"anyURI", "base64Binary", "hexBinary", "gYear", "gMonth", "gDay", "gYearMonth", "gMonthDay"}
"""Types that JavaRosa knows and reads as text (29)."""


@dataclass(frozen=True)
class Form:
    """A form as read from its XML. Paths are relative to the root element, whose name is `root`. `unclassified` are
    the fields whose bind says nothing about privacy."""

    survey: str
    version: str
    title: str
    root: str
    languages: list[str]
    default_language: str = ""
    form_key: str | None = None
    on_load: list[SetValue] = field(default_factory=list)
    groups: list[GroupDefinition] = field(default_factory=list)
    fields: dict[str, FieldDefinition] = field(default_factory=dict)
    unclassified: set[str] = field(default_factory=set)
    choice_lists: dict[str, list[Choice]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_xform(xml: str) -> Form:
    """Parses an XForm. Raises SurveyError if it is none; smaller things become findings."""
    html = _parse(xml)
    models = html.findall(f"{XH}head/{XF}model")
    model = next(iter(models), None)
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
    on_load, lost = read_actions(html, root, binds)
    submission = model.find(f"{XF}submission")
    form = Form(
        survey=top.get("id") or etree.QName(top).namespace or "",
        version=top.get("version") or "",
        title=(html.findtext(f"{XH}head/{XH}title") or "").strip(),
        root=root,
        languages=texts.languages,
        default_language=texts.default,
        form_key=_key(submission) if submission is not None else None,
        on_load=on_load,
        choice_lists=choices.lists,
        findings=[*binds.findings, *body.findings, *choices.findings, *lost, *_passed_over(models)],
    )
    walk = _Walk(form, binds, body)
    walk.node(top, "", 0)
    form.findings.extend(walk.unmatched())
    return form


def _key(submission: etree._Element) -> str | None:
    return "".join(submission.get("base64RsaPublicKey", "").split()) or None


def _passed_over(models: list[etree._Element]) -> list[Finding]:
    """What the form has and Rihla, like Collect's engine, does not read."""
    findings = []
    if len(models) > 1:
        several = "the form has several models, of which the first is read. Remove the others."
        findings.append(warning("SUR-025", several, place="h:head"))
    if any(element.tag.startswith(ENTITIES) for element in models[0].iter("{*}entity")):
        findings.append(
            warning(
                "SUR-024",
                "Rihla does not make or update entities: this sheet has no effect here. Answers count all the same.",
                place="entities",
            )
        )
    return findings


def _parse(xml: str) -> etree._Element:
    try:
        html = safe_xml.parse(xml.encode())
    except safe_xml.HasDoctype as fault:
        raise SurveyError("SUR-012", "An XForm has no document type declaration. Remove the <!DOCTYPE ...>.") from fault
    except safe_xml.BadXml as fault:
        if "prefix rihla" in str(fault):
            raise SurveyError("SUR-006", DECLARE_NAMESPACE) from fault
        raise SurveyError("SUR-011", f"The XForm is not well-formed XML: {fault}") from fault
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

    def unmatched(self) -> Iterator[Finding]:
        """Controls, groups and binds for nodes that the instance does not have. With such a control Collect's engine
        does not load the form."""
        for path in (*self.body.controls, *self.body.groups):
            if path not in self.seen and not path.startswith(META):
                yield error(
                    "SUR-023",
                    "the instance has no such node, so phones do not load the form. Add it, or remove the question.",
                    Subject("survey", path, "name"),
                )
        for path in self.binds.by_path:
            if path not in self.seen and not path.startswith(META) and "@" not in path:
                yield warning(
                    "SUR-020",
                    "a bind is for this node, which is not in the form, and does nothing. Mend or remove it.",
                    Subject("survey", path, "bind"),
                )

    def node(self, element: etree._Element, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise SurveyError("SUR-021", f"The instance is nested more than {MAX_DEPTH} deep.")
        bind = self.binds.of(path)
        # A node without nodes below it holds a value, also where the body names it in a group (measured).
        if len(element) or path in self.body.repeats or not path:
            repeat = path in self.body.repeats
            # The root is a group only where the form makes all of it relevant or not.
            if path not in self.seen and (path or bind.relevant):
                self.form.groups.append(
                    GroupDefinition(path=path, repeat=repeat, relevant=bind.relevant, count=self.body.counts.get(path))
                )
        elif path not in self.seen:
            self.form.fields[path] = self._field(path, bind, (element.text or "").strip())
        self.seen.add(path)
        here = set()
        for child in element:
            name = etree.QName(child).localname
            below = f"{path}/{name}" if path else name
            if name in here and below not in self.body.repeats:
                self._twice(below)
            here.add(name)
            if path or name != META:
                # A repeat stands here twice: as jr:template and as its first instance. Both declare the same paths.
                self.node(child, below, depth + 1)

    def _twice(self, path: str) -> None:
        self.form.findings.append(
            warning(
                "SUR-026",
                "the form's instance holds this node twice, and it is no repeat: phones cannot open what they saved of "
                "it. Remove one.",
                Subject("survey", path, "name"),
            )
        )

    def _field(self, path: str, bind: Bind, default: str) -> FieldDefinition:
        control = self.body.controls.get(path)
        offered = control.offered if control is not None else None
        kind = _BIND_TYPES.get(bind.type, FieldType.STRING)
        if bind.type not in _BIND_TYPES and bind.type not in _LISTED | _TEXT_TYPES:
            self.form.findings.append(
                warning(
                    "SUR-027",
                    f"the type {bind.type!r} is not known and read as text, as Collect does. If so, write string.",
                    Subject("survey", path, "type"),
                )
            )
        if offered is not None and control is not None and kind in _NO_CHOICES:
            # Its answer is read by the type of the bind and never compared with the list (41).
            offered = None
        elif control is not None and offered is not None:
            kind = CHOICE_TYPES.get(control.tag, FieldType.SELECT_ONE)
        elif kind in CHOICE_TYPES.values():
            kind = FieldType.STRING  # a choice type without a list
        privacy = DROP
        if bind.privacy is None:
            self.form.unclassified.add(path)
        else:
            read = read_privacy(bind.privacy)
            if isinstance(read, str):
                self.form.findings.append(error("SUR-030", read, Subject("survey", path, "privacy")))
            else:
                privacy = read
        role = None
        if bind.role is not None:
            try:
                role = Role(bind.role)
            except ValueError:
                known = ", ".join(role.value for role in Role)
                self.form.findings.append(
                    error(
                        "SUR-031",
                        f"the role {bind.role!r} is not known. Write one of {known}.",
                        Subject("survey", path, "role"),
                    )
                )
        return FieldDefinition(
            path=path,
            type=kind,
            labels=control.labels if control is not None else {},
            asked=control is not None,
            control=control.name if control is not None else "",
            readonly=bind.readonly,
            default=default,
            preload=bind.preload,
            choices=offered.list if offered is not None else None,
            itemset=offered.itemset if offered is not None else None,
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
