"""The rows of a form: its fields and groups, sorted by the repeat whose instances they stand in.

A home is the kind of row that holds a field: the one row outside of all repeats (path ""), or the instances of a repeat
(its path). Paths are below the root.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition
from schemas.survey.order import CONSTANTS, above_of
from services.validate.instance import CLIENT
from services.validate.readers import READERS, TIMED, Reader, TimedReader, one_of, some_of


@dataclass(slots=True, eq=False)
class Inside:
    """What stands in a group within the same row: its fields, its fields and groups, and the repeats in it that are in
    no other repeat of it."""

    fields: list[str] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    repeats: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Home:
    """`parent` is the home around that of a repeat. `paths` are all fields and groups of a row, `repeats` those whose
    instances hang at it, `around` gives the group around each of them (the path of the home where there is none), and
    `inside` what is in each group. `order` numbers the fields as the form does.

    `readers` and `timed` turn texts into values. `typed` are the fields with a control that must be readable, `listed`
    those of them whose choices are written in the question. The choices of `late` ones stand in a list of the form:
    rules still see an answer that is not in it (34). `many` can hold several codes. `calculates` are computed by the
    form; `defaults` are the texts of a blank row; `never` are the nodes that are irrelevant once and for all; `fixed`
    are values that rules read of the form itself, as "@version". `in_group`: a repeat that stands in a group.
    """

    path: str
    parent: "Home | None"
    paths: set[str] = field(default_factory=set)
    fields: list[FieldDefinition] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    around: dict[str, str] = field(default_factory=dict)
    inside: dict[str, Inside] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    timed: dict[str, TimedReader] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    many: set[str] = field(default_factory=set)
    defaults: dict[str, str] = field(default_factory=dict)
    never: list[str] = field(default_factory=list)
    calculates: set[str] = field(default_factory=set)
    fixed: dict[str, str] = field(default_factory=dict)
    in_group: bool = False


class Homes:
    """All homes of a form, and which of them a path is at. A repeat is at home in the row around it."""

    def __init__(self, definition: SurveyDefinition) -> None:
        self._definition = definition
        self.root = Home("", None)
        self.by_path = {"": self.root}
        self._repeats = {group.path for group in definition.groups if group.repeat}
        for path in sorted(self._repeats, key=lambda path: path.count("/")):
            self._repeat(path)
        for group in sorted(definition.groups, key=lambda group: group.path.count("/")):
            if group.path and not group.repeat:
                self._place(group.path)
            if group.relevant and CONSTANTS.get(group.relevant.strip()) is False:
                self.row_of(group.path).never.append(group.path)
        for number, question in enumerate(definition.fields):
            if question.path.partition("/")[0] not in CLIENT:
                self._field(number, question)

    def __iter__(self) -> Iterator[Home]:
        return iter(self.by_path.values())

    def of(self, path: str) -> Home:
        """The home of a field, a group, or of a repeat as a whole."""
        return self.by_path[next((above for above in above_of(path) if above in self._repeats), "")]

    def row_of(self, path: str) -> Home:
        """The same, but of a repeat the home that its own instances are."""
        return self.by_path[path] if path in self._repeats or not path else self.of(path)

    def holds(self, path: str) -> bool:
        """Whether a path is the root, a repeat or a group."""
        return path in self.by_path or path in self.of(path).inside

    def below(self, path: str) -> set[str]:
        """All fields, groups and repeats below a group, a repeat or the root."""
        start = f"{path}/" if path else ""
        return {each for home in self for each in (*home.paths, *home.repeats) if each.startswith(start)}

    def _repeat(self, path: str) -> None:
        parent = self.of(path)
        self.by_path[path] = Home(path, parent)
        parent.repeats.append(path)
        parent.around[path] = self._group_around(path, parent)
        self.by_path[path].in_group = parent.around[path] != parent.path
        for above in self._groups_above(path, parent):
            parent.inside[above].repeats.append(path)

    def _field(self, number: int, question: FieldDefinition) -> None:
        path = question.path
        home = self._place(path)
        home.fields.append(question)
        home.order[path] = number
        for above in self._groups_above(path, home):
            home.inside[above].fields.append(path)
        if question.calculate:
            home.calculates.add(path)
        if question.default:
            home.defaults[path] = question.default
        if question.relevant and CONSTANTS.get(question.relevant.strip()) is False:
            home.never.append(path)
        self._reading(question, home)

    def _reading(self, question: FieldDefinition, home: Home) -> None:
        path, kind = question.path, question.type
        choices = self._definition.choice_lists.get(question.choices or "")
        if kind in (FieldType.SELECT_MULTIPLE, FieldType.RANK):
            home.many.add(path)
        if kind in TIMED:
            home.timed[path] = TIMED[kind]
        elif question.is_choice and choices is not None and _is_compared(question):
            codes = [choice.name for choice in choices]
            home.readers[path] = some_of(codes) if path in home.many else one_of(codes)
            (home.listed if question.itemset is None else home.late).add(path)
        elif kind in READERS and not question.external:
            home.readers[path] = READERS[kind]
        if question.asked and question.calculate is None and (path in home.readers or kind in TIMED):
            home.typed.add(path)

    def _place(self, path: str) -> Home:
        """Puts a field or group, and the groups around it, into its home."""
        home = self.of(path)
        if path in home.around:
            return home
        home.paths.add(path)
        home.around[path] = self._group_around(path, home)
        for above in self._groups_above(path, home):
            home.inside[above].paths.add(path)
        return home

    def _group_around(self, path: str, home: Home) -> str:
        above = path.rpartition("/")[0]
        if above != home.path:
            self._place(above)
        return above

    def _groups_above(self, path: str, home: Home) -> list[str]:
        found = []
        for above in above_of(path):
            if above == home.path:
                break
            home.inside.setdefault(above, Inside())
            found.append(above)
        return found


def _is_compared(question: FieldDefinition) -> bool:
    """Whether an answer is compared with the list of its question as this stands in the form; a filter that narrows the
    list comes on top of that (services.validate.itemset). What the form computes is not compared (80)."""
    return not question.external and question.calculate is None
