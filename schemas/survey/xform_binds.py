"""The binds of an XForm: type, logic, and Rihla's attributes of each node."""

import hashlib
from dataclasses import dataclass, field

from lxml import etree

from schemas.survey.finding import Finding, warning
from schemas.survey.xform_text import XF, itext_id

JR = "{http://openrosa.org/javarosa}"


@dataclass(frozen=True)
class Bind:
    """One bind. Expressions are as written; `message` is an itext id or, for plain text, `sha256:` and 16 digits."""

    type: str = ""
    required: str | None = None
    relevant: str | None = None
    constraint: str | None = None
    calculate: str | None = None
    readonly: bool = False
    preload: str | None = None
    message: str | None = None
    privacy: str | None = None
    concept: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Binds:
    by_path: dict[str, Bind] = field(default_factory=dict)
    paths_by_id: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of(self, path: str) -> Bind:
        return self.by_path.get(path, NO_BIND)


NO_BIND = Bind()


def read_binds(model: etree._Element, root: str, rihla: str | None) -> Binds:
    """All binds of the model by path below the root. `rihla` is the namespace of Rihla's attributes, if declared."""
    binds = Binds()
    for element in model.iterfind(f"{XF}bind"):
        path = below_root(element.get("nodeset", ""), root, "")
        if path is None:
            binds.findings.append(
                warning(
                    "SUR-020",
                    f"a bind on {element.get('nodeset')!r} is outside of the form and does nothing. Mend or remove it.",
                    place="model",
                )
            )
            continue
        if element.get("id"):
            binds.paths_by_id[element.get("id", "")] = path
        if path not in binds.by_path:
            binds.by_path[path] = _bind(element, f"{{{rihla}}}" if rihla else None)
    return binds


def below_root(reference: str, root: str, context: str) -> str | None:
    """A path of the form without its root: "/data/profile/sex" is "profile/sex", "/data" is "". A relative one belongs
    to `context`, itself a path below the root. None if it leaves the form."""
    steps = [step.strip().rpartition(":")[2] for step in reference.strip().split("/")]
    if steps[0] == "" and len(steps) > 1:
        return "/".join(steps[2:]) if steps[1] == root else None
    path = context.split("/") if context else []
    for step in steps:
        if step == "..":
            if not path:
                return None
            path.pop()
        elif step not in ("", ".", "current()"):
            path.append(step)
    return "/".join(path)


def _bind(element: etree._Element, rihla: str | None) -> Bind:
    def expression(name: str) -> str | None:
        return element.get(name, "").strip() or None

    def own(name: str) -> str | None:
        return (element.get(f"{rihla}{name}", "").strip() or None) if rihla else None

    required = expression("required")
    return Bind(
        type=element.get("type", "").strip().rpartition(":")[2],
        required=None if required == "false()" else required,
        relevant=expression("relevant"),
        constraint=expression("constraint"),
        calculate=expression("calculate"),
        readonly=element.get("readonly", "").strip() == "true()",
        preload=_preload(element),
        message=_message(element.get(f"{JR}constraintMsg")),
        privacy=own("privacy"),
        concept=own("concept"),
        role=own("role"),
    )


def _preload(element: etree._Element) -> str | None:
    """What the phone fills in: `timestamp:end`, or `uid` where it takes no parameter."""
    kind, what = element.get(f"{JR}preload", "").strip(), element.get(f"{JR}preloadParams", "").strip()
    return (f"{kind}:{what}" if what else kind) or None


def _message(text: str | None) -> str | None:
    if not text:
        return None
    return itext_id(text) or "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]
