"""What the comparison knows of a form beside what the engines say: which nodes depend on which."""

from collections.abc import Collection
from dataclasses import dataclass, field

from schemas.expressions import Expression, ExpressionError, Shape, compile_expression
from schemas.survey.definition import FieldDefinition, FieldType, GroupDefinition, SurveyDefinition
from schemas.survey.order import shape_of

OF_THE_PHONE = frozenset({"random", "uuid", "randomize", "property", "jr:choice-name", "jr:itext"})
"""Chance, the phone's own settings, and the language that it shows."""
PRESENT = frozenset({"now", "today"})
MAXIMUM = frozenset({"max"})
_RULES = ("relevant", "required", "constraint", "calculate", "count")


@dataclass
class Facts:
    """`nodes` are the paths below the root of all fields and groups, `types` the types of the fields. `phone` are those
    with a rule that asks the phone, `unsupported` those with a rule which Rihla does not evaluate, `longs` those of
    type long. `present` and `maximum` are those whose rules depend on these, directly or through others. `timed` are
    the fields that hold a time of day, `made_at` those that say when a submission was made, `itemsets` those whose
    choices are looked up, `computed` those that a calculate or an action writes."""

    nodes: frozenset[str] = frozenset()
    reads: dict[str, set[str]] = field(default_factory=dict)
    phone: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    maximum: frozenset[str] = frozenset()
    itemsets: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    made_at: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()
    longs: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    types: dict[str, FieldType] = field(default_factory=dict)

    def dependents(self, start: Collection[str], through: Collection[str] | None = None) -> frozenset[str]:
        """These nodes, all whose rules read them, through others (only through those of `through` if it is given), and
        all below a group among them."""
        reached = set(start)
        while more := {path for path in self.nodes - reached if self.follows(path, reached, through)}:
            reached |= more
        return frozenset(reached)

    def follows(self, path: str, reached: Collection[str], through: Collection[str] | None = None) -> bool:
        """Whether a rule of this node reads one of these, or it stands below one."""
        if through is not None:
            reached = {each for each in reached if each in through}
        if any(path.startswith(f"{each}/") for each in reached):
            return True
        reads = self.reads.get(path, ())
        return any(read == each or read.startswith(f"{each}/") for read in reads for each in reached)


def facts_of(definition: SurveyDefinition, unsupported: Collection[str] = (), longs: Collection[str] = ()) -> Facts:
    shape = shape_of(definition)
    reads: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}

    def add(text: str | None, path: str) -> None:
        found = _compiled(text, path, shape) if text else None
        if found is not None:
            reads.setdefault(path, set()).update(found.paths)
            calls.setdefault(path, set()).update(found.functions)

    nodes: list[FieldDefinition | GroupDefinition] = [*definition.fields, *definition.groups]
    for node in nodes:
        for name in _RULES:
            add(getattr(node, name, None), node.path)
    for question in definition.fields:
        add(question.itemset.nodeset if question.itemset else None, question.path)
    for action in definition.on_load:
        add(action.value, action.path)
    facts = Facts(
        nodes=frozenset(reads)
        | {field.path for field in definition.fields}
        | {each.path for each in definition.groups},
        reads=reads,
        types={question.path: question.type for question in definition.fields},
        computed=frozenset(
            [question.path for question in definition.fields if question.calculate]
            + [action.path for action in definition.on_load]
        ),
        unsupported=frozenset(unsupported),
        longs=frozenset(longs),
        itemsets=frozenset(question.path for question in definition.fields if question.itemset is not None),
        made_at=frozenset(
            question.path for question in definition.fields if question.preload in ("timestamp:end", "date:today")
        ),
        timed=frozenset(
            question.path for question in definition.fields if question.type in (FieldType.TIME, FieldType.DATETIME)
        ),
    )
    of = {
        names: {path for path, called in calls.items() if called & names} for names in (OF_THE_PHONE, PRESENT, MAXIMUM)
    }
    facts.phone = frozenset(of[OF_THE_PHONE])
    facts.present = facts.dependents(of[PRESENT])
    facts.maximum = facts.dependents(of[MAXIMUM])
    return facts


def _compiled(text: str, at: str, shape: Shape) -> Expression | None:
    try:
        return compile_expression(text, at, shape)
    except ExpressionError:
        return None
