"""What a designer must hear about a survey that compiled. Pure; `rihla survey check` prints it."""

from collections.abc import Iterable

from schemas.survey.check_amounts import check_amounts
from schemas.survey.check_expressions import check_expressions
from schemas.survey.check_fields import check_fields, check_roles
from schemas.survey.check_rules import check_counts, check_cycle
from schemas.survey.check_sample import USUAL_SAMPLE, check_sample
from schemas.survey.check_tables import check_indicators, check_tables
from schemas.survey.definition import SurveyDefinition
from schemas.survey.finding import Finding
from schemas.survey.form_expressions import FormExpressions


def check(definition: SurveyDefinition, unclassified: Iterable[str] = (), sample: int = USUAL_SAMPLE) -> list[Finding]:
    """All findings of a definition, in the order of its parts. `unclassified` are the fields whose form says nothing
    about their privacy; `sample` is how many interviews are expected."""
    form = FormExpressions(definition)
    return [
        *check_fields(definition, unclassified),
        *check_roles(definition),
        *check_expressions(definition, form),
        *check_cycle(definition, form),
        *check_counts(definition),
        *check_indicators(definition),
        *check_amounts(definition),
        *check_tables(definition),
        *check_sample(definition, sample),
    ]
