"""What the form computes from a number or a choice of which nothing may leave: the class of the question would mean
nothing if a copy of its answer could leave from beside it.

A question is meant whose class is drop or a pseudonym, or that has none, and which holds a number or codes. (Texts,
days and places never leave, whatever their class, nor does anything that so much as reads them.) Where such an answer
only decides between other values, as in `if(${age} < 15, 'child', 'adult')` or in counting how many are selected, the
result has a class of its own: that is how forms group what they do not tell. A calculate that has no class itself says
nothing about what it is made of, and most are mere steps on the way to another.
"""

from collections.abc import Collection

from schemas.survey.carried import carriers
from schemas.survey.definition import FieldType, PrivacyKind, SurveyDefinition

PLAIN = (
    FieldType.INT,
    FieldType.DECIMAL,
    FieldType.SELECT_ONE,
    FieldType.SELECT_MULTIPLE,
    FieldType.RANK,
)
"""Types whose answers are numbers or codes of a list."""
_WITHHOLDING = (PrivacyKind.DROP, PrivacyKind.PSEUDONYM)
_LESSENING = (PrivacyKind.BAND, PrivacyKind.ROUND, PrivacyKind.PREFIX, PrivacyKind.REGION)


def made_of_withheld(definition: SurveyDefinition) -> frozenset[str]:
    """Paths of the fields whose value the form takes from a number or a choice of which nothing may leave."""
    return carriers(definition, _asked(definition, _WITHHOLDING))


def made_of_less(definition: SurveyDefinition) -> frozenset[str]:
    """Those whose value comes from one of which only a part leaves. They may leave as their own class says: the form
    does tell then what the class of the question keeps back, and only its designer knows whether that is meant."""
    return carriers(definition, _asked(definition, _LESSENING))


def _asked(definition: SurveyDefinition, kinds: Collection[PrivacyKind]) -> set[str]:
    fields = [field for field in definition.fields if field.calculate is None and field.type in PLAIN]
    return {field.path for field in fields if field.privacy.kind in kinds}
