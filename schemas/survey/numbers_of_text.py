"""Numbers that a form reads out of free text: no text may leave as it is, and so not as a number either."""

from schemas.survey.carried import carriers
from schemas.survey.definition import FieldType, SurveyDefinition
from schemas.survey.privacy import CODED_ROLES

_FREE = (FieldType.STRING, FieldType.BARCODE)
_NUMBERS = (FieldType.INT, FieldType.DECIMAL)


def numbers_of_text(definition: SurveyDefinition) -> frozenset[str]:
    """Paths of the integer and decimal fields whose value the form takes from the answer to a text question or from a
    barcode, directly or through other fields. A text that leaves as a code by its role is none."""
    texts = {
        field.path
        for field in definition.fields
        if field.type in _FREE and field.calculate is None and field.role not in CODED_ROLES
    }
    found = carriers(definition, texts)
    return frozenset(field.path for field in definition.fields if field.type in _NUMBERS and field.path in found)
