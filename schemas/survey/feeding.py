"""Which nodes of a form feed its statistics: a field as a dimension, through an indicator or by its role; and through
these fields, whatever decides if they are asked and what they hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas.expressions import ExpressionError
from schemas.survey.definition import FieldDefinition, GroupDefinition, IndicatorKind, Role, SurveyDefinition
from schemas.survey.figure_definitions import CONVERSION_FIELDS
from schemas.survey.form_expressions import INDICATOR_EXPRESSIONS, FormExpressions

_SHOWN = 4
"""Names of one kind in a message."""
FIGURE_ROLES = (Role.WEIGHT, Role.STRATUM, Role.PSU, Role.PERIOD, Role.COUNTRY)
"""Roles without which the figures would be others."""


@dataclass(frozen=True)
class Uses:
    """What a field is to the statistics. `shares`: an indicator counts some of its codes against the others."""

    tables: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    shares: bool = False

    def __bool__(self) -> bool:
        return bool(self.tables or self.indicators or self.roles)

    def __str__(self) -> str:
        parts = (_named("table", self.tables), _named("indicator", self.indicators), _named("role", self.roles))
        return ", ".join(part for part in parts if part)


@dataclass
class _Collected:
    """Dictionaries as ordered sets."""

    tables: dict[str, None] = field(default_factory=dict)
    indicators: dict[str, None] = field(default_factory=dict)
    roles: dict[str, None] = field(default_factory=dict)
    shares: bool = False

    def frozen(self) -> Uses:
        return Uses(tuple(self.tables), tuple(self.indicators), tuple(self.roles), self.shares)

    def add(self, other: Uses) -> None:
        self.tables |= dict.fromkeys(other.tables)
        self.indicators |= dict.fromkeys(other.indicators)
        self.roles |= dict.fromkeys(other.roles)
        self.shares |= other.shares


def uses(definition: SurveyDefinition) -> dict[str, Uses]:
    """By path, each field or group that feeds a table, an indicator of a table, or has a role in the figures."""
    found: dict[str, _Collected] = {}
    for table in definition.tables:
        for path in table.dimensions:
            found.setdefault(path, _Collected()).tables[table.name] = None
    form = FormExpressions(definition)
    shown = {name for table in definition.tables for name in table.indicators}
    for indicator in definition.indicators:
        if indicator.name not in shown:
            continue
        for column in INDICATOR_EXPRESSIONS:
            text = getattr(indicator, column)
            for path in _reads(form, "", text):
                collected = found.setdefault(path, _Collected())
                collected.indicators[indicator.name] = None
                collected.shares |= indicator.kind is IndicatorKind.SHARE or column == "universe"
        for column in CONVERSION_FIELDS:
            if path := getattr(indicator, column):
                found.setdefault(path, _Collected()).indicators[indicator.name] = None
    for each in definition.fields:
        if each.role in FIGURE_ROLES and each.role is not None:
            found.setdefault(each.path, _Collected()).roles[each.role.value] = None
    nodes = {each.path for each in definition.fields} | {group.path for group in definition.groups}
    return {path: collected.frozen() for path, collected in found.items() if path in nodes}


def deciding(definition: SurveyDefinition, used: Mapping[str, Uses]) -> dict[str, Uses]:
    """By path ("" is the root), each field and group whose relevant, count or calculate decides what a field of
    `used` holds, these fields and consent included, with all the uses that it so has a hand in."""
    form = FormExpressions(definition)
    parts: list[GroupDefinition | FieldDefinition] = [*definition.groups, *definition.fields]
    nodes = {node.path: node for node in parts}
    reads: dict[str, tuple[str, ...]] = {}

    def next_to(path: str) -> Iterator[str]:
        yield from _above(path)
        if path in nodes and path not in reads:
            node = nodes[path]
            texts = (node.relevant, node.count if isinstance(node, GroupDefinition) else node.calculate)
            reads[path] = tuple(read for text in texts for read in _reads(form, path, text))
        yield from reads.get(path, ())

    found: dict[str, _Collected] = {}
    consent = definition.with_role(Role.CONSENT)
    counted = {consent.path: Uses(roles=(Role.CONSENT.value,))} if consent is not None else {}
    for path, use in (counted | dict(used)).items():
        waiting, seen = [path], {path}
        while waiting:
            node = waiting.pop()
            found.setdefault(node, _Collected()).add(use)
            more = [each for each in dict.fromkeys(next_to(node)) if each not in seen]
            seen.update(more)
            waiting.extend(more)
    return {path: collected.frozen() for path, collected in found.items()}


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path


def _reads(form: FormExpressions, path: str, text: str | None) -> Iterable[str]:
    """Nothing of an expression that cannot be compiled: publication refuses it, or it is not enforced."""
    if not text:
        return ()
    try:
        return form.reads(form.of(path, text))
    except ExpressionError:
        return ()


def _named(what: str, names: tuple[str, ...]) -> str:
    if not names:
        return ""
    more = len(names) - _SHOWN
    many = "s" if len(names) > 1 else ""
    return f"{what}{many} {', '.join(names[:_SHOWN])}" + (f" and {more} more" if more > 0 else "")
