"""A published form compiled for filling: its questions, the rules that they obey, and the judge of the whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cli.filling.blank_form import Blank, BlankForm, blank_form
from cli.filling.question import Question, question
from schemas.expressions import Element, Expression, ExpressionError, compile_expression
from schemas.survey.definition import FieldDefinition, SurveyDefinition
from schemas.survey.order import above_of, shape_of
from schemas.survey.secondary import read_instances
from services.validate.homes import Home, Homes
from services.validate.judge import Judge


@dataclass
class Start:
    """What stands in a new row: texts, groups, and what the phone writes by itself; `repeats` hang at it."""

    values: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    given: list[FieldDefinition] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)


class FormRules:
    """Of one version, with the files that come with it. Raises NoForm."""

    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes]) -> None:
        self.definition = definition
        self.form: BlankForm = blank_form(definition)
        self.judge = Judge(definition, files)
        self.homes = Homes(definition)
        self._shape = shape_of(definition)
        self._lists = read_instances(definition.xform, files).found
        self._groups = {group.path: group for group in definition.groups}
        self.fields = {field.path: field for field in definition.fields}
        self.counts = {
            group.path: expression
            for group in definition.groups
            if group.repeat
            and group.count
            # Evaluated in the row around the repeat.
            and (expression := self._compiled(group.count, group.path.rpartition("/")[0])) is not None
        }
        self.on_load = frozenset(action.path for action in definition.on_load)
        self._calculates = {
            field.path: expression.paths
            for field in definition.fields
            if field.calculate and (expression := self._compiled(field.calculate, field.path)) is not None
        }
        self._constrained = {
            field.path: expression.paths
            for field in definition.fields
            if field.constraint and (expression := self._compiled(field.constraint, field.path)) is not None
        }
        self.growing = frozenset(path for path, count in self.counts.items() if path in self._inputs(count.paths))
        """Repeats that ask in their last row whether there is another."""
        counting = frozenset[str]().union(*(self._inputs(each.paths) for each in self.counts.values()))
        self.questions = {
            field.path: self._question(field, counting) for field in definition.fields if self._is_open(field)
        }
        self.by_home: dict[str, list[Question]] = {home.path: [] for home in self.homes}
        for each in self.questions.values():
            self.by_home[each.home.path].append(each)
        self.starts: dict[str, Start] = {}
        self._start("", self.form.children)

    def _start(self, home: str, blanks: Iterable[Blank]) -> None:
        """Notes what stands in new rows of a home and of those below it."""
        start = self.starts.setdefault(home, Start())
        for blank in blanks:
            if blank.repeat:
                start.repeats.append(blank.path)
                self._start(blank.path, blank.children)
            elif blank.group:
                start.groups.add(blank.path)
                self._start(home, blank.children)
            elif (field := self.fields[blank.path]).calculate or field.preload:
                start.given.append(field)
                start.values[blank.path] = ""
            else:
                start.values[blank.path] = self._default(field)

    def _default(self, field: FieldDefinition) -> str:
        """The text of the blank form; a phone forgets one that cannot be read as what it should be."""
        reader = self.homes.of(field.path).readers.get(field.path)
        return field.default if reader is None or not field.default or reader(field.default) is not None else ""

    def _is_open(self, field: FieldDefinition) -> bool:
        """Whether a person answers it. What the form computes, writes or shows is not hers."""
        if not field.asked or field.calculate or field.preload or field.path in self.on_load:
            return False
        return not field.readonly or bool(field.required)

    def _question(self, field: FieldDefinition, counting: frozenset[str]) -> Question:
        around = [self._groups[path].relevant for path in above_of(field.path) if path in self._groups]
        relevant = [text for text in (field.relevant, *around) if text]
        made = question(
            field,
            self.homes.of(field.path),
            self.definition,
            self._shape,
            relevant,
            field.path in counting,
            self.form.scales.get(field.path),
        )
        if made.constraint is not None and made.constraint.instances:
            names = sorted(name.removesuffix(".csv") for name in made.constraint.instances)
            made.looked_up = tuple(text for name in names if name in self._lists for text in _texts(self._lists[name]))
        return made

    def answered_by(self, paths: Iterable[str]) -> frozenset[str]:
        """The questions and repeats on whose answers these nodes depend, through calculates."""
        return frozenset(path for path in self._inputs(paths) if path in self.questions or path in self.starts)

    def reads_of(self, path: str) -> frozenset[str]:
        """What the calculate or the constraint of a field reads."""
        question = self.questions.get(path)
        return (
            self._calculates.get(path, frozenset())
            | self._constrained.get(path, frozenset())
            | (question.reads | question.wanted_by if question is not None else frozenset())
        )

    def _inputs(self, paths: Iterable[str]) -> frozenset[str]:
        seen: set[str] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            waiting.extend(self._calculates.get(path, ()))
            if path and self.homes.holds(path):
                waiting.extend(self.homes.below(path))
        return frozenset(seen)

    def home_of(self, path: str) -> Home:
        return self.homes.of(path)

    def _compiled(self, text: str, path: str) -> Expression | None:
        try:
            return compile_expression(text.strip(), path, self._shape)
        except ExpressionError:
            return None


def _texts(element: Element) -> Iterable[str]:
    """All that stands in a list, each text once."""
    found: dict[str, None] = {}
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if each.text:
            found[each.text] = None
        waiting.extend(each.children)
    return found
