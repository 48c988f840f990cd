"""What is asked of the answers of a row once all rules have run: that they are there, of their type, in their list, and
within their constraint. One reason a question: required first, then the constraint (49)."""

from schemas.events import Reason
from schemas.expressions import EvaluationError, as_bool
from services.validate.homes import Home
from services.validate.program import Checks
from services.validate.reasons import (
    CONSTRAINT,
    NOT_EVALUABLE,
    NOT_IN_LIST,
    REQUIRED,
    WRONG_TYPE,
    Code,
    reason,
)
from services.validate.row import Row, following


def check(row: Row, home: Home, checks: Checks) -> list[Reason]:
    """In the order of the form. Raises TooMuchWork."""
    if checks.clean is not None:
        form = row.form
        visits, conditions = form.visits, form.conditions
        if checks.clean(row):
            return []
        form.visits, form.conditions = visits, conditions  # all of it comes once more
    found: list[tuple[str, Code, str | None]] = []
    answers, absent, blank = row.answers, row.absent, row.blank
    if row.outside:
        found += [(path, NOT_IN_LIST, None) for path in row.outside if path in answers]
    for path, choices in checks.choices:
        if path not in absent and path not in row.outside:
            answer = answers.get(path)
            if answer is not None and path in home.calculates:
                answer = row.computed.get(path, answer)
            try:
                if not choices.offer(row, answer):
                    if path in home.calculates:
                        answers.pop(path, None)  # not the phone's doing: it is emptied
                    else:
                        found.append((path, NOT_IN_LIST, None))
            except EvaluationError:
                found.append((path, NOT_EVALUABLE, None))
    missing = checks.required.difference(answers, absent)
    if missing:
        found += [(path, REQUIRED, None) for path in missing if path not in row.blank and path not in row.unread]
    for path, run, asked in checks.conditions:
        try:
            wanted = run(row)
        except EvaluationError:
            found.append((path, NOT_EVALUABLE, None))
            continue
        if asked and path not in answers and path not in absent and as_bool(wanted) and _is_empty(row, path):
            found.append((path, REQUIRED, None))
    outside = {path for path, code, _ in found if code is not REQUIRED} if found else ()
    for path, run, message in checks.constraints:
        if (path in answers or path in blank) and path not in absent and path not in outside:
            try:
                kept = run(row)
            except EvaluationError:
                found.append((path, NOT_EVALUABLE, None))
                continue
            if kept is not True and not as_bool(kept):
                found.append((path, CONSTRAINT, message))
    for path, run in checks.gates:
        if path not in row.repeats and row.relevant and home.around[path] not in absent:
            try:
                run(following(row, path))
            except EvaluationError:
                found.append((path, NOT_EVALUABLE, None))
    if row.unread:
        unread = row.unread - absent
        found += [(path, NOT_IN_LIST if path in home.listed else WRONG_TYPE, None) for path in unread]
    if not found:
        return []
    found.sort(key=lambda each: home.order.get(each[0], 0))
    return [reason(code, path, row.numbers, message) for path, code, message in found]


def _is_empty(row: Row, path: str) -> bool:
    return path not in row.blank and path not in row.unread
