"""A survey version compiled for judging: the tree of its groups and fields with their rules as closures.

An expression that this release does not support is not enforced: `Rule` is None then, and what depends on it is taken
as unknown. The same holds for a rule about the present (`today()`, `now()`) in a submission that does not say when it
was made: received late, it must not be refused for that.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from schemas.expressions import Expression, ExpressionError, compile_expression
from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition
from services.validate.instance import CLIENT, root_name
from services.validate.lexical import CHECKS, Check

_PRESENT = re.compile(r"\b(?:today|now)\s*\(")
_UNSTABLE = re.compile(r"\b(?:today|now|random|randomize|uuid|once|pulldata|property)\s*\(|\bjr:")
"""What gives another result each time, or one that only the phone knows: not compared with what was sent."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PLACELESS = re.compile(r"(?:\s|/[\w/-]+|[=!<>]|\b(?:and|or)\b|\b[0-9]+\b)*", re.ASCII)
"""Absolute paths, comparisons, `and` and `or`: such a condition means the same wherever in a row it stands."""
_CONSTANTS = {"true()": True, "false()": False}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A condition or a calculation. `constant` is its truth where no evaluation is needed; `compiled` is None for an
    expression that is not supported; `present` marks a rule about the present. `shared`: fields with the same
    condition have the same rule, whose truth is then kept for the row."""

    compiled: Expression | None
    constant: bool | None = None
    present: bool = False
    shared: bool = False


@dataclass(slots=True, eq=False)
class GroupPlan:
    """A group, a repeat, or the root (path ""). `home` is the path of the innermost repeat that it is in ("" if none);
    a repeat's own instances are at home in it. `fields` and `groups` are its direct children."""

    path: str
    parent: "GroupPlan | None"
    repeat: bool
    home: str
    relevant: Rule | None
    fields: list["FieldPlan"] = field(default_factory=list)
    groups: list["GroupPlan"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class FieldPlan:
    path: str
    parent: GroupPlan
    home: str
    relevant: Rule | None
    required: Rule | None
    constraint: Rule | None
    calculate: Rule | None
    check: Check | None
    choices: frozenset[str] | None
    many: bool
    message: str | None


@dataclass(slots=True)
class Plan:
    """`nodes` has every group and field by its absolute path, as expressions write it; `made_at` the fields that say
    when a submission was made, best first."""

    root: GroupPlan
    nodes: dict[str, GroupPlan | FieldPlan]
    made_at: list[str]
    unsupported: list[str]


def plan_of(definition: SurveyDefinition) -> Plan:
    return _Planner(definition).plan


class _Planner:
    def __init__(self, definition: SurveyDefinition) -> None:
        self._prefix = prefix = f"/{root_name(definition)}/"
        self._types = {prefix + question.path: question.type.value for question in definition.fields}
        self._repeats = frozenset(prefix + group.path for group in definition.groups if group.repeat)
        self._shared: dict[str, Rule] = {}
        root = GroupPlan("", None, False, "", None)
        self.plan = Plan(root, {prefix[:-1]: root}, _made_at(definition, prefix), [])
        for group in sorted(definition.groups, key=lambda group: group.path.count("/")):
            self._group(group.path, group.repeat, group.relevant)
        for question in definition.fields:
            if question.path.partition("/")[0] not in CLIENT:
                self._field(question, definition)

    def _group(self, path: str, repeat: bool, relevant: str | None) -> GroupPlan:
        parent = self._parent(path)
        group = GroupPlan(path, parent, repeat, path if repeat else parent.home, self._rule(relevant, path))
        parent.groups.append(group)
        self._name(path, group)
        return group

    def _field(self, question: FieldDefinition, definition: SurveyDefinition) -> None:
        parent = self._parent(question.path)
        asked = question.asked and question.calculate is None
        known = asked and question.is_choice and not question.external and question.choices in definition.choice_lists
        choices = definition.choice_lists[question.choices] if known and question.choices is not None else None
        plan = FieldPlan(
            question.path,
            parent,
            parent.home,
            self._rule(question.relevant, question.path),
            self._rule(question.required, question.path) if question.asked else None,
            self._rule(question.constraint, question.path) if question.asked else None,
            self._calculate(question),
            CHECKS.get(question.type) if asked else None,
            None if choices is None else frozenset(choice.name for choice in choices),
            question.type is not FieldType.SELECT_ONE,
            question.message,
        )
        parent.fields.append(plan)
        self._name(question.path, plan)

    def _parent(self, path: str) -> GroupPlan:
        above = path.rpartition("/")[0]
        found = self.plan.nodes.get((self._prefix + above).rstrip("/"))
        return found if isinstance(found, GroupPlan) else self._group(above, False, None)

    def _name(self, path: str, node: GroupPlan | FieldPlan) -> None:
        self.plan.nodes[self._prefix + path] = node

    def _rule(self, text: str | None, path: str) -> Rule | None:
        bare = (text or "").strip()
        if not bare:
            return None
        if bare in _CONSTANTS:
            return Rule(None, constant=_CONSTANTS[bare])
        without_texts = _QUOTED.sub("", bare)
        if _PLACELESS.fullmatch(without_texts):
            if bare not in self._shared:
                self._shared[bare] = Rule(self._compile(bare, path), shared=True)
            return self._shared[bare]
        return Rule(self._compile(bare, path), present=_PRESENT.search(without_texts) is not None)

    def _calculate(self, question: FieldDefinition) -> Rule | None:
        text = question.calculate
        if text is None or _UNSTABLE.search(_QUOTED.sub("", text)):
            return None
        compiled = self._compile(text, question.path)
        return None if compiled is None else Rule(compiled)

    def _compile(self, text: str, path: str) -> Expression | None:
        try:
            return compile_expression(text, self._prefix + path, self._types, self._repeats)
        except ExpressionError:
            self.plan.unsupported.append(path)
            return None


_MADE: dict[tuple[str | None, str | None], str] = {("timestamp", "end"): "end", ("date", "today"): "today"}


def _made_at(definition: SurveyDefinition, prefix: str) -> list[str]:
    """Paths of the questions that the phone fills with the time: `end`, else `today`, whatever the form calls them."""
    found: dict[str, str] = {}
    for bind in re.findall(r"<bind\b[^>]*>", definition.xform):
        attributes: dict[str, Any] = dict(re.findall(r"([\w:]+)=\"([^\"]*)\"", bind))
        kind = (attributes.get("jr:preload"), attributes.get("jr:preloadParams"))
        name = _MADE.get(kind)
        if name is not None:
            found[name] = attributes.get("nodeset", "").removeprefix(prefix)
    paths = {question.path for question in definition.fields}
    return [path for path in (found.get("end", "end"), found.get("today", "today")) if path in paths]
