"""What a published version is compiled to, once, and kept for as long as the version is the same."""

from collections.abc import Callable, Mapping

from schemas.survey.definition import SurveyDefinition
from services.validate.anonymise import Anonymiser
from services.validate.instance import Instance, root_name, tree_of
from services.validate.json_instance import read_json
from services.validate.judge import Judge
from services.validate.plain_xml import PlainReader
from services.validate.respondent_names import RespondentNames
from services.validate.xml_instance import read_xml

Files = Callable[[SurveyDefinition], Mapping[str, bytes]]
"""The files that rules of a survey read, by name. Raises what the catalogue raises while it cannot look."""


class CompiledSurvey:
    def __init__(self, definition: SurveyDefinition, files: Mapping[str, bytes] | None = None) -> None:
        self.definition = definition
        self.judge = Judge(definition, files)
        self.anonymiser = Anonymiser(definition)
        self.respondents = RespondentNames(definition)
        self._tree = tree_of(definition)
        self._root = root_name(definition)
        self._plain = PlainReader(definition)

    def read_xml(self, body: str) -> Instance:
        """Raises `Unreadable`."""
        plain = self._plain(body)
        return plain if plain is not None else read_xml(body, self._root, self._tree)

    def read_json(self, body: str) -> Instance:
        """Raises `Unreadable`."""
        return read_json(body, self._tree)


class CompiledSurveys:
    """By survey and version. A version that was read anew from the topic is compiled anew: it can have been mended."""

    def __init__(self, on_compiled: Callable[[CompiledSurvey], None], files: Files = lambda _: {}) -> None:
        self._on_compiled = on_compiled
        self._files = files
        self._surveys: dict[str, CompiledSurvey] = {}

    def files_for(self, definition: SurveyDefinition) -> Mapping[str, bytes]:
        """What `of` needs to compile this version; nothing where that is done. Raises what `files` raises."""
        return {} if self._is_here(definition) else self._files(definition)

    def of(self, definition: SurveyDefinition, files: Mapping[str, bytes]) -> CompiledSurvey:
        if not self._is_here(definition):
            compiled = self._surveys[definition.key] = CompiledSurvey(definition, files)
            self._on_compiled(compiled)
        return self._surveys[definition.key]

    def _is_here(self, definition: SurveyDefinition) -> bool:
        found = self._surveys.get(definition.key)
        return found is not None and found.definition is definition
