"""Which questions were asked, and what expressions read: the answers of one submission as its form sees them.

As JavaRosa 5.1 does: a node that is missing and has no `relevant` counts as irrelevant; one that has a `relevant` is
asked if that is true; a group likewise for all in it; an irrelevant node reads as "" and is left out of node sets;
inside a repeat a path means the own instance, outside of it all instances; an unknown path reads as "".
Relevance is worked out when it is first asked for and kept with the row.
"""

from datetime import datetime

from schemas.expressions import ExpressionError, as_bool
from services.validate.instance import Row
from services.validate.plan import FieldPlan, GroupPlan, Plan, Rule

NO, YES, UNKNOWN = 0, 1, 2
"""UNKNOWN: decided by an expression that is not supported, or not decidable. Nothing is enforced then."""


class Answers:
    """One submission under judgement. `now` is when it was made; `present_known` is False if that is only the time
    at which it was received."""

    __slots__ = ("_scopes", "now", "plan", "present_known")

    def __init__(self, plan: Plan, now: datetime, present_known: bool) -> None:
        self._scopes: dict[Row, RowScope] = {}
        self.plan = plan
        self.now = now
        self.present_known = present_known

    def relevance(self, node: FieldPlan | GroupPlan, row: Row) -> int:
        """Of a field or group that is at home in `row`; of a repeat: of the instance that `row` is."""
        known = row.relevance.get(node.path)
        if known is not None:
            return known
        # Read while it is worked out (a form that loops, which Collect would not load): not undecidable for ever.
        row.relevance[node.path] = UNKNOWN
        decided = row.relevance[node.path] = self._decide(node, row)
        return decided

    def _decide(self, node: FieldPlan | GroupPlan, row: Row) -> int:
        parent = node.parent
        own_row = True
        if parent is None:
            return YES
        if isinstance(node, GroupPlan) and node.repeat:
            above = self.relevance(parent, row.parent or row)
        else:
            own_row = False
            above = self.relevance(parent, row)
        if above == NO:
            return NO
        there = own_row or self._is_there(node, row)
        if node.relevant is None:
            return above if there else NO
        own = self.truth(node.relevant, row)
        if own is None:
            return UNKNOWN if there else NO
        return above if own else NO

    def _is_there(self, node: FieldPlan | GroupPlan, row: Row) -> bool:
        if node.path in row.values or node.path in row.groups:
            return True
        parent = node.parent
        if parent is None or not parent.path or parent.repeat:
            return False
        # A missing group that its expression makes relevant is there with all that is in it.
        return parent.path not in row.groups and self.relevance(parent, row) == YES

    def truth(self, rule: Rule, row: Row) -> bool | None:
        """Of a condition, or None if it cannot be told and so must not be enforced."""
        if rule.constant is not None:
            return rule.constant
        if rule.compiled is None or (rule.present and not self.present_known):
            return None
        scope = self.scope(row)
        if rule.shared and rule in scope.truths:
            return scope.truths[rule]
        try:
            truth = as_bool(rule.compiled.run(scope))
        except ExpressionError:
            return None
        if rule.shared:
            scope.truths[rule] = truth
        return truth

    def scope(self, row: Row) -> "RowScope":
        found = self._scopes.get(row)
        if found is None:
            found = self._scopes[row] = RowScope(self, row)
        return found

    def forget_scopes(self) -> None:
        """They know the answers and the answers know them: without this, memory waits for the cycle collector, which
        costs a third of a verdict."""
        self._scopes.clear()


class RowScope:
    """What an expression can read from a row (schemas.expressions.Scope). `truths` keeps those of shared rules."""

    __slots__ = ("_answers", "_row", "now", "truths")

    def __init__(self, answers: Answers, row: Row) -> None:
        self._answers = answers
        self._row = row
        self.now = answers.now
        self.truths: dict[Rule, bool] = {}

    def value(self, path: str) -> str:
        """Raises ExpressionError where a question of several repeat instances is read as one (119)."""
        node = self._answers.plan.nodes.get(path)
        if type(node) is not FieldPlan:
            return ""
        row = self._row
        if node.home == row.repeat:
            relevant = row.relevance.get(node.path)
            if relevant is None:
                relevant = self._answers.relevance(node, row)
            return row.values.get(node.path, "") if relevant else ""
        texts = self._texts(node, self._rows(node.home))
        if len(texts) > 1:
            raise ExpressionError("a question of a repeat is read from outside of it, where it has several answers")
        return texts[0] if texts else ""

    def values(self, path: str) -> list[str]:
        node, row = self._answers.plan.nodes.get(path), self._row
        if node is None:
            return []
        if node.home == row.repeat and row.parent is not None:
            return self._texts(node, row.parent.repeats[row.repeat])
        return self._texts(node, self._rows(node.home))

    def _texts(self, node: FieldPlan | GroupPlan, rows: list[Row]) -> list[str]:
        answers = self._answers
        return [row.values.get(node.path, "") for row in rows if answers.relevance(node, row)]

    def _rows(self, home: str) -> list[Row]:
        """The rows of a repeat that are in sight: the own one or one around it, else all below the nearest one that
        both share."""
        row: Row | None = self._row
        while row is not None:
            if row.repeat == home:
                return [row]
            if not row.repeat or home.startswith(row.repeat + "/"):
                return _below(row, home)
            row = row.parent
        return []


def _below(row: Row, home: str) -> list[Row]:
    found = []
    for path, rows in row.repeats.items():
        if path == home:
            found += rows
        elif home.startswith(path + "/"):
            for each in rows:
                found += _below(each, home)
    return found
