"""What the validator will make of a filled form, asked of its own rules."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from cli.filling.answers import Filled
from schemas.survey.definition import SurveyDefinition
from services.validate.anonymise import Anonymiser
from services.validate.instance import root_name, tree_of
from services.validate.judge import Accepted, Judge
from services.validate.xml_instance import read_xml


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Without consent."""
    REJECTED = "rejected"


class Validator:
    """Of one version, with its files."""

    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes]) -> None:
        self._judge = Judge(definition, files)
        self._consent = Anonymiser(definition).consent
        self._root = root_name(definition)
        self._tree = tree_of(definition)

    def __call__(self, filled: Filled, now: datetime) -> Verdict:
        """`now` (aware) is when it arrives."""
        instance = read_xml(filled.as_xml("uuid:").decode(), self._root, self._tree)
        consent = self._consent(instance.root)
        if consent is False:
            return Verdict.REFUSED
        if not isinstance(self._judge(instance, int(now.timestamp() * 1000)), Accepted):
            return Verdict.REJECTED
        return Verdict.ACCEPTED if consent else Verdict.REFUSED
