"""A survey version compiled for judging. There are several programs for it, because what is enforced depends on what a
submission says of itself (services.validate.doubt)."""

from collections.abc import Iterable

from schemas.expressions import Expression, as_bool, compile_expression
from schemas.survey.definition import FieldType, SurveyDefinition
from schemas.survey.order import Rule, RuleKind, above_of
from schemas.survey.secondary import Instances
from services.validate.doubt import Key, is_knowable, reached, trusted, unsure
from services.validate.homes import Home, Homes
from services.validate.present import Known
from services.validate.program import Action, Checks, Part, Program, Run, Step
from services.validate.rules import CHOICES, CONSTRAINT, Rules, constant
from services.validate.stored import STORES, store
from services.validate.straight_checks import straight_checks


class Plan:
    def __init__(self, definition: SurveyDefinition, instances: Instances) -> None:
        self.homes = Homes(definition)
        self._types = {question.path: question.type for question in definition.fields}
        self._rules = rules = Rules(definition, self.homes)
        self.counts = rules.counts
        every = [*rules.deciding, *rules.others]
        self._unknowable = {key for key, expression in every if not is_knowable(expression, instances.found)}
        self._on_load = [each for each in rules.on_load if is_knowable(each[1], instances.found)]
        known = (rules.ordered, rules.others, self._unknowable, self.homes)
        self._present = reached(lambda expression: expression.present, *known)
        self._hour = reached(lambda expression: "now" in expression.functions, *known)
        self._departing = reached(lambda expression: expression.phone is not None, *known)
        missing = [
            path
            for (path, kind), expression in every
            if (path, kind) in self._unknowable and kind != RuleKind.CALCULATE and not expression.unstable
        ]
        self.unsupported = list(dict.fromkeys([*(path for path, _ in sorted(rules.broken)), *missing]))
        self._spare_readers()
        read = {path for _, expression in (*every, *rules.on_load) for path in expression.paths}
        own = {"@id": definition.survey, "@version": definition.version}
        # Where a phone says something else, the check is not the expression alone.
        self._sources = {key: expression.source for key, expression in every if expression.phone is None}
        self.homes.root.fixed = {path: text for path, text in own.items() if path in read}

    def program(self, present: Known, departs: bool = False) -> Program:
        """`present`: how much of it the submission tells. `departs`: for a submission for which a rule comes out
        otherwise than on a phone, because there it is broken. What that rule decides is then never a reason to
        refuse."""
        left = set(self._unknowable)
        if present is Known.NOTHING:
            left |= self._present
        elif present is Known.DAY:
            left |= self._hour
        if departs:
            left |= self._departing
        rules = [rule for rule in self._rules.ordered if (rule.path, rule.kind.value) not in left]
        unsure_of = unsure(left | self._rules.broken, self.homes)
        steps = [rule for rule in rules if rule.kind is not RuleKind.REQUIRED]
        return Program(
            [self._action(path, expression, steps) for path, expression in self._on_load],
            self._steps(steps),
            {home.path: self._checks(home, rules, left, unsure_of) for home in self.homes},
            trusted(steps, self.homes),
            frozenset(rule.path for rule in steps if (rule.path, rule.kind.value) not in self._present),
        )

    def _checks(self, home: Home, rules: list[Rule], left: set[Key], unsure_of: set[str]) -> Checks:
        sure = {question.path: question for question in home.fields if question.path not in unsure_of}
        checks = Checks(
            frozenset(
                path for path, question in sure.items() if question.asked and constant(question.required) is True
            ),
            [
                (rule.path, _both(rule.expression), sure[rule.path].asked)
                for rule in rules
                if rule.kind is RuleKind.REQUIRED and rule.path in sure
            ],
            [
                (path, _either(expression), sure[path].message)
                for path, expression in self._rules.constraints.items()
                if path in sure and (path, CONSTRAINT) not in left
            ],
            [
                (path, choices)
                for path, choices in self._rules.choices.items()
                if path in home.order and (path, CHOICES) not in left
            ],
            [
                (rule.path, rule.expression.run)
                for rule in rules
                if rule.kind is RuleKind.RELEVANT and rule.path in home.repeats and rule.path not in self.counts
            ],
        )
        checks.clean = straight_checks(checks, home.around, self._sources)
        return checks

    def _spare_readers(self) -> None:
        """What was sent for a calculate need not be read where it is computed anew before anyone can read it."""
        if self._on_load:
            return
        for rule in self._rules.ordered:
            key = (rule.path, rule.kind.value)
            if rule.kind is RuleKind.CALCULATE and key not in self._unknowable | self._present:
                home = self.homes.of(rule.path)
                if "once" not in rule.expression.functions:
                    home.readers.pop(rule.path, None)
                    home.timed.pop(rule.path, None)

    def _steps(self, rules: list[Rule]) -> list[Step]:
        """JavaRosa evaluates equal rules once, in what is around all their nodes (126)."""
        alike: dict[object, list[Rule]] = {}
        for rule in rules:
            alike.setdefault((rule.kind, rule.expression.key), []).append(rule)
        steps = []
        for same in alike.values():
            expression = same[0].expression
            parts = self._parts([rule.path for rule in same])
            home = parts[0][0]
            if len(parts) > 1:
                # Where their paths are relative they have the same parent: any child of it will do.
                around = _around([rule.path for rule in same])
                expression = compile_expression(expression.text, f"{around}/-".lstrip("/"), self._rules.shape)
                home = self.homes.row_of(around).path
            relevance = same[0].kind is RuleKind.RELEVANT
            steps.append(Step(home, relevance, expression.run, parts, expression.phone, expression.source))
        return steps

    def _parts(self, paths: list[str]) -> list[Part]:
        by_home: dict[str, list[str]] = {}
        for path in paths:
            by_home.setdefault(self.homes.row_of(path).path, []).append(path)
        return [
            (home, tuple(here), tuple(STORES.get(self._types.get(path, FieldType.STRING), store) for path in here))
            for home, here in by_home.items()
        ]

    def _action(self, path: str, expression: Expression, rules: list[Rule]) -> Action:
        decided, reading = {path}, []
        for rule in rules:
            if not decided.isdisjoint(rule.expression.paths):
                reading.append(rule)
                decided.add(rule.path)
                if rule.kind is RuleKind.RELEVANT:
                    decided |= self.homes.below(rule.path)
        return Action(path, self._types[path], expression.run, self._steps(reading))


def _around(paths: Iterable[str]) -> str:
    """The innermost node that is around all of them; one of them if it is around the others."""
    return max(set.intersection(*({path, *above_of(path), ""} for path in paths)), key=len)


def _either(expression: Expression) -> Run:
    """True if it is here or on a phone, where they differ."""
    run, phone = expression.run, expression.phone
    return run if phone is None else lambda row: as_bool(run(row)) or as_bool(phone(row))


def _both(expression: Expression) -> Run:
    run, phone = expression.run, expression.phone
    return run if phone is None else lambda row: as_bool(run(row)) and as_bool(phone(row))
