"""All expressions of a survey version, compiled: relevances, `required` and calculates in the order in which they are
evaluated, constraints, choices that are looked up, and actions.

What does not compile or stands in a circle is left out: no phone loads such a form.
"""

from schemas.expressions import Expression, ExpressionError, compile_expression
from schemas.survey.definition import SurveyDefinition
from schemas.survey.order import CONSTANTS, Cycle, Rule, RuleKind, order_of, shape_of
from services.validate.doubt import Key
from services.validate.homes import Homes
from services.validate.instance import CLIENT
from services.validate.itemset import ItemsetChoices

CONSTRAINT, CHOICES = "constraint", "choices"


class Rules:
    """`ordered` come after what they read. `broken` are those that were left out. `counts` is the field that tells the
    number of instances, by repeat; `on_load` what is written whenever a submission is opened."""

    def __init__(self, definition: SurveyDefinition, homes: Homes) -> None:
        self._definition = definition
        self.shape = shape_of(definition)
        self.broken: set[Key] = set()
        self.ordered = self._ordered()
        self.constraints: dict[str, Expression] = {}
        for question in definition.fields:
            if question.asked and question.constraint and not _is_client(question.path):
                expression = self._compile(question.constraint, question.path, CONSTRAINT)
                if expression is not None:
                    self.constraints[question.path] = expression
        self.choices = self._itemsets(homes)
        self.counts = self._counts()
        self.on_load: list[tuple[str, Expression]] = []
        for action in definition.on_load:
            expression = self._compile(action.value, action.path, "action")
            if expression is not None and action.path in self.shape.types:
                self.on_load.append((action.path, expression))

    @property
    def deciding(self) -> list[tuple[Key, Expression]]:
        return [((rule.path, rule.kind.value), rule.expression) for rule in self.ordered]

    @property
    def others(self) -> list[tuple[Key, Expression]]:
        """Those that decide about nothing that a rule reads."""
        return [
            *(((path, CONSTRAINT), expression) for path, expression in self.constraints.items()),
            *(((path, CHOICES), choices.expression) for path, choices in self.choices.items()),
        ]

    def _ordered(self) -> list[Rule]:
        ordered = order_of(self._definition)
        order = ordered.rest if isinstance(ordered, Cycle) else ordered
        rules = [rule for rule in order.rules if not _is_client(rule.path)]
        kept = {(rule.path, rule.kind) for rule in rules}
        for path, kind, text in _texts(self._definition):
            if (path, kind) not in kept and constant(text) is None and not _is_client(path):
                self.broken.add((path, kind.value))
        return rules

    def _compile(self, text: str, path: str, kind: str) -> Expression | None:
        try:
            return compile_expression(text.strip(), path, self.shape)
        except ExpressionError:
            self.broken.add((path, kind))
            return None

    def _itemsets(self, homes: Homes) -> dict[str, ItemsetChoices]:
        found = {}
        for question in self._definition.fields:
            if question.itemset is None or question.external or not question.asked:
                continue
            listed = question.choices in self._definition.choice_lists and not question.choices_filtered
            if listed and question.calculate is None:
                continue  # compared while it is read
            own = frozenset(homes.of(question.path).order)
            try:
                found[question.path] = ItemsetChoices(question, self.shape, own)
            except ExpressionError:
                self.broken.add((question.path, CHOICES))
        return found

    def _counts(self) -> dict[str, str]:
        prefix = f"/{self.shape.root}/"
        found = {group.path: (group.count or "").strip().removeprefix(prefix) for group in self._definition.groups}
        return {path: count for path, count in found.items() if count in self.shape.types}


def _texts(definition: SurveyDefinition) -> list[tuple[str, RuleKind, str]]:
    groups = [(group.path, RuleKind.RELEVANT, group.relevant) for group in definition.groups]
    fields = [(field.path, kind, getattr(field, kind.value)) for field in definition.fields for kind in RuleKind]
    return [(path, kind, text.strip()) for path, kind, text in (*groups, *fields) if text and text.strip()]


def constant(text: str | None) -> bool | None:
    """What a relevance or `required` is given as, once and for all."""
    return CONSTANTS.get((text or "").strip())


def _is_client(path: str) -> bool:
    return path.partition("/")[0] in CLIENT
