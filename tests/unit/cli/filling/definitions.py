"""A definition that holds nothing but its names."""

from schemas.survey.definition import SurveyDefinition


def definition() -> SurveyDefinition:
    return SurveyDefinition(survey="odd", version="1", title="Odd", root="data", xform="", fields=[])
