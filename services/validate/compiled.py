"""What a published version is compiled to, once, and kept for as long as the version is the same."""

from collections.abc import Callable

from schemas.survey.definition import SurveyDefinition
from services.validate.anonymise import Anonymiser
from services.validate.instance import Instance, root_name, tree_of
from services.validate.json_instance import read_json
from services.validate.judge import Judge
from services.validate.xml_instance import read_xml


class CompiledSurvey:
    def __init__(self, definition: SurveyDefinition) -> None:
        self.definition = definition
        self.judge = Judge(definition)
        self.anonymiser = Anonymiser(definition)
        self._tree = tree_of(definition)
        self._root = root_name(definition)

    def read_xml(self, body: str) -> Instance:
        """Raises `Unreadable`."""
        return read_xml(body, self._root, self._tree)

    def read_json(self, body: str) -> Instance:
        """Raises `Unreadable`."""
        return read_json(body, self._tree)


class CompiledSurveys:
    """By survey and version. A version that was read anew from the topic is compiled anew: it can have been mended."""

    def __init__(self, on_compiled: Callable[[CompiledSurvey], None]) -> None:
        self._on_compiled = on_compiled
        self._surveys: dict[str, CompiledSurvey] = {}

    def of(self, definition: SurveyDefinition) -> CompiledSurvey:
        found = self._surveys.get(definition.key)
        if found is None or found.definition is not definition:
            found = self._surveys[definition.key] = CompiledSurvey(definition)
            self._on_compiled(found)
        return found
