"""Findings about how the rules of a form hang together: circles, and counts of repeats."""

import re
from collections.abc import Iterator

from schemas.survey.definition import GroupDefinition, SurveyDefinition
from schemas.survey.finding import Finding, Subject, error, warning
from schemas.survey.form_expressions import FormExpressions
from schemas.survey.order import Cycle, order_of
from schemas.survey.xform_binds import below_root

_PATH = re.compile(r"[./\w:-]+")


def check_cycle(definition: SurveyDefinition, form: FormExpressions) -> Iterator[Finding]:
    """Collect's engine does not load a form whose rules run in a circle."""
    order = order_of(definition, form.of)
    if not isinstance(order, Cycle):
        return
    paths = order.paths
    if len(paths) == 1:
        said = "it depends on its own answer, so phones do not load the form. Only a constraint may read that."
    else:
        circle = " -> ".join((*paths, paths[0]))
        said = f"the rules run in a circle, so phones do not load the form: {circle}. Take one of them out."
    yield error("SUR-068", said, Subject("survey", paths[0], _rule_of(definition, form, paths[0], set(paths))))


def _rule_of(definition: SurveyDefinition, form: FormExpressions, path: str, circle: set[str]) -> str:
    """The rule of a node that reads one of the circle."""
    field = definition.field(path)
    for name in ("calculate", "relevant", "required"):
        text = getattr(field, name, None)
        if text and form.of(path, text).paths & circle:
            return name
    return "relevant"


def check_counts(definition: SurveyDefinition) -> Iterator[Finding]:
    """How many times a repeat is asked."""
    known = {field.path for field in definition.fields}
    for group in definition.groups:
        if group.count is not None:
            yield from _count(group, group.count, definition, known)


def _count(group: GroupDefinition, text: str, definition: SurveyDefinition, known: set[str]) -> Iterator[Finding]:
    at = Subject("survey", group.path, "count")
    path = below_root(text, definition.root, group.path) if _PATH.fullmatch(text) else None
    if path is None:
        yield error(
            "SUR-069", f"{text!r} is no path, so phones do not load the form. Name a calculate that holds it.", at
        )
        return
    field = definition.field(path)
    if field is None:
        if path not in known and not path.startswith("meta"):
            yield error(
                "SUR-087", f"it reads {path!r}, which is not in the form: there is never an instance. Mend it.", at
            )
        return
    if path.startswith(f"{group.path}/"):
        yield error(
            "SUR-088",
            f"it reads {path!r} in the repeat itself, so that each instance can ask for more, without end. Ask for the "
            "number before the repeat.",
            at,
        )
    elif re.search(rf"{re.escape(group.path)}(?![\w.-])", field.calculate or ""):
        yield warning(
            "SUR-089",
            f"it reads {path!r}, which is computed from this repeat: phones can go on making instances without end. "
            "Ask for the number before the repeat.",
            at,
        )
