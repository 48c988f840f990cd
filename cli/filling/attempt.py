"""One attempt at a form: answers are given in its order, the form is looked at as a phone would show it then, and what
does not fit any more is answered anew, until nothing is left."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from cli.filling.answers import Filled
from cli.filling.candidates import candidates
from cli.filling.form_rules import FormRules
from cli.filling.habits import Habits
from cli.filling.leaving import left_of
from cli.filling.question import Question
from cli.filling.rows import Rows
from schemas.events import Reason
from schemas.survey.consent import CONSENTING
from schemas.survey.definition import Role
from services.validate.judge import Examination
from services.validate.moments import Unopenable
from services.validate.reasons import BY_CODE
from services.validate.relevance import read
from services.validate.row import Row

ROUNDS = 60
"""Looks at the form. Most forms need three, a chain of relevances one for each link."""
TRIES = 120
"""Answers tried for a question before it is left alone for now."""
PATIENCE = 8
"""How often a question may stand in the way before the attempt is given up."""
NAMED = 3
"""Questions that are named where a form could not be filled."""
ANOTHER_NUMBER = 0.5
"""Share of the repeats that stand in the way of an answer that get another number of rows."""
LENGTH_S = (300, 2400)
"""How long filling the form took."""


@dataclass(frozen=True)
class Stuck:
    """A sentence for each question in the way, by path."""

    questions: dict[str, str]


class Attempt:
    def __init__(self, rules: FormRules, random: Random, now: datetime, habits: Habits) -> None:
        self._rules = rules
        self._random = random
        self._now = now
        self._habits = habits
        begun = now - timedelta(seconds=random.randint(*LENGTH_S))
        self._rows = Rows(rules, random, begun, now)
        self._decided: set[tuple[Row, str]] = set()
        self._trouble: Counter[str] = Counter()
        self._why: dict[str, str] = {}

    def run(self) -> Filled | Stuck:
        rules, root = self._rules, self._rows.root
        for _ in range(ROUNDS):
            found = self._look()
            if not self._rows.adjust() and not self._walk(root):
                if found.accepted:
                    left = left_of(rules, root, rules.form.children, self._now)
                    return Filled(rules.form, rules.definition.version, left)
                self._blame(found.reasons)
            if any(times > PATIENCE for times in self._trouble.values()):
                break
        worst = [path for path, times in self._trouble.most_common(NAMED) if times > PATIENCE / 2]
        return Stuck({path: self._sentence(path) for path in worst or [""]})

    def _look(self) -> Examination:
        self._rows.forget()
        return self._rules.judge.examine(self._rows.instance, int(self._now.timestamp() * 1000))

    def _walk(self, row: Row) -> bool:
        """Answers what is open or does not fit in a row and in those below; True if anything changed."""
        if not row.relevant:
            return False
        changed = False
        for question in self._rules.by_home[row.repeat]:
            changed |= self._see_to(question, row)
        for instances in row.repeats.values():
            for each in instances:
                changed |= self._walk(each)
        return changed

    def _see_to(self, question: Question, row: Row) -> bool:
        path = question.path
        absent, text = path in row.absent, row.values[path]
        if (row, path) not in self._decided:
            return self._decide(question, row, absent)
        if absent:
            if question.counts and text:
                # A phone takes the number of rows also from a question that is not asked any more.
                row.values[path] = ""
                self._decided.discard((row, path))
            return False
        if not text:
            return question.is_required(row) and self._answer(question, row, absent, True)
        if question.offers(row, text) and question.keeps(row):
            return False
        return self._answer(question, row, absent, question.is_required(row))

    def _decide(self, question: Question, row: Row, absent: bool) -> bool:
        """Answers it, or leaves it empty as people do. Also what is not asked yet is answered: it may be asked once
        the rules have seen the other answers."""
        self._decided.add((row, question.path))
        wanted = question.is_required(row) or self._is_consent(question)
        if wanted or self._random.random() >= self._habits.blanks_of(question):
            return self._answer(question, row, absent, wanted)
        before = row.values[question.path]
        self._put(question, row, "")
        return before != ""

    def _answer(self, question: Question, row: Row, absent: bool, wanted: bool) -> bool:
        """Gives the question an answer that fits what was answered until now. True if it is another than before."""
        path = question.path
        before = row.values[path]
        found = candidates(question, row, self._random, self._now, self._preferred(question))
        for text in islice(found, TRIES):
            if text and self._put(question, row, text) and question.keeps(row):
                if absent:
                    row.answers.pop(path, None)
                return text != before
        self._put(question, row, "")
        if wanted and not absent:
            self._stand_back(question, row)
            return True
        return before != ""

    def _put(self, question: Question, row: Row, text: str) -> bool:
        """Writes an answer where the rules of the row see it. False if it is not of the question's type."""
        path = question.path
        row.values[path] = text
        row.answers.pop(path, None)
        if text:
            try:
                value = read(row, path, text, question.home)
            except Unopenable:
                return False
            if value == "":
                return False
            row.answers[path] = value
        return True

    def _is_consent(self, question: Question) -> bool:
        return question.field.role is Role.CONSENT and self._habits.consents is not None

    def _preferred(self, question: Question) -> list[str]:
        if not self._is_consent(question):
            return []
        return [code for code in question.codes if (code.casefold() in CONSENTING) is self._habits.consents]

    def _stand_back(self, question: Question, row: Row) -> None:
        """Nothing fits: what the question's rules read is to be answered otherwise, and now and then also what decides
        whether it is asked at all."""
        path = question.path
        self._trouble[path] += 1
        empty = question.choices is not None and not question.offered(row)
        self._why[path] = "its list of choices is empty" if empty else "no answer was found that its constraint allows"
        paths = question.reads
        if self._trouble[path] % 2 == 0 or not paths:
            paths = paths | question.wanted_by
        self._again(paths, row)

    def _again(self, paths: frozenset[str], row: Row) -> None:
        """Opens the questions anew on which these nodes depend."""
        for path in sorted(self._rules.answered_by(paths)):
            for each in self._rows.near(row, self._rules.homes.of(path).path):
                if path in self._rules.questions:
                    self._decided.discard((each, path))
                elif self._random.random() < ANOTHER_NUMBER:
                    self._rows.add_or_remove(each, path)

    def _blame(self, reasons: list[Reason]) -> None:
        """The judge refuses what every question for itself finds right: answers on which a calculate stops, a
        constraint on what is computed."""
        for reason in reasons:
            path = reason.path or ""
            self._trouble[path] += 1
            code = BY_CODE.get(reason.code)
            self._why.setdefault(path, f"{reason.code}: {code.sentence if code is not None else ''}".rstrip(" ."))
            row = self._rows.at(self._rules.homes.of(path).path, reason.rows)
            if row is not None and path in self._rules.fields:
                self._decided.discard((row, path))
                self._again(self._rules.reads_of(path), row)

    def _sentence(self, path: str) -> str:
        question = self._rules.questions.get(path)
        named = f"{path} ({question.label})" if question is not None and question.label != path else path or "The form"
        return f"{named} could not be filled: {self._why.get(path, 'its answers kept changing each other')}."
