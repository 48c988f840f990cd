"""A question as the filler sees it: what may be answered, and what that depends on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from cli.filling.bounds import Bounds, Probe, bounds
from cli.filling.hints import Hints, Measure, hints_of
from schemas.expressions import (
    Choices,
    EvaluationError,
    Expression,
    ExpressionError,
    Shape,
    as_bool,
    compile_choices,
    compile_expression,
)
from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition
from schemas.survey.order import CONSTANTS
from services.validate.homes import Home
from services.validate.row import Row


@dataclass(eq=False)
class Question:
    """`codes` is the list where it is always the same. `reads` are the paths on which it depends whether an answer
    fits, `wanted_by` those on which it depends whether there must be one."""

    field: FieldDefinition
    home: Home
    hints: Hints
    constraint: Expression | None
    required: Expression | bool
    relevant: frozenset[str]
    choices: Choices | None
    codes: tuple[str, ...]
    counts: bool = False
    scale: tuple[float, float, float] | None = None
    looked_up: tuple[str, ...] = ()
    """Texts of the lists in which the constraint looks the answer up."""
    path: str = ""

    def __post_init__(self) -> None:
        self.path = self.field.path
        self._bounds: dict[Measure, Bounds] = {}

    @property
    def label(self) -> str:
        return next(iter(self.field.labels.values()), "") or self.path

    @property
    def is_guarded(self) -> bool:
        """Whether a phone has a constraint that cannot be evaluated here, as a pattern that looks ahead."""
        return self.constraint is None and bool((self.field.constraint or "").strip())

    @property
    def reads(self) -> frozenset[str]:
        of_choices = self.choices.nodeset.paths if self.choices is not None else frozenset[str]()
        of_constraint = self.constraint.paths if self.constraint is not None else frozenset[str]()
        return (of_choices | of_constraint) - {self.path}

    @property
    def wanted_by(self) -> frozenset[str]:
        of_required = self.required.paths if isinstance(self.required, Expression) else frozenset[str]()
        return of_required | self.relevant

    def bounds(self, measure: Measure, probe: Probe, row: Row, step: float) -> Bounds:
        """As `cli.filling.bounds.bounds`; remembered where the constraint reads nothing but the answer."""
        found = self._bounds.get(measure)
        if found is None:
            found = bounds(self.hints.comparisons, measure, probe, row, self.path, step)
            constraint = self.constraint
            if constraint is None or (constraint.paths <= {self.path} and not constraint.present):
                self._bounds[measure] = found
        return found

    def is_required(self, row: Row) -> bool:
        if isinstance(self.required, bool):
            return self.required
        try:
            return as_bool(self.required(row))
        except (EvaluationError, ExpressionError):
            return False

    def offered(self, row: Row) -> Sequence[str]:
        """The codes that can be chosen in this row, in an order that is always the same."""
        if self.codes or self.choices is None:
            return self.codes
        try:
            found = tuple(sorted(code for code in self.choices.values(row) if code))
        except (EvaluationError, ExpressionError):
            return ()
        nodeset = self.choices.nodeset
        if not nodeset.paths and not nodeset.unstable and not nodeset.present:
            self.codes = found
        return found

    def offers(self, row: Row, text: str) -> bool:
        """Whether an answer is among the choices of this row. It is where the list is always the same."""
        if self.choices is None or self.codes:
            return True
        offered = self.offered(row)
        return text in offered or (self.field.type is not FieldType.SELECT_ONE and set(offered) >= set(text.split(" ")))

    def keeps(self, row: Row) -> bool:
        """Whether the answer that the row holds is within the constraint, here and on a phone."""
        constraint = self.constraint
        if constraint is None:
            return True
        try:
            if not as_bool(constraint.run(row)):
                return False
            return constraint.phone is None or as_bool(constraint.phone(row))
        except (EvaluationError, ExpressionError):
            return False


def question(
    field: FieldDefinition,
    home: Home,
    definition: SurveyDefinition,
    shape: Shape,
    relevant: Collection[str],
    counts: bool,
    scale: tuple[float, float, float] | None,
) -> Question:
    """`relevant` are the relevances of the question and of all around it; `counts` says that it is a number of rows."""
    constant = CONSTANTS.get((field.required or "").strip())
    required = constant if constant is not None else _compiled(compile_expression, field.required, field.path, shape)
    reads = [_compiled(compile_expression, text, field.path, shape) for text in relevant]
    listed = definition.choice_lists.get(field.choices or "", [])
    fixed = bool(listed) and not field.choices_filtered
    choices = None
    if field.itemset is not None and not fixed and not field.external:
        try:
            choices = compile_choices(
                field.itemset.nodeset, field.itemset.value, field.itemset.value, field.path, shape
            )
        except ExpressionError:
            choices = None
    return Question(
        field=field,
        home=home,
        hints=hints_of(field.constraint, field.path, shape) if field.constraint else Hints(),
        constraint=_compiled(compile_expression, field.constraint, field.path, shape),
        required=required if required is not None else False,
        relevant=frozenset().union(*(each.paths for each in reads if each is not None)),
        choices=choices,
        codes=() if choices is not None else tuple(choice.name for choice in listed if choice.name),
        counts=counts,
        scale=scale,
    )


def _compiled(
    compile_: Callable[[str, str, Shape], Expression], text: str | None, path: str, shape: Shape
) -> Expression | None:
    """None where there is no rule, or one that does not compile and that nobody enforces."""
    if not text or not text.strip():
        return None
    try:
        return compile_(text.strip(), path, shape)
    except ExpressionError:
        return None
