"""The choices of a question that are looked up while the form is filled: with a filter, in a file, or in a repeat.

As in JavaRosa 5.1 the answer is compared when the question is reached, with the answers as they are then (34).
"""

from collections.abc import Sequence

from schemas.expressions import Expression, Shape, Value, compile_expression
from schemas.expressions.choices import compile_choices
from schemas.survey.definition import FieldDefinition, FieldType
from services.validate.row import Row

MAX_KEPT = 100_000
"""Codes that a question keeps of lists it has looked up."""
MAX_LISTS = 1_000


class ItemsetChoices:
    """Not for changes in two threads at a time: at worst a list is looked up twice."""

    def __init__(self, question: FieldDefinition, shape: Shape, own: frozenset[str]) -> None:
        """`own` are the fields in the rows of the question. Raises ExpressionError."""
        itemset = question.itemset
        if itemset is None:
            raise ValueError(question.path)
        # What the list depends on, for those who ask; the codes themselves are looked up below.
        text = f"join(' ', {itemset.nodeset}/{itemset.value})"
        self.expression: Expression = compile_expression(text, question.path, shape)
        self._values = compile_choices(itemset.nodeset, itemset.value, itemset.value, question.path, shape).values
        self._many = question.type in (FieldType.SELECT_MULTIPLE, FieldType.RANK)
        read = self.expression.paths
        self._key: Sequence[str] | None = tuple(sorted(read & own)) if read <= own | {question.path} else None
        self._kept: dict[tuple[Value, ...], frozenset[str]] = {}
        self._size = 0

    def offer(self, row: Row, answer: Value | None) -> bool:
        """Whether all codes of an answer are among the choices of this row; true where there is none. A phone looks for
        the choices in any case. Raises EvaluationError."""
        codes = self._codes(row)
        if not isinstance(answer, str):
            return answer is None
        return codes.issuperset(answer.split(" ")) if self._many else answer in codes

    def _codes(self, row: Row) -> frozenset[str]:
        if self._key is None:
            return self._look_up(row)
        get = row.answers.get
        key = tuple([get(path, "") for path in self._key])
        found = self._kept.get(key)
        if found is None:
            found = self._look_up(row)
            self._size += len(found)
            if self._size > MAX_KEPT or len(self._kept) >= MAX_LISTS:
                self._kept, self._size = {}, len(found)
            self._kept[key] = found
        return found

    def _look_up(self, row: Row) -> frozenset[str]:
        return frozenset(self._values(row))
