"""Actions of an XForm that run whenever a submission is opened. The others have run on the phone, and what they wrote
was sent: `odk-instance-first-load`, `odk-new-repeat` and `xforms-value-changed` do not run again (16)."""

from lxml import etree

from schemas.survey.definition import SetValue
from schemas.survey.finding import Finding, warning
from schemas.survey.xform_binds import Binds, below_root
from schemas.survey.xform_text import XF

ON_LOAD = "odk-instance-load"


def read_actions(html: etree._Element, root: str, binds: Binds) -> tuple[list[SetValue], list[Finding]]:
    """The setvalue actions for odk-instance-load, wherever they stand in the form, in its order."""
    actions, findings = [], []
    for element in html.iter(f"{XF}setvalue"):
        if ON_LOAD not in element.get("event", "").split():
            continue
        bind = element.get("bind")
        path = binds.paths_by_id.get(bind) if bind is not None else below_root(element.get("ref", ""), root, "")
        if not path:
            place = bind if bind is not None else element.get("ref")
            findings.append(
                warning(
                    "SUR-028",
                    f"it is for {place!r}, which is not in the form, and does nothing. Mend its ref or remove it.",
                    place="setvalue",
                )
            )
            continue
        actions.append(SetValue(path=path, value=_value(element)))
    return actions, findings


def _value(element: etree._Element) -> str:
    """Its expression. Text between the tags is a literal: no quote of one kind can stand in it together with the
    other, for XPath cannot write such a text."""
    value = element.get("value")
    if value is not None:
        return value.strip() or "''"
    text = (element.text or "").strip()
    return f'"{text}"' if "'" in text else f"'{text}'"
